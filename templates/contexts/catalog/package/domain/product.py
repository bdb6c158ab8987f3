"""A product and its stock."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from catalog.domain.errors import StockExceededError, StockLimitError

MAX_STOCK: Final = 1_000_000


def folded(text: str) -> str:
    """The form in which a search compares: compatible forms, without case. As e-mail folds.

    Costs more than its length: what is folded has to be bounded before.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


@dataclass(frozen=True, slots=True)
class Version:
    """How often a product was edited, and how often its stock has changed otherwise.

    Two counters, because a product that sells would else never be at the version that an
    administrator has just read.
    """

    edits: int
    stock_changes: int


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
    """`stock` is what can still be reserved.

    `edits` grows when an administrator changes the product, `stock_changes` when orders or
    adjustments take from stock or put back.
    """

    id: UUID
    sku: str
    name: str
    description: str
    price_cents: int
    currency: str
    stock: int
    created_at: datetime
    updated_at: datetime
    edits: int = 1
    stock_changes: int = 1
    deleted_at: datetime | None = None
    search: str = field(init=False)

    def __post_init__(self) -> None:
        """Fold what a search looks into."""
        self._fold()

    @property
    def version(self) -> Version:
        """What a caller has seen of the product."""
        return Version(self.edits, self.stock_changes)

    @property
    def is_deleted(self) -> bool:
        """A deleted product stays for the orders that hold it, and can no longer be ordered."""
        return self.deleted_at is not None

    def change(self, changes: Changes, now: datetime) -> None:
        """Set the fields that `changes` names."""
        for name in Changes.__slots__:
            value = getattr(changes, name)
            if value is not None:
                setattr(self, name, value)
        self._fold()
        self.edits += 1
        self.updated_at = now

    def take(self, quantity: int, now: datetime) -> None:
        """Take from stock; raises StockExceededError and takes nothing."""
        if quantity > self.stock:
            raise StockExceededError
        self._stock_becomes(self.stock - quantity, now)

    def put_back(self, quantity: int, now: datetime) -> None:
        """Return to stock what was taken."""
        self._stock_becomes(self.stock + quantity, now)

    def adjust(self, delta: int, now: datetime) -> None:
        """Add to stock, or take from it what is there.

        Raises StockExceededError, StockLimitError, and changes nothing.
        """
        if self.stock + delta < 0:
            raise StockExceededError
        if delta > 0 and self.stock + delta > MAX_STOCK:
            raise StockLimitError
        self._stock_becomes(self.stock + delta, now)

    def delete(self, now: datetime) -> None:
        """Take the product out of the catalog."""
        self.deleted_at = now
        self.edits += 1
        self.updated_at = now

    def _fold(self) -> None:
        # A line feed keeps a match from running over two fields.
        self.search = folded(f"{self.sku}\n{self.name}\n{self.description}")

    def _stock_becomes(self, stock: int, now: datetime) -> None:
        self.stock = stock
        self.stock_changes += 1
        self.updated_at = now


@dataclass(eq=False, kw_only=True)
class StockAdjustment:
    """An administrator added to a product's stock, or took from it; never changed afterwards."""

    id: UUID
    product_id: UUID
    delta: int
    reason: str
    administrator_id: UUID
    created_at: datetime
    idempotency_key: str | None = None
