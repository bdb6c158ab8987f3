"""`python -m dev.backup [FILE]`: writes a database to a file, in pg_dump's custom format, as the
role that owns it, MIGRATION_DATABASE_URL's. The file appears whole or not at all, and nobody else
may read it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from dev.database import ROOT, given
from dev.postgres import PostgresError, find_binaries
from kit.commands import UNAVAILABLE, Expected, run, say_role


class BackupError(Exception):
    """A backup cannot be written or read back; the message is PostgreSQL's own."""


OWNER = "MIGRATION_DATABASE_URL"
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


if __name__ == "__main__":
    sys.exit(run(lambda: _back_up(sys.argv[1:]), UNUSABLE, variable=OWNER))
