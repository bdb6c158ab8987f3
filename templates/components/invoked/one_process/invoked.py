"""The HTTP application where nothing runs between requests; see `kit.invoked`."""

from fastapi import FastAPI

from app.composition import Settings, build
from kit.invoked import serve_invoked
from kit.server import starting
from kit.settings import load


def create_app() -> FastAPI:
    """One instance's application; its settings come from the environment."""
    with starting():
        settings = load(Settings)
        return serve_invoked(build(settings), settings, settings.service_name)
