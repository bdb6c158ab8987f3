"""A process that runs only while it is called, as a function of a cloud does.

Once it has answered it is frozen or gone, and with it a relay or a purge beside the requests. So
nothing runs beside them. What a request committed to an outbox is delivered before its answer is
complete; whatever else waits is done by `work`, which is called on a schedule.

    python -m kit.invoked app.composition

does it once, for a job of a scheduler: with what that module's `build` makes of its `Settings`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import import_module

import structlog
from fastapi import FastAPI
from pydantic import Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.background import Background
from kit.commands import UNAVAILABLE, run
from kit.composition import Application
from kit.logs import configure_logging, describe
from kit.relay import Relay
from kit.server import serve
from kit.settings import CommonSettings, SettingsError, load

_log = structlog.get_logger()


class InvokedSettings(CommonSettings):
    """What only such a process reads."""

    # How long an answer waits for what its request caused; the schedule does the rest.
    settle_seconds: float = Field(default=5, gt=0, le=60)
    # How long the schedule works at a time; the next time it goes on.
    work_seconds: float = Field(default=50, gt=0, le=900)


def serve_invoked(application: Application, settings: CommonSettings, name: str) -> FastAPI:
    """As `kit.server.serve`, with nothing beside the requests."""
    seconds = load(InvokedSettings).settle_seconds
    app = serve(replace(application, background=Background([], [])), settings, name)
    # Added last it is the outermost: what others do with an answer is done by then.
    app.add_middleware(_Settling, settle=lambda: settle(application.relays, seconds))
    return app


async def settle(relays: Sequence[Relay], seconds: float) -> None:
    """Deliver what was committed here, and what that led to, for up to so many seconds.

    Raises nothing: what was not delivered is still in its outbox.
    """
    try:
        async with asyncio.timeout(seconds):
            while woken := [relay for relay in relays if relay.woken.is_set()]:
                for relay in woken:
                    await relay.run_once()
    except Exception as error:  # noqa: BLE001 - whatever it is, the messages still wait
        _log.warning("not settled", error=describe(error))


async def work(application: Application, seconds: float) -> bool:
    """Do all that waits: messages, what is owed or tried again, periodic work.

    False where some of it failed or the time was up; what is left is there the next time.
    """
    failed: list[str] = []

    async def attempt(name: str, do: Callable[[], Awaitable[object]]) -> object:
        try:
            return await do()
        except Exception as error:  # noqa: BLE001 - the rest of the work may succeed
            _log.warning("work failed", work=name, error=describe(error))
            failed.append(name)
        return None

    async def deliver() -> None:
        loops = application.background.loops
        while any([await attempt(loop.name, loop.run_once) for loop in loops]):
            pass

    try:
        async with asyncio.timeout(seconds):
            await deliver()
            for periodic in application.background.periodic:
                while await attempt(periodic.name, periodic.run) is True:
                    pass
            await deliver()
    except TimeoutError:
        _log.warning("work not finished", seconds=seconds)
        return False
    return not failed


@asynccontextmanager
async def opened(application: Application) -> AsyncIterator[Application]:
    """The application with its database open, without a server."""
    await application.database.open()
    try:
        yield application
    finally:
        for close in application.close:
            await close()
        await application.database.close()


def composed(module: str) -> Application:
    """What the module's `build` makes of its `Settings`; raises SettingsError."""
    composition = import_module(module)
    settings = load(composition.Settings)
    configure_logging(settings.log_level, settings.log_format)
    application: Application = composition.build(settings)
    return application


def main(arguments: Sequence[str]) -> int:
    """Do once what waits; returns the exit code."""

    async def once() -> int:
        if len(arguments) != 1:
            raise SettingsError("usage: python -m kit.invoked MODULE, such as app.composition")
        seconds = load(InvokedSettings).work_seconds
        async with opened(composed(arguments[0])) as application:
            return 0 if await work(application, seconds) else UNAVAILABLE

    return run(lambda: asyncio.run(once()))


class _Settling:
    """Holds an answer's end back until what its request committed is delivered."""

    def __init__(self, app: ASGIApp, settle: Callable[[], Awaitable[None]]) -> None:
        self._app = app
        self._settle = settle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def last_later(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                await self._settle()
            await send(message)

        await self._app(scope, receive, last_later if scope["type"] == "http" else send)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
