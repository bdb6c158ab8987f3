"""What consumers keep in their context's database: what was handled, and what is tried again."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from kit.naming import NAMING

metadata = MetaData(schema="kit_kafka", naming_convention=NAMING)

inbox = Table(
    "inbox",
    metadata,
    Column("consumer", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("handled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("consumer", "source", "id"),
    # Grows with time, so a few pages of summaries are index enough to find what is old.
    Index("ix_inbox_handled_at", "handled_at", postgresql_using="brin"),
)

retries = Table(
    "retries",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("consumer", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False),
    Column("last_error", Text, nullable=False),
    UniqueConstraint("consumer", "topic", "partition", "offset", name="uq_retries_place"),
    Index("ix_retries_key", "consumer", "key", "position"),
    Index("ix_retries_due", "consumer", "next_attempt_at"),
)
