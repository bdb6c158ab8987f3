"""Rows that have served their time go in batches: no purge is a statement that never ends."""

from datetime import timedelta

from psycopg import sql
from sqlalchemy import Table

from kit.background import Periodic
from kit.database import Database
from kit.naming import identifier

_EVERY = timedelta(minutes=10)
_AT_ONCE = 5_000


def purging(
    database: Database, table: Table, since: str, keep: timedelta, only: str = "true"
) -> Periodic:
    """Delete rows of the table that are older than `keep`, counted from the column `since`.

    Each batch is a transaction; while there is more, the next one follows at once. Rows that
    somebody holds are left for later. `since` needs an index, which may have the condition `only`.
    """
    statement = sql.SQL(
        "DELETE FROM {0} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {0}"
        " WHERE {1} < now() - %s::interval AND {2} ORDER BY {1} LIMIT %s FOR UPDATE SKIP LOCKED))"
    ).format(
        identifier(table),
        sql.Identifier(since),
        sql.SQL(only),
    )

    async def purge() -> bool:
        async with database.statement() as connection:
            purged = await connection.execute(statement, (keep, _AT_ONCE))
        return purged.rowcount == _AT_ONCE

    return Periodic(f"purge {table.schema}.{table.name} by {since}", purge, _EVERY)
