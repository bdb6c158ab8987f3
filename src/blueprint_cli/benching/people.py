"""The accounts that a load is made with: one for each role, and users without one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from blueprint_cli.benching.client import Client

NOBODY: Final = ""
PLAIN: Final = "user"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who is logged in; a visitor has neither id nor token."""

    name: str
    role: str
    id: str
    token: str


VISITOR: Final = Account("a visitor", NOBODY, "", "")


class People:
    """Accounts by name, made when they are first asked for.

    ``give_role`` makes an account with a role, as the project's own command does: by its address,
    password and role.
    """

    def __init__(self, client: Client, give_role: Callable[[str, str, str], None]) -> None:
        self._client = client
        self._give_role = give_role
        self._run = secrets.token_hex(4)
        self._password = secrets.token_urlsafe(16)
        self._known: dict[str, Account] = {}

    def named(self, name: str, role: str) -> Account:
        """Return the account of that name, with a role.

        Raises:
            Failed: where the project makes none.
        """
        if name not in self._known:
            email = f"{name.replace(' ', '-')}.{self._run}@example.com"
            if role == PLAIN:
                body = {"email": email, "password": self._password, "name": name}
                self._expect(self._client.ask("POST", "/v1/auth/register", body).status, 201, name)
            else:
                self._give_role(email, self._password, role)
            self._known[name] = self._logged_in(name, role, email)
        return self._known[name]

    def with_role(self, roles: Iterable[str]) -> Account | None:
        """Return an account with one of the roles; None where there is no such role."""
        for role in roles:
            for one in self._known.values():
                if one.role == role:
                    return one
        for role in roles:
            if role not in ("owner", "anyone", "system"):
                return self.named(f"bench {role}", role)
        return None

    def _logged_in(self, name: str, role: str, email: str) -> Account:
        login = {"email": email, "password": self._password}
        tokens = self._client.ask("POST", "/v1/auth/login", login)
        self._expect(tokens.status, 200, name)
        token = str(tokens.data["access_token"])
        me = self._client.ask("GET", "/v1/auth/me", token=token)
        self._expect(me.status, 200, name)
        return Account(name, role, str(me.data["id"]), token)

    @staticmethod
    def _expect(status: int, wanted: int, name: str) -> None:
        if status != wanted:
            raise Failed(
                f"the project answered {status} where an account for {name} was made",
                hint="Look at its log; bench makes its accounts over the API.",
            )
