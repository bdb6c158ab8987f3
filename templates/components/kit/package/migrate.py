"""`python -m kit.migrate MODULE:CONTEXTS`: bring a database to the newest schema of some contexts.

Safe to run several at once. They are named by a tuple of a module: `app:CONTEXTS`.
"""

import pkgutil
import sys
from collections.abc import Sequence
from datetime import timedelta

from psycopg import Error
from pydantic import Field, SecretStr, ValidationInfo, field_validator
from sqlalchemy.exc import DataError, IntegrityError

from kit.commands import UNAVAILABLE, Expected, run, say_role
from kit.migration_session import LockedError, Patience
from kit.migrations import MigrationError, MissingExtensionError, Standing, loses, upgrade
from kit.provision import provision
from kit.settings import CommonSettings, checked_database_url, load, role_of

OWNER = "MIGRATION_DATABASE_URL"


def _rows_refuse(error: Error) -> str:
    # The details would have a whole row, with its secrets.
    return f"the rows do not allow it: {error.diag.message_primary}"


EXPECTED: Expected = {
    MissingExtensionError: (UNAVAILABLE, str),
    MigrationError: (1, str),
    LockedError: (UNAVAILABLE, str),
    # A revision meets rows that it did not expect.
    IntegrityError: (UNAVAILABLE, lambda error: _rows_refuse(error.orig)),
    DataError: (UNAVAILABLE, lambda error: _rows_refuse(error.orig)),
}


class MigrationSettings(CommonSettings):
    """What a program that migrates reads; nothing that serves has these."""

    # The role that owns the tables; in development it may be that of DATABASE_URL.
    migration_database_url: SecretStr | None = Field(default=None, validate_default=True)
    # Who may make roles and databases; where it is set, they are made.
    admin_database_url: SecretStr | None = None
    # An ALTER TABLE makes every reader wait for as long as it waits itself.
    migration_lock_timeout_seconds: float = Field(default=1, gt=0, le=60)
    # For locks, in all; then `migrate` ends with an error.
    migration_patience_seconds: float = Field(default=120, ge=0)
    # One statement of a migration; more for a CREATE INDEX CONCURRENTLY on a huge table. 0: no end.
    migration_statement_timeout_seconds: float = Field(default=900, ge=0)
    # Whether revisions that lose data are applied, too: `make migrate DESTRUCTIVE=yes`.
    destructive: bool = False

    @field_validator("migration_database_url", "admin_database_url")
    @classmethod
    def _urls(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if url is not None and url.get_secret_value():
            return checked_database_url(url, info)
        production = info.data.get("environment") == "production"
        if production and info.field_name == "migration_database_url":
            raise ValueError(
                "must be set when ENVIRONMENT=production: the URL of the role that owns the tables;"
                " that of DATABASE_URL has rights on rows only"
            )
        return None

    @property
    def migration_url(self) -> str:
        """The URL of the role that migrates."""
        return (self.migration_database_url or self.database_url).get_secret_value()

    @property
    def patience(self) -> Patience:
        """How long a migration waits."""
        return Patience(
            lock_timeout=timedelta(seconds=self.migration_lock_timeout_seconds),
            altogether=timedelta(seconds=self.migration_patience_seconds),
            statement_timeout=timedelta(seconds=self.migration_statement_timeout_seconds),
        )


def main(contexts: Sequence[str]) -> int:
    """Upgrade every context in the database of MIGRATION_DATABASE_URL; the exit code.

    Where ADMIN_DATABASE_URL is set, roles and database are made first. The role of DATABASE_URL
    gets its rights on rows.
    """
    return run(lambda: _main(contexts), EXPECTED, variable=OWNER)


def _main(contexts: Sequence[str]) -> int:
    settings = load(MigrationSettings)
    owner_url, rows_url = settings.migration_url, settings.database_url.get_secret_value()
    if settings.admin_database_url is not None:
        provision(settings.admin_database_url.get_secret_value(), owner_url, rows_url)
    patience = settings.patience
    return migrate(owner_url, rows_url, contexts, patience, destructive=settings.destructive)


def migrate(
    owner_url: str,
    rows_url: str,
    contexts: Sequence[str],
    patience: Patience | None = None,
    *,
    destructive: bool = False,
) -> int:
    """Upgrade every context as its owner, let the role of `rows_url` work on rows, and say what is
    not as usual; the exit code.

    1 where this release cannot work on the database, 3 where the server, its locks or rows are in
    the way. What loses data is applied where `destructive` says so, or where there are none yet.
    """

    def work() -> int:
        say_role(owner_url)
        role = role_of(rows_url)
        rows = None if role == role_of(owner_url) else role
        standings = upgrade(
            owner_url, contexts, rows=rows, destructive=destructive or None, patience=patience
        )
        for each in standings:
            if each.ahead:
                print(
                    f"{each.context}: the database is at {each.revision}, ahead of this release,"
                    f" which ends at {each.head} and works with it; nothing is applied"
                )
            _say_held_back(each)
            for line in each.broken:
                print(line, file=sys.stderr)
        return UNAVAILABLE if any(each.broken for each in standings) else 0

    return run(work, EXPECTED, variable=OWNER)


def _say_held_back(standing: Standing) -> None:
    held_back = standing.held_back
    if held_back is None:
        return
    said = (
        f"{standing.context}: {held_back.revision} is not applied, because it loses"
        f" {', '.join(loses(held_back))}; `make migrate DESTRUCTIVE=yes` applies it"
    )
    if standing.behind:
        raise MigrationError(f"{said}, and {standing.needed}, which this release needs, after it")
    print(said)


if __name__ == "__main__":
    sys.exit(main(pkgutil.resolve_name(sys.argv[1])))
