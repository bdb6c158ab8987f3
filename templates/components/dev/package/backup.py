"""`python -m dev.backup [FILE]`: writes the database of DATABASE_URL to a file, in pg_dump's custom
format. The file appears whole or not at all, and only its owner may read it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from dev.database import ROOT
from dev.postgres import PostgresError, find_binaries


class BackupError(Exception):
    """A backup cannot be written or read back; the message is PostgreSQL's own."""


def client_environment(database_url: str) -> dict[str, str]:
    """What lets PostgreSQL's own programs reach the database, without a password on a command
    line, where every user of the machine could read it."""
    parts = conninfo_to_dict(database_url)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
    names |= {"password": "PGPASSWORD", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
    given = {names[part]: str(value) for part, value in parts.items() if part in names and value}
    return os.environ | given


def run(program: str, *arguments: str, environment: Mapping[str, str]) -> None:
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
        run(
            "pg_dump",
            *("--format=custom", "--no-owner", "--no-privileges", f"--file={part}"),
            environment=client_environment(database_url),
        )
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)


def main(arguments: list[str]) -> int:
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump"
    file = Path(arguments[0]) if arguments and arguments[0] else ROOT / "var" / "backups" / name
    try:
        back_up(os.environ["DATABASE_URL"], file)
    except (BackupError, PostgresError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    print(f"{file} ({file.stat().st_size} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
