"""The catalog's unit of work on PostgreSQL."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.adapters.publishing import key_of, to_contract
from catalog.adapters.tables import outbox, products, reservations, stock_adjustments
from catalog.domain.errors import ProductNotFoundError, ReservationExistsError, SkuTakenError
from catalog.domain.events import DomainEvent, StockRejected, StockReserved
from catalog.domain.product import Product, StockAdjustment
from catalog.domain.reservation import Reservation
from kit.clock import new_id, utc_now
from kit.database import locked
from kit.messages import to_message
from kit.outbox import Outbox


class SqlProducts:
    """Products, each locked by what reads it."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, product: Product) -> None:
        """Store a new product; raises SkuTakenError."""
        self._session.add(product)
        await self._flush()

    async def get(self, product_id: UUID) -> Product:
        """A product that is not deleted; raises ProductNotFoundError."""
        product = await self._session.get(Product, product_id, with_for_update=True)
        if product is None or product.is_deleted:
            raise ProductNotFoundError
        return product

    async def get_many(self, product_ids: Collection[UUID]) -> dict[UUID, Product]:
        """Those that exist; locked in the order of their ids, so two callers cannot deadlock."""
        if not product_ids:
            return {}
        found = await locked(self._session, Product, products.c.id, product_ids)
        return {product.id: product for product in found}

    async def save(self, product: Product) -> None:
        """Store what was changed; raises SkuTakenError."""
        self._session.add(product)
        await self._flush()

    async def _flush(self) -> None:
        try:
            await self._session.flush()
        except IntegrityError as error:
            if "uq_products_sku" in str(error.orig):
                raise SkuTakenError from error
            raise


class SqlReservations:
    """Reservations, each locked by what reads it."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find_many(self, order_ids: Collection[UUID]) -> dict[UUID, Reservation]:
        """Those that exist, by order; locked in the order of their ids."""
        found = await locked(self._session, Reservation, reservations.c.order_id, order_ids)
        return {reservation.order_id: reservation for reservation in found}

    async def add(self, *reservations: Reservation) -> None:
        """Store new reservations; raises ReservationExistsError, also for one made meanwhile."""
        # In one order for all callers, or two that store the same ones could wait for good.
        in_order: list[Reservation] = sorted(reservations, key=lambda each: each.order_id)
        self._session.add_all(in_order)
        try:
            await self._session.flush()
        except IntegrityError as error:
            if "pk_reservations" in str(error.orig):
                raise ReservationExistsError from error
            raise

    async def due(self, now: datetime, limit: int) -> Sequence[Reservation]:
        """Held ones that have expired, without those that somebody else has locked."""
        found = await self._session.scalars(
            select(Reservation)
            .where(reservations.c.state == "held", reservations.c.expires_at <= now)
            .order_by(reservations.c.expires_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return found.all()


class SqlAdjustments:
    """What administrators did to stock."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(
        self, product_id: UUID, administrator_id: UUID, idempotency_key: str
    ) -> StockAdjustment | None:
        """What the administrator did to the product with that key."""
        found: StockAdjustment | None = await self._session.scalar(
            select(StockAdjustment).where(
                stock_adjustments.c.product_id == product_id,
                stock_adjustments.c.administrator_id == administrator_id,
                stock_adjustments.c.idempotency_key == idempotency_key,
            )
        )
        return found

    async def add(self, adjustment: StockAdjustment) -> None:
        """Keep it."""
        self._session.add(adjustment)
        await self._session.flush()


class SqlWork:
    """One unit of work on one session."""

    def __init__(self, session: AsyncSession, *, answers: bool) -> None:
        self.products = SqlProducts(session)
        self.reservations = SqlReservations(session)
        self.adjustments = SqlAdjustments(session)
        self._outbox = Outbox(session, outbox)
        self._answers = answers

    def publish(self, event: DomainEvent) -> None:
        """Put the event's contract into the outbox."""
        if isinstance(event, StockReserved | StockRejected) and not self._answers:
            return
        self._outbox.add(
            to_message(
                to_contract(event), key=str(key_of(event)), new_id=new_id, occurred_at=utc_now()
            )
        )


def sql_work(*, answers: bool) -> Callable[[AsyncSession], SqlWork]:
    """Units of work; `answers` publishes answers to reservations, for callers that do not wait.

    Where the answer is returned by a call, nobody reads the event.
    """

    def work(session: AsyncSession) -> SqlWork:
        return SqlWork(session, answers=answers)

    return work
