"""The binding document, and whether an answer is one that it allows."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DOCUMENT: Final[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("openapi.yaml").read_text(encoding="utf-8")
)
PROBLEM: Final = "#/components/schemas/Problem"
ANYWHERE: Final = {
    "malformed_request": 400,
    "not_found": 404,
    "method_not_allowed": 405,
    "body_too_large": 413,
    "unsupported_media_type": 415,
    "validation_failed": 422,
    "too_many_requests": 429,
    "unavailable": 503,
    "deadline_exceeded": 504,
}
"""What the document allows any operation to answer, by code."""
UNAUTHENTICATED: Final = {"token_missing", "token_invalid"}
RETRY_LATER: Final = {429, 503}
UUID_VERSION: Final = 7

_formats = FormatChecker(formats=())
_registry: Registry[Any] = Registry().with_resource(
    "urn:document", DRAFT202012.create_resource(DOCUMENT)
)


@_formats.checks("uuid", raises=ValueError)
def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or UUID(value).version == UUID_VERSION


@_formats.checks("date-time", raises=ValueError)
def _is_utc_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return "T" in value and datetime.fromisoformat(value).utcoffset() == timedelta(0)


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation of the document by method and path."""
    methods = ("get", "post", "put", "patch", "delete")
    return {
        (method.upper(), path): item[method]
        for path, item in DOCUMENT["paths"].items()
        for method in methods
        if method in item
    }


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    """What a `$ref` stands for, with what stands beside it."""
    reference = value.get("$ref")
    if not isinstance(reference, str):
        return value
    target: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return {**target, **{key: entry for key, entry in value.items() if key != "$ref"}}


def codes(answer: Mapping[str, Any]) -> set[str]:
    """The problem codes that an answer's description names."""
    return set(re.findall(r"`([a-z_]+)`", answer["description"]))


def validate_schema(body: object, schema: Mapping[str, Any]) -> None:
    within = json.loads(json.dumps(schema).replace('"#/', '"urn:document#/'))
    validator = Draft202012Validator(within, registry=_registry, format_checker=_formats)
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]
    assert not errors, errors


def require_allowed(response: httpx.Response, method: str, path: str) -> None:
    """Fails unless the document lets `method` `path` answer this: status, type, body, headers."""
    assert response.headers.get("x-request-id"), f"{method} {path}: no X-Request-ID"
    operation = operations()[method, path]
    answer = operation["responses"].get(str(response.status_code))
    if response.status_code >= httpx.codes.BAD_REQUEST:
        _require_problem(response, operation, answer)
        return
    assert answer is not None, f"{method} {path}: undocumented {response.status_code}"
    content = resolved(answer).get("content")
    if content is None:
        if response.status_code in {204, 304}:
            assert response.content == b""
        return
    assert media_type(response) == "application/json"
    validate_schema(response.json(), content["application/json"]["schema"])


def _require_problem(
    response: httpx.Response, operation: dict[str, Any], answer: dict[str, Any] | None
) -> None:
    assert media_type(response) == "application/problem+json", response.text
    problem = response.json()
    validate_schema(problem, {"$ref": PROBLEM})
    assert problem["status"] == response.status_code
    allowed = {code for code, status in ANYWHERE.items() if status == response.status_code}
    if answer is not None:
        allowed |= codes(answer)
    if operation.get("security") != [] and response.status_code == httpx.codes.UNAUTHORIZED:
        allowed |= UNAUTHENTICATED
        assert response.headers["www-authenticate"].startswith("Bearer")
    if any(part.get("$ref", "").endswith("/cursor") for part in operation.get("parameters", ())):
        allowed |= {"invalid_cursor"}
    if operation.get("summary", "").startswith("Administrators"):
        allowed |= {"forbidden"}
    assert problem["code"] in allowed, f"undocumented: {problem}"
    if response.status_code in RETRY_LATER:
        assert int(response.headers["retry-after"]) >= 0


def media_type(response: httpx.Response) -> str:
    content_type: str = response.headers.get("content-type", "")
    return content_type.partition(";")[0].strip()
