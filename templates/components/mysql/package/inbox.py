"""Which reactions have run for which events: rows that are stored with their effects."""

from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, MetaData, PrimaryKeyConstraint, Table, insert
from sqlalchemy.ext.asyncio import AsyncSession

from kit.clock import utc_now
from kit.mysql.columns import Id, Moment, Text
from kit.mysql.outbox import NAME


def inbox_table(metadata: MetaData) -> Table:
    """A context's inbox."""
    return Table(
        "inbox",
        metadata,
        Column("reaction", Text(NAME), nullable=False),
        # The row that the event tells of, and to which version it came by that.
        Column("about", Id, nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("handled_at", Moment, nullable=False),
        PrimaryKeyConstraint("reaction", "about", "version", name="pk_inbox"),
        Index("ix_inbox_handled_at", "handled_at"),
    )


async def first_time(
    session: AsyncSession, inbox: Table, reaction: str, about: UUID, version: int
) -> bool:
    """Note in this transaction that the reaction ran; False where another one has noted it."""
    noted = await (await session.connection()).execute(
        insert(inbox).prefix_with("IGNORE"),
        {"reaction": reaction, "about": about, "version": version, "handled_at": utc_now()},
    )
    return bool(noted.rowcount)
