"""API Gateway's HTTP API over loopback: routes, authoriser and events, from what it imports."""

import base64
import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

INTEGRATION = "x-amazon-apigateway-integration"
ANY = "x-amazon-apigateway-any-method"
Invoke = Callable[[str, Mapping[str, Any]], dict[str, Any]]
# API Gateway's own limit.
MOST_BYTES = 10_485_760


class Api:
    """One HTTP API; `invoke` calls a function by its name."""

    def __init__(self, document: Mapping[str, Any], invoke: Invoke, stage: str) -> None:
        self._invoke = invoke
        self._stage = stage
        self._schemes = document["components"].get("securitySchemes", {})
        self._integrations = document["components"]["x-amazon-apigateway-integrations"]
        self._routes = [
            (method.upper() if method != ANY else "ANY", path, _pattern(path), operation)
            for path, item in document["paths"].items()
            if path != "/$default"
            for method, operation in item.items()
        ]
        self._default = document["paths"]["/$default"][ANY]
        self._authorised: dict[str, tuple[float, bool]] = {}
        self.failed: list[str] = []
        # What the edge answered by itself.
        self.refused: list[int] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def __getattr__(self, name: str) -> Callable[[], None]:
                if not name.startswith("do_"):
                    raise AttributeError(name)
                return lambda: api.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def route(self, method: str, path: str) -> tuple[str, Mapping[str, Any]]:
        """A full match with the method, then one with a greedy variable, then $default."""
        fitting = [
            (("{proxy+}" in template, known == "ANY", -len(template)), f"{known} {template}", it)
            for known, template, pattern, it in self._routes
            if known in (method, "ANY") and pattern.fullmatch(path)
        ]
        if not fitting:
            return "$default", self._default
        _, key, operation = min(fitting, key=lambda one: one[0])
        return key, operation

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = _body(request)
        if body is None:
            self._send(
                request,
                413,
                {"content-type": "application/json"},
                b'{"message":"Request Too Long"}',
            )
            return
        parts = urlsplit(request.path)
        key, operation = self.route(request.command, parts.path)
        event = self._event(request, key, parts.path, parts.query, body)
        for security in operation.get("security", ()):
            for name in security:
                if not self._lets_pass(request, self._schemes[name], event):
                    return
        try:
            found = self._invoke(self._function(operation[INTEGRATION]), event)
        except AssertionError as error:
            self.failed.append(str(error))
            self._send(
                request,
                500,
                {"content-type": "application/json"},
                b'{"message":"Internal Server Error"}',
            )
            return
        content = found.get("body") or ""
        data = base64.b64decode(content) if found.get("isBase64Encoded") else content.encode()
        headers = {
            **found.get("headers", {}),
            **{n: ",".join(v) for n, v in found.get("multiValueHeaders", {}).items()},
        }
        self._send(request, found["statusCode"], headers, data, found.get("cookies") or ())

    def _lets_pass(
        self, request: BaseHTTPRequestHandler, scheme: Mapping[str, Any], event: Mapping[str, Any]
    ) -> bool:
        authorizer = scheme["x-amazon-apigateway-authorizer"]
        assert authorizer["identitySource"] == "$request.header.Authorization"
        source = request.headers.get("Authorization")
        status = 401
        if source:
            status = 403
            now = time.monotonic()
            known = self._authorised.get(source)
            if known is None or known[0] < now:
                asked = {**event, "type": "REQUEST", "identitySource": [source], "body": None}
                answer = self._invoke(_name(authorizer["authorizerUri"], self._stage), asked)
                known = now + authorizer["authorizerResultTtlInSeconds"], answer["isAuthorized"]
                self._authorised[source] = known
            if known[1]:
                return True
        self.refused.append(status)
        said = {401: "Unauthorized", 403: "Forbidden"}[status]
        self._send(
            request,
            status,
            {"content-type": "application/json"},
            json.dumps({"message": said}).encode(),
        )
        return False

    def _function(self, integration: Mapping[str, Any]) -> str:
        name = integration["$ref"].rpartition("/")[2]
        assert self._integrations[name]["payloadFormatVersion"] == "2.0"
        return _name(self._integrations[name]["uri"], self._stage)

    def _event(
        self, request: BaseHTTPRequestHandler, key: str, path: str, query: str, body: bytes
    ) -> dict[str, Any]:
        headers: dict[str, str] = {}
        for known, value in request.headers.items():
            name = known.lower()
            if name not in {"connection", "transfer-encoding", "cookie"}:
                headers[name] = f"{headers[name]},{value}" if name in headers else value
        headers |= {
            "content-length": str(len(body)),
            "x-forwarded-proto": "https",
            "x-forwarded-port": "443",
        }
        headers["x-forwarded-for"] = ", ".join(
            filter(None, [headers.get("x-forwarded-for"), "203.0.113.5"])
        )
        try:
            text, encoded = body.decode(), False
        except UnicodeDecodeError:
            text, encoded = base64.b64encode(body).decode(), True
        http = {
            "method": request.command,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "203.0.113.5",
            "userAgent": "t",
        }
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": key,
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "accountId": "1",
                "apiId": "api",
                "domainName": "api",
                "domainPrefix": "api",
                "http": http,
                "requestId": uuid.uuid4().hex,
                "routeKey": key,
                "stage": "$default",
                "time": "28/Nov/2026:00:00:00 +0000",
                "timeEpoch": 0,
            },
            "isBase64Encoded": encoded,
        }
        if cookie := request.headers.get("cookie"):
            event["cookies"] = cookie.split("; ")
        if body:
            event["body"] = text
        return event

    def _send(
        self,
        request: BaseHTTPRequestHandler,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        cookies: Sequence[str] = (),
    ) -> None:
        request.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                request.send_header(name, value)
        for cookie in cookies:
            request.send_header("set-cookie", cookie)
        request.send_header("apigw-requestid", uuid.uuid4().hex[:16])
        if status not in {204, 304}:
            request.send_header("content-length", str(len(body)))
        request.end_headers()
        if request.command != "HEAD" and status not in {204, 304}:
            request.wfile.write(body)


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", path)
    return re.compile(
        "".join(
            (".+" if part.endswith("+}") else "[^/]+") if part.startswith("{") else re.escape(part)
            for part in parts
        )
    )


def _name(uri: Mapping[str, str], stage: str) -> str:
    found = re.search(r":function:([^/]+)/invocations$", uri["Fn::Sub"])
    assert found
    return found[1].replace("${Stage}", stage)


def _body(request: BaseHTTPRequestHandler) -> bytes | None:
    """The whole body, as API Gateway collects it; None where it is too long."""
    if request.headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int(request.rfile.readline().split(b";")[0] or b"0", 16):
            body += request.rfile.read(size)
            request.rfile.readline()
        request.rfile.readline()
    else:
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
    return body if len(body) <= MOST_BYTES else None
