"""The two roles of a development database, as in production: one works on rows, one owns tables.

So that a right that is missing is missing here already.
"""

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from kit.provision import provision


@dataclass(frozen=True, slots=True)
class Roles:
    """The URLs of one database."""

    rows: str
    """For DATABASE_URL."""
    owner: str
    """For MIGRATION_DATABASE_URL."""

    @property
    def environment(self) -> dict[str, str]:
        """Both, for a command."""
        return {"DATABASE_URL": self.rows, "MIGRATION_DATABASE_URL": self.owner}


def roles_on(server: str, database: str, role: str | None = None) -> Roles:
    """Those of `database` on the server of `server`, a superuser's URL: `role`, which is the
    database's name unless it is given, and `role`_owner."""
    name = role or database
    return Roles(
        _login(server, database, name),
        _login(server, database, f"{name}_owner"),
    )


def make(server: str, database: str, role: str | None = None) -> Roles:
    """As `roles_on`; roles and database are made if they are not there."""
    roles = roles_on(server, database, role)
    provision(server, roles.owner, roles.rows)
    return roles


def _login(server: str, database: str, role: str) -> str:
    """With a password that needs no file: nobody who knows it can tell the superuser's."""
    parts = urlsplit(server)
    secret = (parts.password or "").encode()
    password = hmac.new(secret, role.encode(), hashlib.sha256).hexdigest()
    place = parts.netloc.rpartition("@")[2]
    login = f"{quote(role, safe='')}:{password}@{place}"
    return urlunsplit(parts._replace(netloc=login, path=f"/{quote(database, safe='')}"))
