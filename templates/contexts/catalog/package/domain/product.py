"""A product and its stock."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalog.domain.errors import StockExceededError


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to become of a product's fields; None leaves a field as it is."""

    sku: str | None = None
    name: str | None = None
    description: str | None = None
    price_cents: int | None = None
    currency: str | None = None
    stock: int | None = None


@dataclass(eq=False, kw_only=True)
class Product:
    """`stock` is what can still be reserved; `version` grows with every change, stock included."""

    id: UUID
    sku: str
    name: str
    description: str
    price_cents: int
    currency: str
    stock: int
    created_at: datetime
    updated_at: datetime
    version: int = 1
    deleted_at: datetime | None = None

    @property
    def is_deleted(self) -> bool:
        """A deleted product stays for the orders that hold it, and can no longer be ordered."""
        return self.deleted_at is not None

    def change(self, changes: Changes, now: datetime) -> None:
        """Set the fields that `changes` names."""
        for field in Changes.__slots__:
            value = getattr(changes, field)
            if value is not None:
                setattr(self, field, value)
        self._touch(now)

    def take(self, quantity: int, now: datetime) -> None:
        """Take from stock; raises StockExceededError and takes nothing."""
        if quantity > self.stock:
            raise StockExceededError
        self.stock -= quantity
        self._touch(now)

    def put_back(self, quantity: int, now: datetime) -> None:
        """Return to stock what was taken."""
        self.stock += quantity
        self._touch(now)

    def delete(self, now: datetime) -> None:
        """Take the product out of the catalog."""
        self.deleted_at = now
        self._touch(now)

    def _touch(self, now: datetime) -> None:
        self.version += 1
        self.updated_at = now
