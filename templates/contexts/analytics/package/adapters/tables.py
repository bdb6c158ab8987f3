"""The tables of the `analytics` schema."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    MetaData,
    Table,
    Text,
    Uuid,
)

from kit.tables import NAMING

metadata = MetaData(schema="analytics", naming_convention=NAMING)

orders = Table(
    "orders",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("placed_at", DateTime(timezone=True)),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("total_cents", BigInteger),
    Column("currency", Text),
    CheckConstraint("state IN ('placed', 'confirmed', 'rejected', 'cancelled')", name="state"),
    Index("ix_orders_placed_at", "placed_at"),
)
