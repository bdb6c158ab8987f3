"""A user of each role, and requests as one of them."""

import json
from collections.abc import Callable
from typing import Any, Final, Self

import httpx

from tests.blackbox.client import Client, Json, unique

VISITOR: Final = "a visitor"
"""Somebody who is not logged in."""
STRANGER: Final = "a stranger"
"""A user without a role who owns nothing."""
OWNER: Final = "the owner"
"""Of the row that is asked for."""
USER: Final = "user"
"""A user without a role, who makes rows."""
MERGE_PATCH: Final = "application/merge-patch+json"


class Person(Client):
    """A user, or a visitor, whose `id` is empty."""

    id: str = ""

    def as_user(self, email: str, password: str) -> Self:
        person = super().as_user(email, password)
        person.id = person.ask("GET", "/v1/auth/me", status=200).json()["id"]
        return person

    def newcomer(self) -> Self:
        credentials = {"email": f"{unique('someone')}@example.com", "password": unique("unusual")}
        body = {**credentials, "name": "Someone"}
        id_ = self.ask("POST", "/v1/auth/register", status=201, json=body).json()["id"]
        person = super().as_user(**credentials)
        person.id = id_
        return person

    def send(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        headers: dict[str, str] | None = None,
        /,
        **query: Any,
    ) -> httpx.Response:
        """Sends a request, and checks what holds for every answer."""
        sent = self.headers | (headers or {})
        if body is not None:
            sent["Content-Type"] = MERGE_PATCH if method == "PATCH" else "application/json"
        content = None if body is None else json.dumps(body).encode()
        answer = self.client.request(method, path, params=query, content=content, headers=sent)
        shown = f"{method} {path}: {answer.status_code} {answer.text}"
        assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR, shown
        assert answer.headers["x-request-id"], shown
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            assert answer.headers["content-type"] == "application/problem+json", shown
            assert answer.json()["status"] == answer.status_code, shown
        return answer


class People:
    """Users by their role or by what they are to a row; each is made when first asked for."""

    def __init__(self, visitor: Person, credentials: Callable[[str], tuple[str, str]]) -> None:
        self.visitor = visitor
        self._credentials = credentials
        self._by_name = {VISITOR: visitor}
        self._by_id: dict[str, Person] = {}

    def __getitem__(self, name: str) -> Person:
        if name not in self._by_name:
            newcomer = name in {STRANGER, USER}
            self._by_name[name] = (
                self.newcomer()
                if newcomer
                else self._known(self.visitor.as_user(*self._credentials(name)))
            )
        return self._by_name[name]

    def newcomer(self) -> Person:
        return self._known(self.visitor.newcomer())

    def of(self, id_: str) -> Person:
        """Who has an id, of those who were asked for."""
        return self._by_id[id_]

    def who(self, name: str, owner: str) -> Person:
        """Who a name means where a row belongs to a user with an id."""
        return self.of(owner) if name == OWNER else self[name]

    def _known(self, person: Person) -> Person:
        self._by_id[person.id] = person
        return person
