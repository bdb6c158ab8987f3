"""What surrounds every request: its id, its trace, its log line, its metrics, its last resort."""

from collections.abc import Sequence
from http import HTTPStatus
from time import perf_counter

import structlog
from opentelemetry.trace import Span, SpanKind
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.clock import new_id
from kit.logs import REQUEST
from kit.metrics import Metrics
from kit.problems import PROBLEM, Problem, problem_response
from kit.tracing import span

_CORS_METHODS = "GET, POST, PATCH, DELETE"
_REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
_ANSWER_HEADERS = b"ETag, Idempotency-Replayed, Location, Retry-After, X-Request-ID"
_REMEMBERED_SECONDS = "600"
_log = structlog.get_logger()
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OPERATORS = frozenset({"/livez", "/readyz", "/metrics"})
_LONGEST_ID = 128
_ID_CHARACTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
CONTENT_SECURITY = "default-src 'none'; frame-ancestors 'none'"
_DEFAULTS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", CONTENT_SECURITY.encode()),
)
"""An answer may have its own."""
_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-site"),
    (b"server", b""),  # otherwise the server names itself
)
_HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


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
                "Access-Control-Allow-Methods": _CORS_METHODS,
                "Access-Control-Allow-Headers": _REQUEST_HEADERS,
                "Access-Control-Max-Age": _REMEMBERED_SECONDS,
            }
        )


class RequestContext:
    """The outermost middleware. `hsts` belongs to deployments that are reached over TLS.

    It answers browsers about `origins`: they must be able to read the last resort, too. Without
    `edge` a gateway in front has decided which traces are recorded.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        origins: Origins | None = None,
        *,
        hsts: bool = False,
        edge: bool = True,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._edge = edge
        self._origins = origins or Origins()
        self._security = (*_SECURITY, _HSTS) if hsts else _SECURITY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; what is not HTTP passes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, trace = _inbound(scope)
        method = _method(scope)
        stranger = self._edge and _is_public(scope)
        with (
            structlog.contextvars.bound_contextvars(request_id=request_id),
            span(method, SpanKind.SERVER, trace, stranger=stranger) as current,
            self._metrics.in_progress.track_inprogress(),
        ):
            began = perf_counter()
            status = await self._answer(scope, receive, send, request_id.encode())
            self._account(scope, method, current, status, perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: bytes) -> int:
        status = 0
        cross_origin = self._origins.headers(scope)

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], (b"x-request-id", request_id), *self._security]
                headers += cross_origin
                named = {name for name, _ in message["headers"]}
                headers += [default for default in _DEFAULTS if default[0] not in named]
                message = {**message, "headers": headers}
            await send(message)

        try:
            app = self._origins.preflight(scope) or self._app
            await app(scope, receive, send_with_headers)
        except Exception:
            _log.exception("unhandled error")
            if status:
                raise  # too late for another answer: the server ends the connection
            response = problem_response(Problem(500), scope)
            await response(scope, receive, send_with_headers)
        return status

    def _account(
        self, scope: Scope, method: str, current: Span, status: int, seconds: float
    ) -> None:
        # The template and never the path: a path or query may hold personal data.
        route: str = getattr(scope.get("route"), "path", "unmatched")
        current.update_name(f"{method} {route}")
        current.set_attribute("http.request.method", method)
        current.set_attribute("http.route", route)
        current.set_attribute("http.response.status_code", status)
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.duration.labels(method, route).observe(seconds)
        if code := scope.get(PROBLEM):
            self._metrics.problems.labels(method, route, code).inc()
        if route not in OPERATORS or status >= HTTPStatus.BAD_REQUEST:
            _log.info(
                REQUEST,
                method=method,
                route=route,
                status=status,
                duration_ms=round(seconds * 1000, 2),
            )


def _is_public(scope: Scope) -> bool:
    """No gateway passes on what services ask each other, who follow each other's decisions."""
    path: str = scope["path"]
    return not path.startswith("/internal/")


def _method(scope: Scope) -> str:
    """As OpenTelemetry names it: what a client invents must not become a metric of its own."""
    method: str = scope["method"]
    return method if method in _METHODS else "_OTHER"


def _inbound(scope: Scope) -> tuple[str, dict[str, str]]:
    """The request's id, the caller's if it is a sane one, and its trace headers."""
    request_id = None
    trace = {}
    for name, value in scope["headers"]:
        if name == b"x-request-id" and 0 < len(value) <= _LONGEST_ID:
            request_id = value.decode() if _ID_CHARACTERS.issuperset(value) else None
        elif name in {b"traceparent", b"tracestate"}:
            trace[name.decode()] = value.decode("latin-1")
    return request_id or str(new_id()), trace
