"""HTTP as RFC 9110 and 9112 have it, where the server and the routes leave it open.

A gateway refuses what is malformed before it routes. The server of a process alone lets more pass,
which is refused here, so that a client sees the same answer with and without a gateway.
"""

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.http import may_proceed
from kit.problems import Problem, problem_response

_LONGEST_LINE = 8_192
"""Bytes of a request line or of one header, as in nginx."""
_LONGEST_HEADERS = 4 * _LONGEST_LINE

_METHOD = re.compile(r"[A-Z_-]+")
_NEVER = frozenset({"CONNECT", "TRACE"})
_HOST = re.compile(rb"[A-Za-z0-9._~:\[\]-]+")
# A segment that climbs, however it is written; a percent sign that encodes nothing; NUL.
_MALFORMED = re.compile(rb"/(?:\.|%2e){1,2}(?:/|$)|%(?![0-9a-f]{2})|%00", re.IGNORECASE)
# What one program takes for a slash and the next one does not.
_AMBIGUOUS = re.compile(rb"//|%2f", re.IGNORECASE)


class Protocol:
    """Answers 400, 404, 405 and 501 itself; HEAD as GET; If-Match on whatever is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; what is not HTTP passes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if (problem := _refused(scope)) is not None:
            await problem_response(problem)(scope, receive, send)
            return
        if scope["method"] in {"GET", "HEAD"}:
            if scope["method"] == "HEAD":
                scope["method"] = "GET"  # the server sends no body: it knows what was asked
            if (condition := Headers(scope=scope).get("if-match")) is not None:
                await self._answer_if_match(condition, scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _answer_if_match(
        self, condition: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """RFC 9110, 13.2: it comes before If-None-Match, and matters to what would succeed."""
        failed = False

        async def send_unless_failed(message: Message) -> None:
            nonlocal failed
            if message["type"] == "http.response.start" and _has_content(message["status"]):
                etag = Headers(raw=message["headers"]).get("etag")
                failed = not may_proceed(condition, etag)
                if failed:
                    problem = problem_response(Problem(412), scope)
                    await problem(scope, receive, send)
            if not failed:
                await send(message)

        await self._app(scope, receive, send_unless_failed)


def _has_content(status: int) -> bool:
    return 200 <= status < 300 or status == 304  # noqa: PLR2004 - HTTP's own numbers


def _refused(scope: Scope) -> Problem | None:
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    if _METHOD.fullmatch(scope["method"]) is None:
        return Problem(400)
    if scope["method"] in _NEVER:
        return Problem(405, headers={"Allow": "GET, HEAD"})
    if (
        len(path) + len(scope["query_string"]) > _LONGEST_LINE
        or not path.startswith(b"/")
        or _MALFORMED.search(path)
    ):
        return Problem(400)
    if (problem := _refused_headers(scope)) is not None:
        return problem
    return Problem(404) if _AMBIGUOUS.search(path) else None


def _refused_headers(scope: Scope) -> Problem | None:
    size = 0
    hosts = []
    for name, value in scope["headers"]:
        length = len(name) + len(value)
        size += length
        if length > _LONGEST_LINE:
            return Problem(400)
        if name == b"host":
            hosts.append(value)
        elif name == b"transfer-encoding" and value.lower() != b"chunked":
            return Problem(501)
    if size > _LONGEST_HEADERS or not _is_named(hosts, scope.get("http_version")):
        return Problem(400)
    return None


def _is_named(hosts: list[bytes], version: str | None) -> bool:
    """Once in HTTP/1.1; what is older need not say, and granian then says an empty one."""
    if version != "1.1":
        return len(hosts) <= 1
    return len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None
