"""Pages of which origins may call from a browser (CORS), and what of an answer they may read."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

_METHODS = "GET, POST, PATCH, DELETE"
_REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
_ANSWER_HEADERS = b"ETag, Idempotency-Replayed, Location, Retry-After, X-Request-ID"
_REMEMBERED_SECONDS = "600"


class Origins:
    """What an answer says to a browser. Without origins nothing: no other site's page may call.

    A cache keeps an answer for one origin apart from that for another, or for none.
    """

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._allowed = frozenset(origin.encode() for origin in allowed)

    def headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """For every answer, whatever its status."""
        if not self._allowed:
            return []
        vary = (b"vary", b"Origin")
        origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
        if origin not in self._allowed:
            return [vary]
        return [
            vary,
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _ANSWER_HEADERS),
        ]

    def preflight(self, scope: Scope) -> Response | None:
        """The answer to a browser that asks whether it may ask; None for any other request."""
        if scope["method"] != "OPTIONS" or not self._allowed:
            return None
        headers = Headers(scope=scope)
        asked = "access-control-request-method" in headers
        if not asked or headers.get("origin", "").encode() not in self._allowed:
            return None
        return Response(
            headers={
                "Access-Control-Allow-Methods": _METHODS,
                "Access-Control-Allow-Headers": _REQUEST_HEADERS,
                "Access-Control-Max-Age": _REMEMBERED_SECONDS,
            }
        )
