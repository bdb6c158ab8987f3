"""One application for as long as an instance of a function lives, started by its first call."""

import asyncio
import base64
import io
import os
import tarfile
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kit.composition import Application
from kit.invoked import InvokedSettings, serve_invoked, work
from kit.server import starting
from kit.settings import load

# For the cloud's probes, which come from inside; a gateway has no such route either.
_OPERATORS = frozenset({"/livez", "/readyz", "/metrics"})


class Instance:
    """What the composition root `module` builds, as an ASGI application that starts itself.

    Whoever calls it need not run its lifespan, and may: then nothing happens.
    """

    def __init__(self, module: str, name: str) -> None:
        """`name` is the process's in traces. Wrong settings end the process, and say so."""
        with starting():
            _unpack_keys()
            composition = import_module(module)
            self._settings = load(composition.Settings)
            self._invoked = load(InvokedSettings)
            self._application: Application = composition.build(self._settings)
        self._server = serve_invoked(self._application, self._settings, name)
        self._starting: asyncio.Task[FastAPI] | None = None
        self._until_the_end = AsyncExitStack()

    @property
    def settle_seconds(self) -> float:
        """How long what a call caused is delivered, before it ends."""
        return self._invoked.settle_seconds

    async def started(self) -> Application:
        """The application, which has begun; a start that failed is tried again."""
        await self._begun()
        return self._application

    async def work(self) -> bool:
        """Do what waits and what is due; False where some of it is left."""
        return await work(await self.started(), self._invoked.work_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; operators' endpoints to nobody outside.

        Clouds' front ends name who called in every request that they let in.
        """
        if scope["type"] == "lifespan":
            await _without_lifespan(receive, send)
        elif scope.get("path") in _OPERATORS and _from_outside(scope):
            await Response(status_code=404)(scope, receive, send)
        else:
            await (await self._begun())(scope, receive, send)

    async def _begun(self) -> FastAPI:
        failed = self._starting and self._starting.done() and self._starting.exception()
        if self._starting is None or failed:
            self._starting = asyncio.create_task(self._start())
        # A call that is given up does not end the start that others wait for.
        return await asyncio.shield(self._starting)

    async def _start(self) -> FastAPI:
        lifespan = self._server.router.lifespan_context(self._server)
        await self._until_the_end.enter_async_context(lifespan)
        return self._server


def _from_outside(scope: Scope) -> bool:
    return any(name == b"x-forwarded-for" for name, _ in scope["headers"])


async def _without_lifespan(receive: Receive, send: Send) -> None:
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


def _unpack_keys() -> None:
    """Put the keys of tokens, which a secret holds as an archive, where identity reads them."""
    packed = os.environ.pop("SIGNING_KEYS", "")
    if packed:
        directory = Path(os.environ["SIGNING_KEYS_DIRECTORY"])
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(packed))) as archive:
            for member in archive.getmembers():
                held = archive.extractfile(member) if member.isfile() else None
                if held is not None:
                    with open(directory / Path(member.name).name, "wb", opener=_private) as file:
                        file.write(held.read())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
