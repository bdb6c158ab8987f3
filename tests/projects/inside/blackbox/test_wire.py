"""What is no ordinary request is answered as every other one: over a socket, byte for byte.

What the parser of the server in front refuses, it may answer by itself: nginx can be told how, the
parsers of granian and HAProxy cannot, and the runbook says so. Then it is a refusal all the same.
"""

import contextlib
import json
import os
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.blackbox.client import ORIGIN
from tests.blackbox.document import validate_schema
from tests.blackbox.server import Server

SECONDS: Final = 15.0
ALLOWED: Final = os.environ.get("CORS_ORIGINS", "" if "BASE_URL" in os.environ else ORIGIN)
HEADERS: Final = f"Host: shop.example\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n".encode()
JSON: Final = b"Content-Type: application/json\r\n"
LOGIN: Final = b"POST /v1/auth/login HTTP/1.1"
LIST: Final = b"GET /v1/products HTTP/1.1"


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is 0 for what has no head, as in HTTP/0.9, or was not answered."""

    status: int
    headers: dict[str, str]
    body: bytes


def send(server: Server, raw: bytes) -> Answer:
    parts = urlsplit(server.base_url)
    received = b""
    with socket.create_connection((parts.hostname, parts.port), timeout=SECONDS) as connection:
        with contextlib.suppress(OSError):  # it may close while we send
            connection.sendall(raw)
        with contextlib.suppress(OSError):
            while part := connection.recv(65_536):
                received += part
    head, _, body = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1."):
        return Answer(0, {}, received)
    first, *lines = head.decode("latin-1").split("\r\n")
    named = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in named}
    return Answer(int(first.split(" ")[1]), headers, body)


def request(line: bytes, headers: bytes = b"", body: bytes = b"") -> bytes:
    return line + b"\r\n" + HEADERS + headers + b"\r\n" + body


@pytest.fixture(scope="module")
def own_words(server: Server) -> bool:
    """The parser in front answers what it refuses with words of its own."""
    answer = send(server, request(b"GET % HTTP/1.1"))
    return answer.headers.get("content-type") != "application/problem+json"


def require_problem(answer: Answer, status: int, code: str) -> None:
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]
    assert answer.headers.get("access-control-allow-origin", "") == ALLOWED
    assert answer.headers.get("server", "") in {"", "nginx"}  # which it cannot be told to leave out
    problem = json.loads(answer.body)
    validate_schema(problem, {"$ref": "#/components/schemas/Problem"})
    assert (problem["status"], problem["code"]) == (status, code)


def target(path: bytes) -> bytes:
    return request(b"GET " + path + b" HTTP/1.1")


MALFORMED: Final = {
    "a percent sign in a path": target(b"/%"),
    "a percent sign in a product": target(b"/v1/products/%zz"),
    "an encoded NUL": target(b"/v1/products/%00"),
    "above the root": target(b"/../"),
    "above the root, encoded": target(b"/%2e%2E/"),
    "up and down again": target(b"/v1/x/../products"),
    "here": target(b"/v1/./products"),
    "ends above": target(b"/v1/.."),
    "a long line": target(b"/" + b"a" * 9_000),
    "a long query": target(b"/v1/products?q=" + b"a" * 9_000),
    "a long header": request(b"GET /v1/products/x HTTP/1.1", b"X-Long: " + b"a" * 9_000 + b"\r\n"),
    "long headers": request(
        b"GET /v1/products/x HTTP/1.1",
        b"".join(b"X-%d: %s\r\n" % (number, b"a" * 8_000) for number in range(5)),
    ),
    "no host": LIST + f"\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n\r\n".encode(),
    "a host that is none": LIST
    + f"\r\nHost: a/b\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n\r\n".encode(),
    "everything at once": request(b"OPTIONS * HTTP/1.1"),
    "a small method": request(b"get /v1/products HTTP/1.1"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_is_a_problem(server: Server, name: str) -> None:
    require_problem(send(server, MALFORMED[name]), 400, "malformed_request")


UNPARSED: Final = {
    "a percent sign alone": (request(b"GET % HTTP/1.1"), 400),
    "nonsense": (b"nonsense\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x01" * 64, 400),
    "NUL": (target(b"/\0"), 400),
    "NUL in a header": (request(LIST, b"A: b\0c\r\n"), 400),
    "a space": (target(b"/v1/pro ducts"), 400),
    "a very long line": (target(b"/" + b"a" * 500_000), 400),
    "a very long header": (request(LIST, b"X-Long: " + b"a" * 500_000 + b"\r\n"), 400),
    "a method that is none": (request(b"G{T /v1/products HTTP/1.1"), 400),
    "a relative path": (target(b"v1/products"), 400),
    "no protocol": (request(b"GET /v1/products HTTX/1.1"), 400),
    "a header that is none": (request(LIST, b"a b: c\r\n"), 400),
    "two hosts": (request(LIST, b"Host: other.example\r\n"), 400),
    "two lengths": (
        request(LOGIN, JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{}"),
        400,
    ),
    "no length": (request(LOGIN, JSON + b"Content-Length: x\r\n", b"{}"), 400),
    "a negative length": (request(LOGIN, JSON + b"Content-Length: -1\r\n", b"{}"), 400),
    "a chunk that is none": (
        request(LOGIN, JSON + b"Transfer-Encoding: chunked\r\n", b"zz\r\n{}\r\n0\r\n\r\n"),
        400,
    ),
    "a chunk of another size": (
        request(LOGIN, JSON + b"Transfer-Encoding: chunked\r\n", b"1\r\n{}\r\n0\r\n\r\n"),
        400,
    ),
    "HTTP/2 in words": (request(b"GET / HTTP/2.0"), 505),
    "HTTP/3 in words": (request(b"GET / HTTP/3.0"), 505),
    "another coding": (request(LOGIN, JSON + b"Transfer-Encoding: gzip\r\n", b"{}"), 501),
    "one more coding": (
        request(LOGIN, JSON + b"Transfer-Encoding: gzip, chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
        501,
    ),
}
CODES: Final = {400: "malformed_request", 501: "not_implemented", 505: "version_not_supported"}


@pytest.mark.parametrize("name", UNPARSED)
def test_what_a_parser_refuses_is_refused(server: Server, own_words: bool, name: str) -> None:
    raw, status = UNPARSED[name]
    answer = send(server, raw)
    if own_words and answer.headers.get("content-type") != "application/problem+json":
        assert 400 <= answer.status < 500, answer
        assert "server" not in answer.headers
    else:
        require_problem(answer, status, CODES[status])


def test_http_0_9_is_not_served(server: Server) -> None:
    assert b'"items"' not in send(server, b"GET /v1/products\r\n").body


def test_http_1_0_needs_no_host(server: Server) -> None:
    assert send(server, b"GET /v1/products HTTP/1.0\r\n\r\n").status == 200


def test_a_whole_address_is_a_path(server: Server) -> None:
    raw = request(b"GET http://shop.example/v1/products HTTP/1.1")
    assert send(server, raw).status == 200


def test_what_need_not_be_encoded_is_the_same(server: Server) -> None:
    assert send(server, target(b"/v1/%70roducts")).status == 200


@pytest.mark.parametrize(
    "path",
    [b"//", b"//v1/products", b"/v1//products", b"/v1/products//", b"/v1%2fproducts", b"/v1/%2F"],
)
def test_an_empty_segment_is_not_found(server: Server, path: bytes) -> None:
    send(server, request(LIST))  # a gateway has it in its cache now
    require_problem(send(server, target(path)), 404, "not_found")


@pytest.mark.parametrize("method", [b"TRACE", b"BREW", b"PROPFIND"])
def test_other_methods_are_not_allowed(server: Server, method: bytes) -> None:
    answer = send(server, request(method + b" /v1/products HTTP/1.1"))
    require_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


def test_nobody_is_connected(server: Server) -> None:
    assert send(server, request(b"CONNECT shop.example:443 HTTP/1.1")).status in {400, 405}


@pytest.mark.parametrize("path", [b"/v1/products", b"/.well-known/jwks.json", b"/openapi.json"])
def test_head_is_get_without_the_body(server: Server, path: bytes) -> None:
    head, got = (
        send(server, request(method + b" " + path + b" HTTP/1.1")) for method in (b"HEAD", b"GET")
    )
    assert (head.status, got.status) == (200, 200)
    assert (head.body, head.headers["content-type"]) == (b"", "application/json")
    assert got.headers["content-type"] == "application/json"
    assert int(head.headers["content-length"]) == len(got.body)
    missing = send(server, request(b"HEAD /v1/nothing HTTP/1.1"))
    assert (missing.status, missing.body) == (404, b"")


@pytest.mark.parametrize("path", [b"/v1/products", b"/openapi.json"])
def test_a_range_is_ignored(server: Server, path: bytes) -> None:
    whole = send(server, target(path))
    for asked in (b"bytes=0-3", b"bytes=99999999-", b"nonsense"):
        part = send(server, request(b"GET " + path + b" HTTP/1.1", b"Range: " + asked + b"\r\n"))
        assert (part.status, part.body) == (200, whole.body)


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
@pytest.mark.parametrize("path", [b"/v1/products", b"/.well-known/jwks.json", b"/openapi.json"])
def test_a_read_has_its_condition(server: Server, path: bytes, method: bytes) -> None:
    def ask(condition: bytes) -> Answer:
        line = method + b" " + path + b" HTTP/1.1"
        return send(server, request(line, b"If-Match: " + condition + b"\r\n"))

    assert ask(b"*").status == 200
    etag = send(server, target(path)).headers.get("etag", "").encode()
    if etag and not etag.startswith(b"W/"):
        assert ask(b'"other", ' + etag).status == 200
        assert ask(b"W/" + etag).status == 412
    failed = ask(b'"other"')
    assert failed.status == 412
    if method == b"GET":
        require_problem(failed, 412, "precondition_failed")


def test_a_condition_matters_to_what_would_succeed(server: Server) -> None:
    raw = request(b"GET /v1/products/nonsense HTTP/1.1", b'If-Match: "other"\r\n')
    require_problem(send(server, raw), 422, "validation_failed")


def test_a_page_of_another_origin_reads_nothing_out_of_a_cache(server: Server) -> None:
    for origin, read in ((b"https://other.example", False), (ORIGIN.encode(), True), (b"", False)):
        raw = LIST + b"\r\nHost: a\r\nConnection: close\r\nOrigin: " + origin + b"\r\n\r\n"
        allowed = send(server, raw).headers.get("access-control-allow-origin", "")
        assert allowed == (ALLOWED if read else "")
