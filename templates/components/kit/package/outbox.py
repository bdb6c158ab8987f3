"""The outbox: messages are stored in the transaction of the change that they tell about."""

from functools import cache
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import (
    Column,
    DateTime,
    Index,
    Insert,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    insert,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from kit.messages import Message

_PENDING = "kit.outbox"

STORED = ("id", "type", "key", "payload", "headers", "occurred_at")
"""The columns in which a message is stored; the others tell of its delivery."""


def outbox_table(metadata: MetaData) -> Table:
    """The context's outbox, in the schema of its metadata."""
    return Table(
        "outbox",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("type", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("payload", JSONB, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("occurred_at", DateTime(timezone=True), nullable=False),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column(
            "next_attempt_at", DateTime(timezone=True), nullable=False, server_default=func.now()
        ),
        Column("delivered_at", DateTime(timezone=True)),
        Column("failed_at", DateTime(timezone=True)),
        Column("last_error", Text),
        # Only what is still to be delivered: stays small however long the table gets.
        Index(
            "ix_outbox_undelivered",
            "id",
            postgresql_where=text("delivered_at IS NULL AND failed_at IS NULL"),
        ),
        Index(
            "ix_outbox_delivered_at",
            "delivered_at",
            postgresql_where=text("delivered_at IS NOT NULL"),
        ),
        Index("ix_outbox_parked", "id", postgresql_where=text("failed_at IS NOT NULL")),
    )


class Outbox:
    """Collects a unit of work's messages; SqlTransactions stores them just before it commits."""

    def __init__(self, session: AsyncSession, table: Table) -> None:
        self._table = table
        self._pending: list[tuple[Table, Message]] = session.info.setdefault(_PENDING, [])

    def add(self, message: Message) -> None:
        """Store the message with the transaction."""
        self._pending.append((self._table, message))


async def flush_outbox(session: AsyncSession) -> bool:
    """Write what was collected in this session; tells whether there was anything."""
    pending: list[tuple[Table, Message]] = session.info.pop(_PENDING, [])
    rows: dict[Table, list[dict[str, object]]] = {}
    for table, message in pending:
        rows.setdefault(table, []).append({name: getattr(message, name) for name in STORED})
    for table, values in rows.items():
        await session.execute(_insert(table), values)
    return bool(pending)


def discard_outbox(session: AsyncSession) -> None:
    """Forget what was collected in this session: its unit of work failed."""
    session.info.pop(_PENDING, None)


@cache
def _insert(table: Table) -> Insert:
    return insert(table)


def as_parameters(message: Message) -> list[Any]:
    """A message's values for STORED, in a statement of the driver."""
    values = [getattr(message, name) for name in STORED]
    return [Jsonb(value) if isinstance(value, dict) else value for value in values]
