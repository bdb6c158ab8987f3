"""`python -m app.migrate`: bring the database to the newest schema; safe to run several at once."""

import sys

import psycopg

from app.contexts import CONTEXTS
from app.settings import from_environment
from kit.migrations import upgrade
from kit.settings import SettingsError


def main() -> int:
    """Upgrade every context; the exit code."""
    try:
        settings = from_environment()
        upgrade(settings.database_url.get_secret_value(), CONTEXTS)
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except psycopg.OperationalError as error:
        print(f"error: DATABASE_URL: {str(error).strip()}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
