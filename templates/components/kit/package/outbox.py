"""The outbox: messages are stored in the transaction of the change that they tell about.

`outbox` has every message once, in `position`: the order in which the database took them. Where the
writers of a key wait for each other, as those do who lock its aggregate, that is the order of their
commits, whatever the clocks of their hosts say. What a consumer did not take at the first attempt
stands in `outbox_owed`, a row per message and consumer, until it has taken it.
"""

from functools import cache
from typing import Any, cast

from psycopg.types.json import Jsonb
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from kit.messages import Message

STORED = ("id", "type", "key", "payload", "headers", "occurred_at")
"""The columns in which a message is stored; the others tell of its delivery."""


def outbox_table(metadata: MetaData) -> Table:
    """The context's outbox, in the schema of its metadata; beside it, what consumers are owed."""
    outbox = Table(
        "outbox",
        metadata,
        Column("position", BigInteger, Identity(always=True), primary_key=True),
        Column("id", Uuid, nullable=False),
        Column("type", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("payload", JSONB, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("occurred_at", DateTime(timezone=True), nullable=False),
        # When every consumer had taken it, or was owed it.
        Column("delivered_at", DateTime(timezone=True)),
        # Only what is still to be delivered: stays small however long the table gets.
        Index("ix_outbox_undelivered", "position", postgresql_where=text("delivered_at IS NULL")),
        Index(
            "ix_outbox_delivered_at",
            "delivered_at",
            postgresql_where=text("delivered_at IS NOT NULL"),
        ),
    )
    Table(
        "outbox_owed",
        metadata,
        Column(
            "position",
            BigInteger,
            ForeignKey(outbox.c.position, name="fk_outbox_owed_position"),
            nullable=False,
        ),
        Column("consumer", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("next_attempt_at", DateTime(timezone=True), nullable=False),
        Column("failed_at", DateTime(timezone=True)),
        Column("last_error", Text),
        PrimaryKeyConstraint("position", "consumer", name="pk_outbox_owed"),
        Index(
            "ix_outbox_owed_due",
            "consumer",
            "next_attempt_at",
            postgresql_where=text("failed_at IS NULL"),
        ),
        Index(
            "ix_outbox_owed_key",
            "key",
            "consumer",
            "position",
            postgresql_where=text("failed_at IS NULL"),
        ),
        Index("ix_outbox_owed_parked", "failed_at", postgresql_where=text("failed_at IS NOT NULL")),
    )
    return outbox


def owed_table(outbox: Table) -> Table:
    """What consumers are owed of an outbox."""
    return outbox.metadata.tables[f"{outbox.key}_owed"]


class Outbox:
    """Collects a unit of work's messages; they are stored just before it commits."""

    def __init__(self, session: AsyncSession, table: Table) -> None:
        self._insert = insert_statement(table, STORED)
        self._last = last_statements(session)

    def add(self, message: Message) -> None:
        """Store the message with the transaction."""
        self._last.append((self._insert, as_parameters(message)))


def last_statements(session: AsyncSession) -> list[tuple[bytes, list[Any]]]:
    """What the session's transaction runs just before it commits, on the driver."""
    return cast("list[tuple[bytes, list[Any]]]", session.info.setdefault("kit.last_statements", []))


@cache
def insert_statement(table: Table, columns: tuple[str, ...]) -> bytes:
    """A statement of the driver that inserts a row of a context's table."""
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    return f'INSERT INTO "{table.schema}"."{table.name}" ({names}) VALUES ({marks})'.encode()  # noqa: S608 - our own names


def as_parameters(message: Message) -> list[Any]:
    """A message's values for STORED, in a statement of the driver."""
    values = [getattr(message, name) for name in STORED]
    return [Jsonb(value) if isinstance(value, dict) else value for value in values]
