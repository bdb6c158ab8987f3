"""What holds for every operation: problems, request ids, limits, what is no request at all."""

import json
import re
import time

import httpx
import pytest

from tests.blackbox.client import Client, unique
from tests.blackbox.document import operations, validate_schema

LOGIN = ("POST", "/v1/auth/login")
REGISTER = ("POST", "/v1/auth/register")
KEYS = ("GET", "/.well-known/jwks.json")


def require_problem(response: httpx.Response, status: int, code: str) -> None:
    """For what the document has no operation for."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"]
    validate_schema(response.json(), {"$ref": "#/components/schemas/Problem"})
    assert response.json()["code"] == code


@pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/v1/auth/me/", "/v2/auth/me"])
def test_an_unknown_path(visitor: Client, path: str) -> None:
    require_problem(visitor.client.get(path), 404, "not_found")


def test_a_method_that_is_not_there(visitor: Client) -> None:
    answer = visitor.client.delete("/v1/auth/me")
    require_problem(answer, 405, "method_not_allowed")
    assert {"GET"} <= set(answer.headers["allow"].replace(" ", "").split(","))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"nonsense", b'{"email": "a\xff"}', b"\xef\xbb\xbf{", b"[" * 5000]
)
def test_what_is_no_json(visitor: Client, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = visitor.ask(*LOGIN, content=content, headers=headers)
    assert answer.json()["code"] in {"malformed_request", "validation_failed"}
    if content:
        assert answer.status_code == 400


@pytest.mark.parametrize("body", [[], "text", 1, None, {"email": ["a"], "password": {}}])
def test_what_is_no_object_that_is_asked_for(visitor: Client, body: object) -> None:
    headers = {"Content-Type": "application/json"}
    visitor.refused(
        *LOGIN, 422, "validation_failed", content=json.dumps(body).encode(), headers=headers
    )


@pytest.mark.parametrize("text", ["\0", "\ud800"])
def test_text_that_no_database_holds(visitor: Client, text: str) -> None:
    fields = {"email": f"{unique('a')}@example.com", "password": "quite unusual words"}
    body = json.dumps(fields | {"name": text}).encode()
    headers = {"Content-Type": "application/json"}
    answer = visitor.ask(*REGISTER, content=body, headers=headers)
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "nonsense"])
def test_a_body_of_another_type(visitor: Client, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    visitor.refused(*LOGIN, 415, "unsupported_media_type", content=b"{}", headers=headers)


def test_a_body_that_is_too_large(visitor: Client) -> None:
    body = {"email": "a@example.com", "password": "x" * 4_000_000}
    visitor.refused(*LOGIN, 413, "body_too_large", json=body)


def test_a_body_that_is_too_large_and_does_not_say_so(visitor: Client) -> None:
    def endless() -> object:
        for _ in range(64):
            yield b" " * 65536

    headers = {"Content-Type": "application/json"}
    visitor.refused(*LOGIN, 413, "body_too_large", content=endless(), headers=headers)


def test_an_answer_has_the_requests_id(visitor: Client) -> None:
    sent = {"X-Request-ID": "request-6f1c_2.b"}
    answer = visitor.ask(*KEYS, status=200, headers=sent)
    assert answer.headers["x-request-id"] == sent["X-Request-ID"]
    unknown = visitor.client.get("/nothing", headers=sent)
    assert unknown.headers["x-request-id"] == sent["X-Request-ID"]


@pytest.mark.parametrize("sent", [None, "", "x" * 300, "a b\tc", "<script>"])
def test_a_request_without_a_sane_id_gets_one(visitor: Client, sent: str | None) -> None:
    headers = {} if sent is None else {"X-Request-ID": sent}
    answer = visitor.ask(*KEYS, status=200, headers=headers)
    given = answer.headers["x-request-id"]
    assert re.fullmatch(r"[A-Za-z0-9._-]{16,128}", given)
    assert given != sent


def test_a_header_cannot_be_planted(visitor: Client) -> None:
    answer = visitor.client.get(KEYS[1], headers={"X-Request-ID": "a%0d%0aSet-Cookie: b=c"})
    assert "set-cookie" not in answer.headers


def test_answers_come_at_once(visitor: Client) -> None:
    began = time.monotonic()
    visitor.ask(*KEYS, status=200)
    assert time.monotonic() - began < 2


def test_the_projects_own_document_is_compatible(visitor: Client) -> None:
    own = visitor.ask("GET", "/openapi.json", status=200).json()
    assert own["openapi"].startswith("3.1")
    missing = []
    for (method, path), operation in operations().items():
        if path == "/openapi.json":
            continue
        described = own["paths"].get(path, {}).get(method.lower())
        if described is None:
            missing.append(f"{method} {path}")
            continue
        undescribed = operation["responses"].keys() - described["responses"].keys()
        missing += [f"{method} {path} {status}" for status in sorted(undescribed)]
    assert missing == []
