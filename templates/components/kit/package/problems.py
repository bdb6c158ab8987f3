"""Errors to HTTP: problem details (RFC 9457) with a stable `code`."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TypedDict

import msgspec
import psycopg
import sqlalchemy.exc
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

MEDIA_TYPE = "application/problem+json"
PROBLEM = "problem"
"""Where a request's scope has the code of its answer."""
_MOST_ERRORS = 20
_LONGEST_POINTER = 200
_LONGEST_MESSAGE = 300
"""An answer stays small whatever the request was: these are what a client can use."""

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_CODES = {
    400: "malformed_request",
    401: "token_invalid",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    412: "precondition_failed",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "validation_failed",
    429: "too_many_requests",
    500: "internal_error",
    501: "not_implemented",
    503: "unavailable",
    504: "deadline_exceeded",
}


class FieldError(TypedDict):
    """`pointer` points into the body (`#/lines/0/quantity`) or at a parameter (`query/limit`)."""

    pointer: str
    message: str


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """An answer that is an error; raise it anywhere at the HTTP edge."""

    def __init__(
        self,
        status: int,
        code: str | None = None,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(detail or code or str(status))
        self.status = status
        self.code = code or _CODES[status]
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = errors


def problem_response(problem: Problem, scope: Scope | None = None) -> Response:
    """The problem as a response, counted with the request's `scope`.

    429 and 503 always carry Retry-After (seconds).
    """
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
    }
    if problem.detail:
        body["detail"] = problem.detail
    if scope is not None:
        body["instance"] = scope["path"]
        scope[PROBLEM] = problem.code
    if problem.errors:
        body["errors"] = list(problem.errors)
    headers = problem.headers
    if problem.status in {429, 503}:
        headers = {"Retry-After": "1", **headers}
    return Response(msgspec.json.encode(body), problem.status, headers, MEDIA_TYPE)


def install(app: FastAPI, statuses: Mapping[type[Exception], int]) -> None:
    """Answer every error as a problem.

    `statuses` maps domain errors to HTTP statuses. A domain error has a stable `code`; its text is
    the detail; a number of seconds in `retry_after` becomes the header, a `field` and its `message`
    one of the errors.
    """

    async def answer_problem(request: Request, error: Exception) -> Response:
        if not isinstance(error, Problem):
            raise TypeError(type(error))
        return problem_response(error, request.scope)

    async def answer_domain_error(request: Request, error: Exception) -> Response:
        status = next(statuses[cls] for cls in type(error).__mro__ if cls in statuses)
        retry_after = getattr(error, "retry_after", None)
        headers = {} if retry_after is None else {"Retry-After": str(max(1, round(retry_after)))}
        code = getattr(error, "code", None)
        problem = Problem(status, code, str(error) or None, headers=headers, errors=_field(error))
        return problem_response(problem, request.scope)

    app.add_exception_handler(Problem, answer_problem)
    for domain_error in statuses:
        app.add_exception_handler(domain_error, answer_domain_error)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    for unavailable in (
        psycopg.OperationalError,
        psycopg.InterfaceError,
        sqlalchemy.exc.OperationalError,
        sqlalchemy.exc.InterfaceError,
        psycopg.errors.ReadOnlySqlTransaction,
        sqlalchemy.exc.InternalError,
        sqlalchemy.exc.TimeoutError,
    ):
        app.add_exception_handler(unavailable, _answer_unavailable)


def _field(error: Exception) -> list[FieldError]:
    name, message = getattr(error, "field", None), getattr(error, "message", None)
    return [FieldError(pointer=f"#/{name}", message=str(message))] if name else []


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise TypeError(type(error))
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(sorted(_allowed(request)))}
    problem = Problem(error.status_code, _CODES.get(error.status_code, "error"), headers=headers)
    return problem_response(problem, request.scope)


def _allowed(request: Request) -> set[str]:
    """Every method of the path; the framework names those of the first route that it tried."""
    return {
        method
        for method in _METHODS
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    }


async def _answer_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise TypeError(type(error))
    errors = error.errors()
    if any(each["type"] == "json_invalid" for each in errors):
        return problem_response(Problem(400, detail="The body is not JSON."), request.scope)
    # Neither the input nor its context is repeated: it may be a password.
    fields = [
        FieldError(pointer=_pointer(each["loc"]), message=each["msg"][:_LONGEST_MESSAGE])
        for each in errors[:_MOST_ERRORS]
    ]
    more = len(errors) > _MOST_ERRORS
    detail = f"{len(errors)} errors, of which these are the first." if more else None
    return problem_response(Problem(422, detail=detail, errors=fields), request.scope)


async def _answer_unavailable(request: Request, error: Exception) -> Response:
    cause = getattr(error, "orig", None) or error
    internal = isinstance(cause, psycopg.InternalError)
    if internal and not isinstance(cause, psycopg.errors.ReadOnlySqlTransaction):
        raise error
    status = 504 if isinstance(cause, psycopg.errors.QueryCanceled) else 503
    return problem_response(Problem(status), request.scope)


def _pointer(location: Sequence[str | int]) -> str:
    where, *path = location
    # A name may be as long as the body: it is cut before it is escaped.
    parts = [str(part)[:_LONGEST_POINTER] for part in path]
    if where == "body":
        escaped = (part.replace("~", "~0").replace("/", "~1") for part in parts)
        pointer = "#" + "".join("/" + part for part in escaped)
    else:
        pointer = "/".join((str(where), *parts))
    return pointer if len(pointer) <= _LONGEST_POINTER else pointer[:_LONGEST_POINTER] + "…"
