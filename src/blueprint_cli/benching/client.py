"""A few requests before and after the load: accounts, rows, what is cleaned away."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from blueprint_cli.errors import Failed

TIMEOUT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, with its JSON where it has some."""

    status: int
    data: Any


class Client:
    """Asks one base URL, one request after the other."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self.host, self.port = (
            parts.hostname or "",
            parts.port or (443 if parts.scheme == "https" else 80),
        )
        self._base = base_url
        self._kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection

    def ask(self, method: str, path: str, body: object = None, token: str = "") -> Reply:
        """Send one request.

        Raises:
            Failed: where nothing answers.
        """
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection = self._kind(self.host, self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, HTTPException) as error:
            raise Failed(
                f"{self._base} does not answer: {error}", hint="Start it, or give another --url."
            ) from error
        finally:
            connection.close()
        try:
            return Reply(answer.status, json.loads(text) if text else None)
        except ValueError:
            return Reply(answer.status, None)
