"""Bring a database to the newest schema, as a program; safe to run several at once."""

import sys
from collections.abc import Sequence
from datetime import timedelta

import psycopg
from pydantic import Field
from sqlalchemy.exc import DBAPIError

from kit.migration_session import LockedError, Patience
from kit.migrations import MigrationError, MissingExtensionError, upgrade
from kit.settings import CommonSettings, SettingsError, load


class MigrationSettings(CommonSettings):
    """What a program that migrates reads."""

    # An ALTER TABLE makes every reader wait for as long as it waits itself.
    migration_lock_timeout_seconds: float = Field(default=1, gt=0, le=60)
    # For locks, in all; then `migrate` ends with an error.
    migration_patience_seconds: float = Field(default=120, ge=0)
    # One statement of a migration; more for a CREATE INDEX CONCURRENTLY on a huge table. 0: no end.
    migration_statement_timeout_seconds: float = Field(default=900, ge=0)

    @property
    def patience(self) -> Patience:
        """How long a migration waits."""
        return Patience(
            lock_timeout=timedelta(seconds=self.migration_lock_timeout_seconds),
            altogether=timedelta(seconds=self.migration_patience_seconds),
            statement_timeout=timedelta(seconds=self.migration_statement_timeout_seconds),
        )


def main(contexts: Sequence[str]) -> int:
    """Upgrade every context in the database of DATABASE_URL; the exit code."""
    try:
        settings = load(MigrationSettings)
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return migrate(settings.database_url.get_secret_value(), contexts, settings.patience)


def migrate(database_url: str, contexts: Sequence[str], patience: Patience | None = None) -> int:
    """Upgrade every context, and say what is not as usual; the exit code.

    1 where this release cannot work on the database, 3 where the server or its locks are in the
    way.
    """
    try:
        standings = upgrade(database_url, contexts, patience=patience)
    except MissingExtensionError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    except MigrationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except LockedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    except (psycopg.OperationalError, DBAPIError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        print(f"error: DATABASE_URL: {str(reason).strip()}", file=sys.stderr)
        return 3
    for each in standings:
        if each.ahead:
            print(
                f"{each.context}: the database is at {each.revision}, ahead of this release, which"
                f" ends at {each.head} and works with it; nothing is applied"
            )
    return 0
