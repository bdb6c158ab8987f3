"""The outbox on MySQL: messages are stored in the transaction of the change that they tell about.

As kit.outbox has it; there are no partial indexes, so what is still to be delivered comes first in
the index by the time of delivery. `outbox_turn` has one row: which relay delivers now.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    insert,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import JSON

from kit.messages import Message
from kit.mysql.columns import Id, Moment, Text
from kit.mysql.transactions import last_statements
from kit.outbox import STORED

NAME = 200
"""The length of a type, a key and a consumer's name."""


def outbox_table(metadata: MetaData) -> Table:
    """The context's outbox; beside it, what consumers are owed, and whose turn it is."""
    outbox = Table(
        "outbox",
        metadata,
        Column("position", BigInteger, primary_key=True, autoincrement=True),
        Column("id", Id, nullable=False),
        Column("type", Text(NAME), nullable=False),
        Column("key", Text(NAME), nullable=False),
        Column("payload", JSON, nullable=False),
        Column("headers", JSON, nullable=False),
        Column("occurred_at", Moment, nullable=False),
        # When every consumer had taken it, or was owed it.
        Column("delivered_at", Moment),
        Index("ix_outbox_delivered_at", "delivered_at", "position"),
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
        Column("consumer", Text(NAME), nullable=False),
        Column("key", Text(NAME), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("next_attempt_at", Moment, nullable=False),
        Column("failed_at", Moment),
        Column("last_error", Text()),
        PrimaryKeyConstraint("position", "consumer", name="pk_outbox_owed"),
        Index("ix_outbox_owed_due", "consumer", "failed_at", "next_attempt_at"),
        Index("ix_outbox_owed_key", "key", "consumer", "position"),
        Index("ix_outbox_owed_parked", "failed_at"),
    )
    Table(
        "outbox_turn",
        metadata,
        Column("id", SmallInteger, primary_key=True, autoincrement=False),
        Column("holder", Id, nullable=False),
        Column("until", Moment, nullable=False),
    )
    return outbox


class Outbox:
    """Collects a unit of work's messages; they are stored just before it commits."""

    def __init__(self, session: AsyncSession, table: Table) -> None:
        self._insert = insert(table)
        self._last = last_statements(session)

    def add(self, message: Message) -> None:
        """Store the message with the transaction."""
        self._last.append((self._insert, {name: getattr(message, name) for name in STORED}))
