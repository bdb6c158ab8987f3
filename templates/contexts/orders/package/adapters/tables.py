"""The tables of the `orders` schema, and how an order is mapped onto its row.

An order's lines stay in its row: they are values, written once and read with it every time.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.orm import registry

from kit.json_columns import Values
from kit.outbox import outbox_table
from kit.tables import NAMING, EnumText
from orders.domain.lines import OrderLine
from orders.domain.order import Order
from orders.domain.states import OrderStatus, Rejection

metadata = MetaData(schema="orders", naming_convention=NAMING)

# `placements` names those columns that are set when an order is placed.
orders = Table(
    "orders",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("status", EnumText(OrderStatus), nullable=False),
    Column("reason", EnumText(Rejection)),
    Column("lines", Values(OrderLine), nullable=False),
    Column("total_cents", BigInteger),
    Column("currency", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("status IN ('pending', 'confirmed', 'rejected', 'cancelled')", name="status"),
    CheckConstraint("(reason IS NOT NULL) = (status = 'rejected')", name="reason"),
    Index("ix_orders_user_id", "user_id", "id"),
    Index("ix_orders_pending", "created_at", postgresql_where=text("status = 'pending'")),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("user_id", Uuid, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("order_id", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("user_id", "key"),
    Index("ix_idempotency_keys_created_at", "created_at"),
)

outbox = outbox_table(metadata)

registry(metadata=metadata).map_imperatively(Order, orders)
