"""Which reactions have run for which events: rows that are stored with their effects."""

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from kit.clock import utc_now


def inbox_table(metadata: MetaData) -> Table:
    """A context's inbox, in the schema of its metadata."""
    return Table(
        "inbox",
        metadata,
        Column("reaction", Text, nullable=False),
        # The row that the event tells of, and to which version it came by that.
        Column("about", Uuid, nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("handled_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("reaction", "about", "version", name="pk_inbox"),
        Index("ix_inbox_handled_at", "handled_at"),
    )


async def first_time(
    session: AsyncSession, inbox: Table, reaction: str, about: UUID, version: int
) -> bool:
    """Note in this transaction that the reaction ran; False where another one has noted it."""
    values = {
        "reaction": reaction,
        "about": about,
        "version": version,
        "handled_at": utc_now(),
    }
    noted = insert(inbox).values(values).on_conflict_do_nothing().returning(inbox.c.about)
    return await session.scalar(noted) is not None
