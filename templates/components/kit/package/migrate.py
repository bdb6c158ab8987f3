"""Bring a database to the newest schema, as a program; safe to run several at once."""

import sys
from collections.abc import Sequence

import psycopg

from kit.migrations import upgrade
from kit.settings import CommonSettings, SettingsError, load


def main(contexts: Sequence[str]) -> int:
    """Upgrade every context in the database of DATABASE_URL; the exit code."""
    try:
        settings = load(CommonSettings)
        upgrade(settings.database_url.get_secret_value(), contexts)
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except psycopg.OperationalError as error:
        print(f"error: DATABASE_URL: {str(error).strip()}", file=sys.stderr)
        return 3
    return 0
