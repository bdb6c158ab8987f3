"""`python -m dev.restore FILE`: replaces what is in a database by a backup, as the role that owns
it, MIGRATION_DATABASE_URL's.

Every schema but `public` is dropped and the backup's are made, in one transaction: whoever reads
sees the old data or the new, and a backup that cannot be restored changes nothing. The role of
DATABASE_URL gets its rights in the same transaction.
"""

import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from dev.backup import OWNER, UNUSABLE, call, client_environment
from dev.database import given
from dev.roles import Roles
from kit.commands import BAD_INPUT, run, say_role
from kit.provision import grants
from kit.settings import role_of

OWN_SCHEMAS = """
    SELECT nspname FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
    ORDER BY nspname
"""


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
    sys.exit(run(lambda: _restore(sys.argv[1:]), UNUSABLE, variable=OWNER))
