"""What a process expects of its database's role and locale, looked at once, when it starts.

Production serves as a role that works on rows: who breaks into it cannot change a table.
"""

from contextlib import suppress

import psycopg
import structlog

from kit.database import Database
from kit.settings import SettingsError

_log = structlog.get_logger()

_LOOK = """
    SELECT current_user, rolsuper, (
        SELECT min(pg_class.oid::regclass::text) FROM pg_class
        JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE relkind IN ('r', 'p') AND nspname !~ '^(pg_|information_schema$)'
        AND pg_has_role(relowner, 'MEMBER')
    ), CASE datlocprovider WHEN 'c' THEN datctype IN ('C', 'POSIX') ELSE datlocale = 'C' END
    FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
"""


class Preconditions:
    """`rows_only` refuses a superuser, and an owner of tables."""

    def __init__(self, database: Database, *, rows_only: bool) -> None:
        self._database = database
        self._rows_only = rows_only
        self._hold = False

    async def at_start(self) -> None:
        """Raises SettingsError. Where the server is away, `check` says later what is wrong."""
        with suppress(psycopg.OperationalError):
            await self.check()

    async def check(self) -> None:
        """Raises SettingsError, psycopg.Error."""
        if self._hold:
            return
        async with self._database.dedicated() as connection:
            found = await (await connection.execute(_LOOK)).fetchone()
        role, superuser, table, no_letters = found or ("", False, None, False)
        if self._rows_only and (superuser or table):
            held = "is a superuser" if superuser else f"may change {table}, as its owner may"
            raise SettingsError(
                f"DATABASE_URL: the role {role} {held}; when ENVIRONMENT=production the process"
                ' serves as one that works on rows: see "Roles of the database" in the runbook'
            )
        if no_letters:
            _log.warning(
                "the database's LC_CTYPE is C: searches find nothing in scripts other than Latin;"
                " make it with LC_CTYPE C.UTF-8"
            )
        self._hold = True
