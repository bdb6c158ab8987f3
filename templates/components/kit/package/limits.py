"""Limits on what a request may cost: body, time, and how many at once."""

import asyncio
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit import deadline
from kit.problems import Problem, problem_response
from kit.requests import OPERATORS

_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_READ_ON = 16
"""Times the limit a body of unknown length is read: a client reads no answer while it sends."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Bytes of a body, seconds for an answer, requests in progress in this process."""

    body_bytes: int
    seconds: float
    concurrent: int


class Limits:
    """Answers 413, 415, 503 and 504 itself. The operators' endpoints are never refused."""

    def __init__(self, app: ASGIApp, limit: Limit) -> None:
        self._app = app
        self._limit = limit
        self._in_progress = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request within its limits."""
        if scope["type"] != "http" or scope["path"] in OPERATORS:
            await self._app(scope, receive, send)
            return
        if self._in_progress >= self._limit.concurrent:
            await _refuse(Problem(503, detail="Too many requests at once."), scope, receive, send)
            return
        self._in_progress += 1
        try:
            await self._in_time(scope, receive, send)
        finally:
            self._in_progress -= 1

    async def _in_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False
        timeout: asyncio.Timeout | None = None
        left = deadline.requested(Headers(scope=scope).get(deadline.HEADER), self._limit.seconds)

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            async with deadline.within(left) as timeout:
                problem, receive = await self._read(scope, receive)
                if problem is None:
                    await self._app(scope, receive, watched_send)
                else:
                    await _refuse(problem, scope, receive, watched_send)
        except TimeoutError:
            if started or timeout is None or not timeout.expired():
                raise
            await _refuse(Problem(504), scope, receive, send)

    async def _read(self, scope: Scope, receive: Receive) -> tuple[Problem | None, Receive]:
        """Check the body before the application sees it; one of unknown length is read here."""
        if scope["method"] not in _WITH_BODY:
            return None, receive
        headers = Headers(scope=scope)
        length = headers.get("content-length")
        if length == "0" or (length is None and "transfer-encoding" not in headers):
            # HTTP/2 may send a body with neither header; it is bounded like a chunked one.
            if scope.get("http_version") in {"1.0", "1.1"}:
                return None, receive
        elif not _is_json(scope["method"], headers.get("content-type", "")):
            return Problem(415, detail="Send application/json."), receive
        if length is not None:
            too_long = not length.isdigit() or int(length) > self._limit.body_bytes
            return (Problem(413) if too_long else None), receive
        return await self._buffer(receive)

    async def _buffer(self, receive: Receive) -> tuple[Problem | None, Receive]:
        body = bytearray()
        size, allowed, more = 0, self._limit.body_bytes, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return None, _replay(message, receive)
            part = message.get("body", b"")
            size += len(part)
            if size <= allowed:
                body += part
            more = message.get("more_body", False) and size <= _READ_ON * allowed
        if size > allowed:
            return Problem(413), receive
        return None, _replay({"type": "http.request", "body": bytes(body)}, receive)


def _replay(first: Message, receive: Receive) -> Receive:
    remaining = [first]

    async def replay() -> Message:
        return remaining.pop() if remaining else await receive()

    return replay


def _is_json(method: str, content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        method == "PATCH" and media_type == "application/merge-patch+json"
    )


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    await problem_response(problem, scope["path"])(scope, receive, send)
