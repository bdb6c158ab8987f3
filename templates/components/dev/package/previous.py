"""`python -m dev.previous`: whether the release before this one works on the schema of this one, as
it has to during a release and after it is taken back.

The release before is BASE, a commit such as `origin/main`, or without it the last tag. Its own code
migrates, and runs its own tests, on a server whose every new database has this schema already.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from dev.contexts import schemas
from dev.database import scratch_server
from dev.postgres import PostgresError, database_on
from kit.migrations import upgrade

ROOT = Path(__file__).resolve().parents[1]
MIGRATE = """
import sys
from dev.contexts import schemas
from kit.migrate import migrate
sys.exit(migrate(sys.argv[1], sys.argv[1], schemas()))
"""
# Not what tests the migrations themselves, or the machine's programs.
TESTS = (
    "-n logical -m 'postgres or blackbox' --ignore-glob='*/test_migrations.py'"
    " --ignore=tests/dev --ignore=tests/chaos"
)


def main() -> int:
    commit = previous(ROOT, os.environ.get("BASE", ""))
    if commit is None:
        print("there is no release before this one: no BASE is given, and no tag leads here")
        return 0
    print(f"the release before this one: {commit}", flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="previous-") as folder, scratch_server() as server:
            code = Path(folder)
            unpack(ROOT, commit, code)
            prepare(server)
            return tried(code, server)
    except (PostgresError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 3


def previous(repository: Path, base: str) -> str | None:
    """The commit of the release before HEAD, by its name; None where there is none."""
    if base:
        return base
    described = _git(repository, "describe", "--tags", "--abbrev=0", "HEAD^", check=False)
    return described.stdout.decode().strip() or None


def unpack(project: Path, commit: str, into: Path) -> None:
    """The project as it was; it may be a folder of its repository."""
    archive = _git(project, "archive", "--format=tar", commit).stdout
    into.mkdir(exist_ok=True)
    # Not every Python 3.11 has the filters without which tarfile warns.
    command = ("tar", "-x", "-f", "-", "-C", str(into))
    subprocess.run(command, input=archive, check=True)


def prepare(server: str) -> None:
    """Every database that is made on this server begins with this schema, and its owner owns it.

    Of a copied database PostgreSQL keeps who owns what is in it; but `pg_database_owner` is in each
    the role that owns the database.
    """
    template = database_on(server, "template1")
    with psycopg.connect(template, autocommit=True) as connection:
        connection.execute("CREATE ROLE migrated SUPERUSER")
        # What loses data is applied when no process of the release before is left.
        url = make_conninfo(template, options="-c role=migrated")
        upgrade(url, schemas(), destructive=False)
        connection.execute("REASSIGN OWNED BY migrated TO pg_database_owner")


def tried(code: Path, server: str) -> int:
    """Its `migrate` and its tests, in an environment of its own; the first code that is not 0."""
    ours = {"MAKEFLAGS", "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment["TEST_DATABASE_URL"] = server
    for what, command in {
        "has no environment": ("make", ".venv/ready"),
        "cannot work on this schema": (
            ".venv/bin/python",
            "-c",
            MIGRATE,
            database_on(server, "template1"),
        ),
        "fails on this schema": ("make", "test", f"ARGS={TESTS}"),
    }.items():
        done = subprocess.run(command, cwd=code, env=environment, check=False)
        if done.returncode != 0:
            print(f"error: the release before this one {what}", file=sys.stderr)
            return done.returncode
    return 0


def _git(folder: Path, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[bytes]":
    command = ("git", "-C", str(folder), *arguments)
    return subprocess.run(command, capture_output=True, check=check)


if __name__ == "__main__":
    sys.exit(main())
