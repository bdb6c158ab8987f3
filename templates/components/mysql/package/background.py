"""Purges on MySQL: it deletes up to a limit by itself."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, delete
from sqlalchemy.dialects.mysql import limit

from kit.background import Periodic
from kit.clock import utc_now
from kit.mysql.database import Database

_EVERY = timedelta(minutes=10)
# Galera certifies a transaction's rows one by one.
_AT_ONCE = 1_000


def purging(
    database: Database, since: Column[Any], keep: timedelta, *only: ColumnElement[bool]
) -> Periodic:
    """Delete rows of the column's table that are older than `keep`, counted from the column."""
    statement = delete(since.table).ext(limit(_AT_ONCE))

    async def purge() -> bool:
        conditions = (since < utc_now() - keep, *only)
        async with database.statement() as connection:
            purged = await connection.execute(statement.where(*conditions))
        return purged.rowcount == _AT_ONCE

    return Periodic(f"purge {since.table.name} by {since.name}", purge, _EVERY)
