"""The HTTP application: `granian --interface asgi --factory app.server:create_app`."""

from fastapi import FastAPI

from app.composition import build
from app.settings import Settings, from_environment
from kit.server import serve, starting


def create_app(settings: Settings | None = None) -> FastAPI:
    """One process's application; its settings come from the environment unless they are given."""
    with starting():
        settings = settings or from_environment()
        return serve(build(settings), settings, settings.service_name)
