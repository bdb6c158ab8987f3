"""The catalog's tables and how its entities map onto them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.orm import registry

from catalog.domain.product import Product, StockAdjustment
from catalog.domain.reservation import Reservation, ReservedLine
from kit.json_columns import Values
from kit.outbox import outbox_table
from kit.tables import NAMING

metadata = MetaData(schema="catalog", naming_convention=NAMING)
mapping = registry(metadata=metadata)

products = Table(
    "products",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("sku", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("price_cents", Integer, nullable=False),
    Column("currency", Text, nullable=False),
    Column("stock", Integer, nullable=False),
    Column("edits", Integer, nullable=False),
    Column("stock_changes", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("deleted_at", DateTime(timezone=True)),
    # What a search looks into, folded by the application.
    Column("search", Text, nullable=False),
    CheckConstraint("stock >= 0", name="stock_not_negative"),
    CheckConstraint("price_cents >= 0", name="price_not_negative"),
    # The SKU of a deleted product is free again.
    Index("uq_products_sku", "sku", unique=True, postgresql_where=text("deleted_at IS NULL")),
    Index("ix_products_listed", "id", postgresql_where=text("deleted_at IS NULL")),
    Index(
        "ix_products_search",
        "search",
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
        postgresql_where=text("deleted_at IS NULL"),
    ),
)

reservations = Table(
    "reservations",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("lines", Values(ReservedLine), nullable=False),
    Column("currency", Text),
    Column("expires_at", DateTime(timezone=True)),
    Column("reason", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Index("ix_reservations_held", "expires_at", postgresql_where=text("state = 'held'")),
    # Those that no order comes back to: what is confirmed can still be cancelled.
    Index("ix_reservations_released", "updated_at", postgresql_where=text("state = 'released'")),
)

stock_adjustments = Table(
    "stock_adjustments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("product_id", Uuid, nullable=False),
    Column("delta", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("administrator_id", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("idempotency_key", Text),
    CheckConstraint("delta <> 0", name="delta_not_zero"),
    Index("ix_stock_adjustments_product_id", "product_id", "id"),
    Index(
        "uq_stock_adjustments_idempotency_key",
        "product_id",
        "administrator_id",
        "idempotency_key",
        unique=True,
        postgresql_where=text("idempotency_key IS NOT NULL"),
    ),
    # Whoever asks why stock is what it is gets the whole answer: kit.provision sees to that.
    comment="append-only: what administrators did to stock",
)

outbox = outbox_table(metadata)

mapping.map_imperatively(Product, products)
mapping.map_imperatively(Reservation, reservations)
mapping.map_imperatively(StockAdjustment, stock_adjustments)
