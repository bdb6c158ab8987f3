"""The accounts that a load is made with: one for each role, and users without one."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.accounts import PREFIX, Credentials
from blueprint_cli.errors import BenchRefused, Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from blueprint_cli.benching.accounts import Accounts
    from blueprint_cli.benching.client import Client, Reply

NOBODY: Final = ""
PLAIN: Final = "user"
NOT_LET_IN: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY)
# Whom `by` and `read` of a model name beside roles that one can have.
NO_ROLES: Final = frozenset({"owner", "anyone", "system"})


@dataclass(slots=True, eq=False)
class Account:
    """Somebody who is logged in; a visitor has neither id nor token. A login brings a new token."""

    name: str
    role: str
    id: str
    token: str = field(repr=False)
    credentials: Credentials | None = None


VISITOR: Final = Account("a visitor", NOBODY, "", "")


class People:
    """Accounts by name: those that are given for a role, or new ones.

    ``give_role`` makes an account with a role, as the project's own command does: by its address,
    password and role. Without it nobody can, and only users are made.
    """

    def __init__(
        self,
        client: Client,
        give_role: Callable[[str, str, str], None] | None = None,
        given: Accounts | None = None,
    ) -> None:
        self._client = client
        self._give_role = give_role
        self._accounts = given or {}
        self._given = {role: itertools.cycle(each) for role, each in self._accounts.items()}
        self._run = secrets.token_hex(4)
        self._password = secrets.token_urlsafe(16)
        self._known: dict[str, Account] = {}
        self._logged: dict[str, Account] = {}
        self.registered = 0

    @property
    def all(self) -> list[Account]:
        """Everybody who is logged in."""
        return list(self._logged.values())

    def let_in(self) -> None:
        """Log in with every account that is given, before anything is made.

        Raises:
            BenchRefused: where the project does not let one in, or one has another role.
        """
        for role, several in self._accounts.items():
            for one in several:
                if one.email in self._logged:
                    raise _other_role(role, self._logged[one.email].role)
                self._logged[one.email] = self._logged_in(f"bench {role}", role, one)

    def named(self, name: str, role: str) -> Account:
        """Return the account of that name, with a role.

        Raises:
            Failed: where the project makes none.
            BenchRefused: where it does not let the account in that is given.
        """
        if name not in self._known:
            self._known[name] = self._entered(name, role)
        return self._known[name]

    def with_role(self, roles: Iterable[str]) -> Account | None:
        """Return an account with one of the roles; None where there is no such role."""
        for role in roles:
            for one in self._known.values():
                if one.role == role:
                    return one
        for role in roles:
            if role not in NO_ROLES and self._has(role):
                return self.named(f"bench {role}", role)
        return None

    def renew(self) -> None:
        """Log everybody in again: tokens end after a while.

        Raises:
            Failed: where the project does not answer.
        """
        for one in self._logged.values():
            if one.credentials is not None:
                one.token = self._logged_in(one.name, one.role, one.credentials).token

    def _has(self, role: str) -> bool:
        return role == PLAIN or role in self._given or self._give_role is not None

    def _entered(self, name: str, role: str) -> Account:
        if role in self._given:
            credentials = next(self._given[role])
        else:
            email = f"{name.replace(' ', '-')}.{self._run}@example.com"
            credentials = Credentials(email, self._password)
            self._make(name, role, credentials)
        if credentials.email not in self._logged:
            self._logged[credentials.email] = self._logged_in(name, role, credentials)
        return self._logged[credentials.email]

    def _make(self, name: str, role: str, credentials: Credentials) -> None:
        if role != PLAIN:
            if self._give_role is None:
                raise BenchRefused(f"no account is given for the role {role}")
            self._give_role(credentials.email, credentials.password, role)
            return
        body = {"email": credentials.email, "password": credentials.password, "name": name}
        self._expect(self._client.ask("POST", "/v1/auth/register", body).status, 201, name)
        self.registered += 1

    def _logged_in(self, name: str, role: str, credentials: Credentials) -> Account:
        login = {"email": credentials.email, "password": credentials.password}
        tokens = self._client.ask("POST", "/v1/auth/login", login)
        if role in self._given and tokens.status in NOT_LET_IN:
            raise BenchRefused(
                f"the project does not let the account in that is given for {role}: "
                f"{tokens.status}",
                hint=f"Look at its email and password, in --accounts FILE or {PREFIX}…",
            )
        self._expect(tokens.status, 200, name)
        token = self._said(tokens, "access_token", name)
        me = self._client.ask("GET", "/v1/auth/me", token=token)
        self._expect(me.status, 200, name)
        has = me.data.get("role", role)
        if role in self._given and has != role:
            raise _other_role(role, has)
        return Account(name, role, self._said(me, "id", name), token, credentials)

    @staticmethod
    def _said(reply: Reply, key: str, name: str) -> str:
        if key not in reply.data:
            raise Failed(
                f"the project answered without {key} where {name} was to log in",
                hint="Is it a project of this pattern? Look at its address, and at its log.",
            )
        return str(reply.data[key])

    @staticmethod
    def _expect(status: int, wanted: int, name: str) -> None:
        if status != wanted:
            raise Failed(
                f"the project answered {status} where {name} was to log in",
                hint="Is it a project of this pattern? Look at its log.",
            )


def _other_role(role: str, has: str) -> BenchRefused:
    return BenchRefused(
        f"the account that is given for {role} has the role {has}",
        hint=f"Give one that has it: make admin EMAIL=… PASSWORD=… ROLE={role}",
    )
