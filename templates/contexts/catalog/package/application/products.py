"""What administrators do with products."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalog.application.ports import ProductView, Transactions, VersionedProduct, Work
from catalog.domain.errors import IdempotencyKeyReusedError, ProductChangedError
from catalog.domain.events import ProductCreated, ProductDeleted
from catalog.domain.product import Changes, Product, StockAdjustment, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class AddProduct:
    """A new product."""

    sku: str
    name: str
    description: str
    price_cents: int
    currency: str
    stock: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProduct:
    """`versions` are those that the caller has seen and accepts; None accepts any.

    Who sets stock must have seen the stock, too: what orders took meanwhile would come back.
    """

    product_id: UUID
    versions: Collection[Version] | None
    changes: Changes

    def accepts(self, version: Version) -> bool:
        """Whether the change may be made to a product at that version."""
        if self.versions is None:
            return True
        if self.changes.stock is None:
            return any(version.edits == seen.edits for seen in self.versions)
        return version in self.versions


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustStock:
    """So much more of a product, or less; a repeat of the request brings the same key."""

    product_id: UUID
    delta: int
    reason: str
    administrator_id: UUID
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class StockAdjusted:
    """The product as it is now; `replayed` when an earlier request had done it."""

    product: VersionedProduct
    replayed: bool


class ProductService:
    """The use cases of the product list."""

    def __init__(
        self,
        transactions: Transactions,
        clock: Callable[[], datetime],
        new_id: Callable[[], UUID],
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._new_id = new_id

    async def add(self, command: AddProduct) -> VersionedProduct:
        """Put a product on the list; raises SkuTakenError."""
        now = self._clock()
        product = Product(
            id=self._new_id(),
            sku=command.sku,
            name=command.name,
            description=command.description,
            price_cents=command.price_cents,
            currency=command.currency,
            stock=command.stock,
            created_at=now,
            updated_at=now,
        )
        async with self._transactions() as work:
            await work.products.add(product)
            work.publish(
                ProductCreated(
                    product_id=product.id,
                    at=now,
                    sku=product.sku,
                    name=product.name,
                    price_cents=product.price_cents,
                    currency=product.currency,
                )
            )
        return versioned(product)

    async def change(self, command: ChangeProduct) -> VersionedProduct:
        """Change a product; raises ProductNotFoundError, ProductChangedError, SkuTakenError."""
        async with self._transactions() as work:
            product = await work.products.get(command.product_id)
            if not command.accepts(product.version):
                raise ProductChangedError
            product.change(command.changes, self._clock())
            await work.products.save(product)
        return versioned(product)

    async def adjust_stock(self, command: AdjustStock) -> StockAdjusted:
        """Add to stock or take from it, and keep who did it and why; once for each key.

        Raises ProductNotFoundError, StockExceededError, StockLimitError,
        IdempotencyKeyReusedError.
        """
        async with self._transactions() as work:
            # The product's lock makes twins of one request take turns.
            product = await work.products.get(command.product_id)
            if await self._adjusted_before(work, command):
                return StockAdjusted(versioned(product), replayed=True)
            now = self._clock()
            product.adjust(command.delta, now)
            await work.products.save(product)
            await work.adjustments.add(
                StockAdjustment(
                    id=self._new_id(),
                    product_id=product.id,
                    delta=command.delta,
                    reason=command.reason,
                    administrator_id=command.administrator_id,
                    created_at=now,
                    idempotency_key=command.idempotency_key,
                )
            )
        return StockAdjusted(versioned(product), replayed=False)

    async def delete(self, product_id: UUID) -> None:
        """Take a product off the list; raises ProductNotFoundError."""
        async with self._transactions() as work:
            product = await work.products.get(product_id)
            now = self._clock()
            product.delete(now)
            await work.products.save(product)
            work.publish(ProductDeleted(product_id=product.id, at=now))

    async def _adjusted_before(self, work: Work, command: AdjustStock) -> bool:
        if command.idempotency_key is None:
            return False
        earlier = await work.adjustments.find(
            command.product_id, command.administrator_id, command.idempotency_key
        )
        if earlier is None:
            return False
        if (earlier.delta, earlier.reason) != (command.delta, command.reason):
            raise IdempotencyKeyReusedError
        return True


def versioned(product: Product) -> VersionedProduct:
    """The product as clients see it."""
    view = ProductView(
        id=product.id,
        sku=product.sku,
        name=product.name,
        description=product.description,
        price_cents=product.price_cents,
        currency=product.currency,
        stock=product.stock,
        created_at=product.created_at,
        updated_at=product.updated_at,
    )
    return VersionedProduct(view, product.version)
