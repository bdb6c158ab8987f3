"""An API over HTTP as JSON, as somebody: what an answer says, whatever its status."""

import http.client
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

Json = Any


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes
    asked: str

    @property
    def json(self) -> Json:
        return json.loads(self.content) if self.content else None

    @property
    def code(self) -> str:
        """That of the problem; empty where it is none."""
        found = self.json
        return str(found.get("code", "")) if isinstance(found, dict) else ""

    @property
    def said(self) -> tuple[int, str]:
        """Its status, and the code of a refusal."""
        return self.status, self.code if self.status >= 400 else ""

    def __str__(self) -> str:
        return f"{self.asked} -> {self.status} {self.content[:600].decode(errors='replace')}"


@dataclass(frozen=True)
class Api:
    """One user's view; without a token, nobody's."""

    url: str
    token: str = ""
    id: str = ""
    # Connections that are open and that nobody uses.
    idle: list[http.client.HTTPConnection] = field(default_factory=list)

    def ask(
        self,
        method: str,
        path: str,
        body: Json = ...,
        /,
        *,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
        **query: Json,
    ) -> Answer:
        if query:
            path = f"{path}?{urlencode(query, doseq=True)}"
        sent = dict(headers or {})
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not ...:
            content = json.dumps(body).encode()
            sent["Content-Type"] = (
                "application/merge-patch+json" if method == "PATCH" else "application/json"
            )
        parts = urlsplit(self.url)
        assert parts.hostname
        while True:
            used = bool(self.idle)
            connection = (
                self.idle.pop()
                if used
                else http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
            )
            try:
                connection.request(method, path, content, sent)
                response = connection.getresponse()
                found = response.read()
            except (http.client.HTTPException, ConnectionError):
                connection.close()
                if not used:
                    raise
                continue
            self.idle.append(connection)
            break
        given = {name.lower(): value for name, value in response.getheaders()}
        shown = "" if content is None else content.decode(errors="replace")[:600]
        return Answer(response.status, given, found, f"{method} {path} {shown}")

    def close(self) -> None:
        for connection in self.idle:
            connection.close()
