"""Rows that have served their time go in batches: no purge is a statement that never ends."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Delete,
    Table,
    any_,
    delete,
    func,
    literal_column,
    select,
)

from kit.background import Periodic
from kit.database import Database

_EVERY = timedelta(minutes=10)
_AT_ONCE = 5_000


def removal(
    table: Table,
    *conditions: ColumnElement[bool],
    at_most: int,
    order: ColumnElement[Any] | None = None,
) -> Delete:
    """Removes a batch of the rows that nobody holds, for whoever holds one may change it."""
    place: ColumnElement[Any] = literal_column("ctid")
    batch = (
        select(place)
        .select_from(table)
        .where(*conditions)
        .order_by(order)
        .limit(at_most)
        .with_for_update(skip_locked=True)
        .correlate(None)
        .scalar_subquery()
    )
    # As an array, it is looked for once: a plan may run `IN (SELECT ... LIMIT ...)` for every row.
    return delete(table).where(place == any_(func.array(batch)))


def purging(
    database: Database, since: Column[Any], keep: timedelta, *only: ColumnElement[bool]
) -> Periodic:
    """Delete rows of the column's table that are older than `keep`, counted from the column.

    Each batch is a transaction; while there is more, the next one follows at once. Rows that
    somebody holds are left for later. The column needs an index, which may have the conditions
    `only`.
    """
    table = since.table
    statement = removal(table, since < func.now() - keep, *only, order=since, at_most=_AT_ONCE)

    async def purge() -> bool:
        async with database.sessions.begin() as session:
            purged = await (await session.connection()).execute(statement)
        return purged.rowcount == _AT_ONCE

    return Periodic(f"purge {table.fullname} by {since.name}", purge, _EVERY)
