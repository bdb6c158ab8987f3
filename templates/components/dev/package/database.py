"""The development database: DATABASE_URL's, or an embedded PostgreSQL whose data is in `var/`.

It has two roles, as in production: one works on rows, one owns tables. So that a right that is
missing is missing here already.

`python -m dev.database [--database NAME | --server] COMMAND...` runs a command with DATABASE_URL and
MIGRATION_DATABASE_URL set to its roles; it is started for the command if `make dev` does not run.
With --server it is ADMIN_DATABASE_URL that is set.
"""

import contextlib
import hashlib
import hmac
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import PGconn, Ping

from dev.postgres import EmbeddedPostgres, PostgresError, database_on
from kit.commands import BAD_INPUT, UNAVAILABLE, run
from kit.provision import provision

ROOT = Path(__file__).resolve().parents[1]
STATE = Path(os.environ.get("DEV_STATE") or ROOT / "var")
DATA = STATE / "postgres"
DATABASE = "app"


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


def embedded() -> EmbeddedPostgres:
    return EmbeddedPostgres(DATA, durable=True)


@contextlib.contextmanager
def administrator() -> Iterator[str | None]:
    """The URL of a superuser of the server of `make dev`, or of one that runs for as long as the
    block lasts. None where DATABASE_URL says what to use."""
    running = _server_of_make_dev()
    if os.environ.get("DATABASE_URL"):
        yield None
    elif running is not None:
        yield running
    else:
        with embedded() as server:
            yield server.url


def require_given() -> None:
    """Raises PostgresError where DATABASE_URL names a server that does not answer."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return
    try:
        parts = conninfo_to_dict(url)
        found = Ping(PGconn.ping(make_conninfo(url, connect_timeout="5").encode()))
    except psycopg.ProgrammingError:  # its text has the password
        raise PostgresError(
            "DATABASE_URL is no URL of PostgreSQL, such as postgresql://user@localhost:5432/shop"
        ) from None
    if found is not Ping.OK:
        place = f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}"
        raise PostgresError(
            f"no PostgreSQL takes connections at {place}, which DATABASE_URL names:"
            " start it, or unset DATABASE_URL, and `make dev` brings its own"
        )


def given(name: str | None = None) -> Roles:
    """Those of DATABASE_URL and MIGRATION_DATABASE_URL, which may be one; with a `name`, on that
    database of their server."""
    rows = os.environ["DATABASE_URL"]
    owner = os.environ.get("MIGRATION_DATABASE_URL") or rows
    return Roles(*(url if name is None else database_on(url, name) for url in (rows, owner)))


@contextlib.contextmanager
def database(name: str | None = None) -> Iterator[Roles]:
    """The roles of a development database that is there: without a `name` that of DATABASE_URL, or
    `app` on the server of `administrator`."""
    with administrator() as admin:
        yield given(name) if admin is None else make(admin, name or DATABASE)


def _server_of_make_dev() -> str | None:
    try:
        url = (DATA / "url").read_text(encoding="ascii")
        psycopg.connect(url, connect_timeout=2).close()
    except (FileNotFoundError, psycopg.OperationalError):
        return None  # a crash may have left the file
    return url


@contextlib.contextmanager
def scratch_server() -> Iterator[str]:
    """The URL of a server that is gone after the block."""
    with (
        tempfile.TemporaryDirectory(prefix="scratch-") as folder,
        EmbeddedPostgres(Path(folder) / "postgres", durable=False) as server,
    ):
        yield server.url


def _execute(command: list[str]) -> int:
    name = None
    if command[:1] == ["--database"]:
        name, command = command[1], command[2:]
    if command[:1] == ["--server"]:
        with administrator() as admin:
            return _call(command[1:], {} if admin is None else {"ADMIN_DATABASE_URL": admin})
    with database(name) as roles:
        return _call(command, roles.environment)


def _call(command: list[str], environment: dict[str, str]) -> int:
    return subprocess.run(command, env=os.environ | environment, check=False).returncode


def main(command: list[str]) -> int:
    if not command:
        usage = "python -m dev.database [--database NAME | --server] COMMAND..."
        print(f"usage: {usage}", file=sys.stderr)
        return BAD_INPUT
    return run(lambda: _execute(command), {PostgresError: (UNAVAILABLE, str)})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
