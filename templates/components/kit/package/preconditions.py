"""What a process expects of its database's role, locale and limits, looked at once, at its start.

Production serves as a role that works on rows: who breaks into it cannot change a table. And its
workers do not want more connections than there are: the last would be refused under load.
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
    ), CASE described->>'datlocprovider'
        WHEN 'b' THEN described->>'datlocale' = 'C'
        WHEN 'i' THEN false
        ELSE datctype IN ('C', 'POSIX')
    END,
    least(
        current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0),
        CASE WHEN rolconnlimit >= 0 THEN rolconnlimit END,
        CASE WHEN datconnlimit >= 0 THEN datconnlimit END
    )
    FROM pg_roles, pg_database
    -- As JSON, a column that an older server does not have is null: providers came with 15.
    CROSS JOIN LATERAL to_jsonb(pg_database) AS described
    WHERE rolname = current_user AND datname = current_database()
"""


class Preconditions:
    """Production refuses a superuser, an owner of tables, and more connections than there are.

    Each of the `workers` opens up to so many `connections`.
    """

    def __init__(
        self, database: Database, *, workers: int, connections: int, production: bool
    ) -> None:
        self._database = database
        self._workers = workers
        self._connections = connections
        self._production = production
        self._hold = False

    async def at_start(self) -> None:
        """Raises SettingsError. Where the server is away, `check` says later what is wrong."""
        with suppress(psycopg.OperationalError):
            await self.check()

    async def check(self) -> None:
        """Raises SettingsError, psycopg.Error."""
        if self._hold:
            return
        ((role, superuser, table, no_letters, given),) = await self._database.ask(_LOOK)
        if self._production and (superuser or table):
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
        together = self._workers * self._connections
        if together > given:
            reason = (
                f"DATABASE_POOL_SIZE, GRANIAN_WORKERS: {self._workers} workers open up to"
                f" {self._connections} connections each, {together} together, and the server gives"
                f' the role {role} {given}: lower one of them; see "Connections" in the runbook'
            )
            if self._production:
                raise SettingsError(reason)
            _log.warning(reason)
        self._hold = True
