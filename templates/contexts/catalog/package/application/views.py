"""What queries answer with: the public response types."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalog.domain.product import Version


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product as clients see it."""

    id: UUID
    sku: str
    name: str
    description: str
    price_cents: int
    currency: str
    stock: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class VersionedProduct:
    """A product together with the version that its ETag carries."""

    product: ProductView
    version: Version
