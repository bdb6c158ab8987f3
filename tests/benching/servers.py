"""Servers that behave as a test says, on a thread of their own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


@contextlib.contextmanager
def serving(answer: Callable[[bytes], Awaitable[bytes]]) -> Iterator[int]:
    """Serve one request after the other on each connection; yields the port."""
    loop = asyncio.new_event_loop()
    started = threading.Event()
    port = 0

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                said = await answer(head)
                writer.write(said)
                await writer.drain()
                if b"connection: close" in said.lower() or b"until-closed" in said:
                    break
        writer.close()

    async def main() -> None:
        nonlocal port
        server = await asyncio.start_server(one, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        started.set()
        async with server:
            await stopped.wait()
            for writer in writers:
                writer.close()
            await asyncio.sleep(0.01)

    def run() -> None:
        with contextlib.closing(loop):
            loop.run_until_complete(main())

    stopped = asyncio.Event()
    writers: set[asyncio.StreamWriter] = set()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(10)
