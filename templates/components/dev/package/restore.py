"""`python -m dev.restore FILE`: replaces what is in the database of DATABASE_URL by a backup.

Every schema but `public` is dropped and the backup's are made, in one transaction: whoever reads
sees the old data or the new, and a backup that cannot be restored changes nothing.
"""

import os
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from dev.backup import BackupError, client_environment, run
from dev.postgres import PostgresError

OWN_SCHEMAS = """
    SELECT nspname FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
    ORDER BY nspname
"""


def restore(database_url: str, file: Path) -> None:
    """Raises BackupError, FileNotFoundError."""
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")
    environment = client_environment(database_url)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "restore.sql"
        run(
            "pg_restore",
            *("--no-owner", "--no-privileges", f"--file={script}", str(file)),
            environment=environment,
        )
        with psycopg.connect(database_url) as connection:
            drop = "".join(
                sql.SQL("DROP SCHEMA {} CASCADE;\n").format(sql.Identifier(name)).as_string()
                for (name,) in connection.execute(OWN_SCHEMAS)
            )
        first = Path(folder) / "drop.sql"
        first.write_text(drop, encoding="utf-8")
        run(
            "psql",
            *("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
            *(f"--file={first}", f"--file={script}"),
            environment=environment,
        )


def main(arguments: list[str]) -> int:
    if not arguments or not arguments[0]:
        print("error: name the backup: make restore FILE=var/backups/….dump", file=sys.stderr)
        return 2
    try:
        restore(os.environ["DATABASE_URL"], Path(arguments[0]))
    except (BackupError, PostgresError, OSError, psycopg.Error) as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    print(f"restored from {arguments[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
