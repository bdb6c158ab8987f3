"""Placing an order on plain FastAPI and SQLAlchemy: one endpoint, one transaction, no process.

It uses tables of its own beside the generated project's, in the same PostgreSQL, and checks what
the project checks: the request's shape, the product, its stock.
"""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ForeignKey, MetaData, select
from sqlalchemy.ext.asyncio import AsyncAttrs, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(AsyncAttrs, DeclarativeBase):
    metadata = MetaData(schema="rival")


class Product(Base):
    __tablename__ = "products"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    price_cents: Mapped[int]
    currency: Mapped[str]
    stock: Mapped[int]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    total_cents: Mapped[int]
    currency: Mapped[str]
    created_at: Mapped[datetime]
    lines: Mapped[list["Line"]] = relationship(back_populates="order")


class Line(Base):
    __tablename__ = "order_lines"
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Order.id), primary_key=True)
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Product.id), primary_key=True)
    quantity: Mapped[int]
    unit_price_cents: Mapped[int]
    order: Mapped[Order] = relationship(back_populates="lines")


class NewLine(BaseModel):
    model_config = ConfigDict(extra="forbid")
    product_id: uuid.UUID
    quantity: int = Field(ge=1, le=1000)


class NewOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")
    lines: list[NewLine] = Field(min_length=1, max_length=50)


class OrderOut(BaseModel):
    id: uuid.UUID
    status: str
    total_cents: int
    currency: str
    lines: list[NewLine]
    created_at: datetime


def create_app() -> FastAPI:
    """The application; DATABASE_URL names the database."""
    url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_async_engine(url, pool_size=16, max_overflow=0)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/orders", status_code=201)
    async def place(
        body: NewOrder, idempotency_key: Annotated[str, Header(min_length=8, max_length=128)]
    ) -> OrderOut:
        async with sessions.begin() as session:
            quantities = {line.product_id: line.quantity for line in body.lines}
            statement = (
                select(Product)
                .where(Product.id.in_(quantities))
                .order_by(Product.id)
                .with_for_update()
            )
            products = {row.id: row for row in await session.scalars(statement)}
            if len(products) < len(quantities):
                raise HTTPException(422, "unknown product")
            for product in products.values():
                if product.stock < quantities[product.id]:
                    raise HTTPException(409, "out of stock")
                product.stock -= quantities[product.id]
            order = Order(
                id=uuid.uuid4(),
                idempotency_key=idempotency_key,
                status="confirmed",
                total_cents=sum(p.price_cents * quantities[p.id] for p in products.values()),
                currency=next(iter(products.values())).currency,
                created_at=datetime.now(UTC),
                lines=[
                    Line(product_id=p.id, quantity=quantities[p.id], unit_price_cents=p.price_cents)
                    for p in products.values()
                ],
            )
            session.add(order)
        return OrderOut(
            id=order.id,
            status=order.status,
            total_cents=order.total_cents,
            currency=order.currency,
            lines=body.lines,
            created_at=order.created_at,
        )

    return app
