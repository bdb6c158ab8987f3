"""A client of the API that holds every answer against the binding document."""

import secrets
import time
from collections.abc import Callable
from typing import Any, Final, Self, TypeVar

import httpx

from tests.blackbox.document import require_allowed

SETTLE_SECONDS: Final = 10.0
ORIGIN: Final = "https://shop.example"
"""Whose pages may call, where the suite starts the server."""
Json = dict[str, Any]
Found = TypeVar("Found")
Seen = set[tuple[str, str, int]]


def unique(word: str) -> str:
    """So that the suite can run against the same server again."""
    return f"{word}-{secrets.token_hex(6)}"


class Client:
    """One user's view of the API. `seen` collects method, path and status of every answer."""

    def __init__(self, client: httpx.Client, seen: Seen, token: str | None = None) -> None:
        self.client = client
        self.seen = seen
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def ask(
        self,
        method: str,
        path: str,
        *,
        status: int | None = None,
        headers: dict[str, str] | None = None,
        values: dict[str, str] | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Sends a request; `path` is the document's, with `values` for what is in braces."""
        url = path.format(**(values or {}))
        headers = self.headers | (headers or {})
        response = self.client.request(method, url, headers=headers, **options)
        require_allowed(response, method, path)
        self.seen.add((method, path, response.status_code))
        assert status is None or response.status_code == status, response.text
        return response

    def refused(self, method: str, path: str, status: int, code: str, **options: Any) -> Json:
        """As `ask`, for an answer that is a problem with this code. Returns the problem."""
        problem: Json = self.ask(method, path, status=status, **options).json()
        assert problem["code"] == code, problem
        return problem

    def register(self, email: str | None = None, password: str | None = None) -> tuple[str, str]:
        """A new user's address and password."""
        email = email or f"{unique('someone')}@example.com"
        password = password or secrets.token_urlsafe(16)
        body = {"email": email, "password": password, "name": "Someone"}
        self.ask("POST", "/v1/auth/register", status=201, json=body)
        return email, password

    def log_in(self, email: str, password: str) -> Json:
        body = {"email": email, "password": password}
        tokens: Json = self.ask("POST", "/v1/auth/login", status=200, json=body).json()
        return tokens

    def as_user(self, email: str, password: str) -> Self:
        token = self.log_in(email, password)["access_token"]
        return type(self)(self.client, self.seen, token)

    def newcomer(self) -> Self:
        return self.as_user(*self.register())

    def pages(self, path: str, **parameters: Any) -> list[list[Json]]:
        """Every page of a list, to the end."""
        pages: list[list[Json]] = []
        while True:
            page = self.ask("GET", path, status=200, params=parameters).json()
            pages.append(page["items"])
            if page["next_cursor"] is None:
                return pages
            parameters["cursor"] = page["next_cursor"]


def eventually(look: Callable[[], Found], holds: Callable[[Found], bool]) -> Found:
    """What `look` returns once it `holds`; fails after SETTLE_SECONDS."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while not holds(found := look()):
        assert time.monotonic() < deadline, f"not so after {SETTLE_SECONDS:g} s: {found}"
        time.sleep(0.02)
    return found
