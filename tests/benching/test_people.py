"""Accounts of a running project: those that are given are let in before any is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprint_cli.benching.accounts import Credentials
from blueprint_cli.benching.client import Reply
from blueprint_cli.benching.people import People
from blueprint_cli.errors import BenchRefused, Failed

if TYPE_CHECKING:
    from blueprint_cli.benching.accounts import Accounts

WORDS = "some unusual words"


class Project:
    """Knows accounts with their roles, and their one password."""

    def __init__(self, **roles: str) -> None:
        self._roles = roles
        self.registered: list[str] = []

    def ask(self, method: str, path: str, body: Any = None, token: str = "") -> Reply:  # noqa: ANN401 - JSON
        if path == "/v1/auth/register":
            self.registered.append(body["email"])
            self._roles[body["email"].partition("@")[0]] = "user"
            return Reply(201, {})
        if path == "/v1/auth/me":
            return Reply(200, {"id": token, "role": self._roles[token]})
        assert (method, path) == ("POST", "/v1/auth/login")
        name = body["email"].partition("@")[0]
        right = body["password"] == WORDS or body["email"] in self.registered
        known = name in self._roles and right
        return Reply(200, {"access_token": name}) if known else Reply(401, {})


def of(project: Project, given: Accounts) -> People:
    client: Any = project
    return People(client, None, given)


def account(name: str, password: str = WORDS) -> Credentials:
    return Credentials(f"{name}@example.com", password)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"desk": (account("desk", "wrong words"),)}, "does not let .* in .* desk: 401"),
        ({"desk": (account("stranger"),)}, "does not let .* in"),
        ({"desk": (account("ada"),)}, "given for desk has the role user"),
        ({"desk": (account("desk"),), "boss": (account("desk"),)}, "for boss has the role desk"),
    ],
)
def test_an_account_that_does_not_fit_is_said_before_any_is_made(
    given: Accounts, said: str
) -> None:
    project = Project(desk="desk", ada="user")
    with pytest.raises(BenchRefused, match=said) as refused:
        of(project, given).let_in()
    assert project.registered == []
    assert "words" not in f"{refused.value} {refused.value.hint}"


def test_given_users_are_shared_and_others_are_registered() -> None:
    project = Project(desk="desk", ada="user", bob="user")
    people = of(project, {"desk": (account("desk"),), "user": (account("ada"), account("bob"))})
    people.let_in()
    names = [people.named(f"user {number}", "user").id for number in range(4)]
    assert names == ["ada", "bob", "ada", "bob"]
    assert people.with_role(["nobody", "desk"]) == people.named("any", "desk")
    assert people.with_role(["nobody"]) is None
    assert (project.registered, people.registered) == ([], 0)

    people = of(project, {"desk": (account("desk"),)})
    people.let_in()
    assert people.named("user 1", "user").role == "user"
    assert (len(project.registered), people.registered) == (1, 1)


@pytest.mark.parametrize("said", [{}, {"access_token": "x"}])
def test_what_is_no_project_of_ours_is_said(said: dict[str, str]) -> None:
    class Stranger(Project):
        def ask(self, *_: object, **__: object) -> Reply:
            return Reply(200, said)

    with pytest.raises(Failed, match=r"without (access_token|id) where bench desk was to log in"):
        of(Stranger(), {"desk": (account("desk"),)}).let_in()
