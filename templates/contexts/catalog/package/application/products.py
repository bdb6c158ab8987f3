"""What administrators do with products."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalog.application.ports import Transactions
from catalog.application.views import ProductView, VersionedProduct
from catalog.domain.errors import ProductChangedError
from catalog.domain.product import Changes, Product


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
    """`versions` are those that the caller has seen and accepts; None accepts any."""

    product_id: UUID
    versions: Collection[int] | None
    changes: Changes


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
        return versioned(product)

    async def change(self, command: ChangeProduct) -> VersionedProduct:
        """Change a product; raises ProductNotFoundError, ProductChangedError, SkuTakenError."""
        async with self._transactions() as work:
            product = await work.products.get(command.product_id)
            if command.versions is not None and product.version not in command.versions:
                raise ProductChangedError
            product.change(command.changes, self._clock())
            await work.products.save(product)
        return versioned(product)

    async def delete(self, product_id: UUID) -> None:
        """Take a product off the list; raises ProductNotFoundError."""
        async with self._transactions() as work:
            product = await work.products.get(product_id)
            product.delete(self._clock())
            await work.products.save(product)


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
