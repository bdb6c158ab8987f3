"""HTTP/1.1 on raw connections: one request at a time on each, as fast as one core goes.

A client library takes a tenth of a millisecond and more for a request, which would make the
generator the limit; docs/decisions says why this is not one of them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD_ENDS: Final = b"\r\n\r\n"
NO_BODY: Final = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``status`` is 0 where nothing did, and ``body`` is what was read."""

    status: int
    body: bytes = b""


class Connection(asyncio.Protocol):
    """A connection that carries one request at a time, and says when it is free again."""

    def __init__(self, free: Callable[[Connection], None]) -> None:
        self._free = free
        self._transport: asyncio.Transport | None = None
        self._answered: Callable[[Answer], None] | None = None
        self._is_head = False
        self._buffer = b""
        self._reader: _Reader | None = None

    def send(self, request: bytes, answered: Callable[[Answer], None]) -> None:
        """Send a request; ``answered`` is called once, with what came back."""
        self._answered = answered
        self._is_head = request.startswith(b"HEAD ")
        if self._transport is None or self._transport.is_closing():
            self._end(Answer(0))
        else:
            self._transport.write(request)

    @property
    def open(self) -> bool:
        """Whether another request can be sent on it."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def free(self) -> bool:
        """Whether another request can be sent on it now."""
        return self.open and self._answered is None

    def close(self) -> None:
        """Close it; a request on it has no answer."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._reader is None:
            self._buffer += data
            end = self._buffer.find(HEAD_ENDS)
            if end < 0:
                return
            head, data = self._buffer[:end], self._buffer[end + len(HEAD_ENDS) :]
            self._buffer = b""
            self._reader = _Reader(head, no_body=self._is_head)
        if self._reader.feed(data):
            reader, self._reader = self._reader, None
            if reader.closes:
                self.close()
            self._end(Answer(reader.status, reader.body))

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        reader, self._reader = self._reader, None
        whole = reader is not None and reader.until_closed
        self._end(Answer(reader.status, reader.body) if reader and whole else Answer(0))

    def _end(self, answer: Answer) -> None:
        answered, self._answered = self._answered, None
        if answered is not None:
            if self.open:
                self._free(self)
            answered(answer)


class _Reader:
    """One answer's body: of a length, in chunks, or until the connection ends."""

    def __init__(self, head: bytes, *, no_body: bool) -> None:
        lines = head.split(b"\r\n")
        self.status = int(lines[0][9:12])
        fields = {
            name.lower(): value.strip().lower()
            for name, _, value in (line.partition(b":") for line in lines[1:])
        }
        self.closes = fields.get(b"connection") == b"close"
        self.body = b""
        self._chunked = fields.get(b"transfer-encoding") == b"chunked"
        length = fields.get(b"content-length")
        self._length = 0 if no_body or self.status in NO_BODY else int(length or -1)
        self.until_closed = self._length < 0 and not self._chunked
        self._rest = b""

    def feed(self, data: bytes) -> bool:
        """Take what arrived; whether the answer is whole."""
        if self._chunked and self._length:
            return self._feed_chunks(data)
        self.body += data
        return not self.until_closed and len(self.body) >= self._length

    def _feed_chunks(self, data: bytes) -> bool:
        self._rest += data
        while True:
            end = self._rest.find(b"\r\n")
            if end < 0:
                return False
            size = int(self._rest[:end].split(b";")[0], 16)
            if len(self._rest) < end + 2 + size + 2:
                return False
            self.body += self._rest[end + 2 : end + 2 + size]
            self._rest = self._rest[end + 2 + size + 2 :]
            if size == 0:
                return True
