"""The HTTP application: `granian --interface asgi --factory app.server:create_app`."""

from fastapi import FastAPI

from app.composition import Settings, build
from kit.server import serve, starting
from kit.settings import load


def create_app(settings: Settings | None = None) -> FastAPI:
    """One process's application; its settings come from the environment unless they are given."""
    with starting():
        settings = settings or load(Settings)
        return serve(build(settings), settings, settings.service_name)
