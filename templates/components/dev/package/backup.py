"""`python -m dev.backup save [FILE]` and `python -m dev.backup restore FILE`, in pg_dump's format.

As the role that owns the database, MIGRATION_DATABASE_URL's. A backup's file appears whole or not
at all, and nobody else may read it.

To restore one, every schema but `public` is dropped and the backup's are made, in one transaction:
whoever reads sees the old data or the new, and a backup that cannot be restored changes nothing.
The role of DATABASE_URL gets its rights in the same transaction.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from dev.database import ROOT, Roles, given
from dev.postgres import PostgresError, find_binaries
from kit.commands import BAD_INPUT, UNAVAILABLE, Expected, run, say_role
from kit.provision import grants
from kit.settings import role_of

OWNER = "MIGRATION_DATABASE_URL"
OWN_SCHEMAS = """
    SELECT nspname FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
    ORDER BY nspname
"""


class BackupError(Exception):
    """A backup cannot be written or read back; the message is PostgreSQL's own."""


UNUSABLE: Expected = {
    BackupError: (UNAVAILABLE, str),
    PostgresError: (UNAVAILABLE, str),
}


def client_environment(database_url: str) -> dict[str, str]:
    """What lets PostgreSQL's own programs reach the database, without a password on a command
    line, where every user of the machine could read it."""
    parts = conninfo_to_dict(database_url)
    known = ((each.keyword.decode(), each.envvar) for each in Conninfo.get_defaults())
    variables = {keyword: name.decode() for keyword, name in known if name is not None}
    passed = {variables[part]: str(value) for part, value in parts.items() if part in variables}
    return os.environ | passed


def call(program: str, *arguments: str, environment: Mapping[str, str]) -> None:
    """Raises BackupError."""
    command = [str(find_binaries() / program), *arguments]
    done = subprocess.run(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    if done.returncode != 0:
        message = done.stderr.decode("utf-8", errors="replace").strip()
        raise BackupError(f"{program} failed:\n{message}")


def back_up(database_url: str, file: Path) -> None:
    """Raises BackupError, FileExistsError."""
    if file.exists():
        raise FileExistsError(f"{file} is there already")
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        call(
            "pg_dump",
            *("--format=custom", "--no-owner", "--no-privileges", f"--file={part}"),
            environment=client_environment(database_url),
        )
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)


def _back_up(arguments: list[str]) -> int:
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump"
    file = Path(arguments[0]) if arguments and arguments[0] else ROOT / "var" / "backups" / name
    url = given().owner
    say_role(url)
    back_up(url, file)
    print(f"{file} ({file.stat().st_size} bytes)")
    return 0


def restore(roles: Roles, file: Path) -> None:
    """Raises BackupError, FileNotFoundError, psycopg.Error."""
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")
    environment = client_environment(roles.owner)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "restore.sql"
        call(
            "pg_restore",
            *("--no-owner", "--no-privileges", f"--file={script}", str(file)),
            environment=environment,
        )
        with psycopg.connect(roles.owner) as connection:
            drop = "".join(
                sql.SQL("DROP SCHEMA {} CASCADE;\n").format(sql.Identifier(name)).as_string()
                for (name,) in connection.execute(OWN_SCHEMAS)
            )
        first = Path(folder) / "drop.sql"
        first.write_text(drop, encoding="utf-8")
        last = Path(folder) / "grants.sql"
        last.write_text(rights(roles), encoding="utf-8")
        call(
            "psql",
            *("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
            *(f"--file={each}" for each in (first, script, last)),
            environment=environment,
        )


def rights(roles: Roles) -> str:
    """What lets the role of the rows work on all that was restored."""
    worker = role_of(roles.rows)
    if worker == role_of(roles.owner):
        return ""
    every = sql.SQL("ARRAY({})").format(sql.SQL(OWN_SCHEMAS.partition("ORDER")[0]))
    return grants(worker, every)


def _restore(arguments: list[str]) -> int:
    if not arguments or not arguments[0]:
        print("error: name the backup: make restore FILE=var/backups/….dump", file=sys.stderr)
        return BAD_INPUT
    roles = given()
    say_role(roles.owner)
    restore(roles, Path(arguments[0]))
    print(f"restored from {arguments[0]}")
    return 0


if __name__ == "__main__":
    programs = {"save": _back_up, "restore": _restore}
    sys.exit(run(lambda: programs[sys.argv[1]](sys.argv[2:]), UNUSABLE, variable=OWNER))
