"""Limits on what a request may cost: body, time, and how many at once."""

import asyncio
import re
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit import deadline
from kit.problems import FieldError, Problem, problem_response
from kit.requests import OPERATORS

_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_DIGITS = re.compile(r"[0-9]{1,18}")  # Python makes no number of more than 4300
_READ_ON = 16
"""Times the limit a body of unknown length is read: a client reads no answer while it sends."""
_MOST_MEMBERS = 2_000
"""Values in a body from outside; each may have a fault that costs more to report than to send."""
_BODIES_AT_ONCE = 64
"""Times the limit of a body may be held of bodies that are not complete."""
_INTERNAL = "/internal/"


@dataclass(frozen=True, slots=True)
class Limit:
    """Bytes of a body, seconds for an answer, requests in progress in this process."""

    body_bytes: int
    seconds: float
    concurrent: int


class Limits:
    """Answers 413, 415, 422, 503 and 504 itself. The operators' endpoints are never refused.

    A request is in progress once its body is complete: who sends slowly keeps nobody else out.
    """

    def __init__(self, app: ASGIApp, limit: Limit) -> None:
        self._app = app
        self._limit = limit
        self._in_progress = 0
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request within its limits."""
        if scope["type"] != "http" or scope["path"] in OPERATORS:
            await self._app(scope, receive, send)
            return
        await self._in_time(scope, receive, send)

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
                if problem is None and self._in_progress >= self._limit.concurrent:
                    problem = Problem(503, detail="Too many requests at once.")
                if problem is None:
                    await self._handle(scope, receive, watched_send)
                else:
                    await _refuse(problem, scope, receive, watched_send)
        except TimeoutError:
            if started or timeout is None or not timeout.expired():
                raise
            await _refuse(Problem(504), scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._in_progress += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._in_progress -= 1

    async def _read(self, scope: Scope, receive: Receive) -> tuple[Problem | None, Receive]:
        """Read and check the body before the application sees it."""
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
        if length is not None and (
            not _DIGITS.fullmatch(length) or int(length) > self._limit.body_bytes
        ):
            return Problem(413), receive
        problem, receive, body = await self._buffer(receive)
        if problem is None and not scope["path"].startswith(_INTERNAL):
            problem = _too_many(body)
        return problem, receive

    async def _buffer(self, receive: Receive) -> tuple[Problem | None, Receive, bytes]:
        body = bytearray()
        size, allowed, more = 0, self._limit.body_bytes, True
        try:
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    return None, _replay(message, receive), b""
                part = message.get("body", b"")
                size += len(part)
                if size <= allowed:
                    body += part
                    self._held += len(part)
                    if self._held > _BODIES_AT_ONCE * allowed:
                        return Problem(503, detail="Too many bodies at once."), receive, b""
                more = message.get("more_body", False) and size <= _READ_ON * allowed
        finally:
            self._held -= len(body)
        if size > allowed:
            return Problem(413), receive, b""
        whole = bytes(body)
        return None, _replay({"type": "http.request", "body": whole}, receive), whole


def _too_many(body: bytes) -> Problem | None:
    """Every value but a container's first has a comma before it; those in strings do not count."""
    if body.count(b",") <= _MOST_MEMBERS and body.count(b"[") + body.count(b"{") <= _MOST_MEMBERS:
        return None
    quoted = body.replace(rb"\\", b"").replace(rb"\"", b"").split(b'"')
    bare = b"".join(quoted[::2])
    if sum(bare.count(mark) for mark in (b",", b"[", b"{")) <= _MOST_MEMBERS:
        return None
    if bare.count(b"[") != bare.count(b"]") or bare.count(b"{") != bare.count(b"}"):
        return Problem(400, detail="The body is not JSON.")
    errors = [FieldError(pointer="#", message=f"has more than {_MOST_MEMBERS:,} members")]
    return Problem(422, errors=errors)


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
    await problem_response(problem, scope)(scope, receive, send)
