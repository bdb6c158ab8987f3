"""What clients send to the catalog, and how the document describes it."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StrictInt, field_validator

from catalog.domain.product import MAX_STOCK
from kit.http import PageQuery, Text

Sku = Annotated[Text, Field(min_length=1, max_length=64)]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
Description = Annotated[Text, Field(max_length=2000)]
Price = Annotated[StrictInt, Field(ge=0, le=100_000_000)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Stock = Annotated[StrictInt, Field(ge=0, le=MAX_STOCK)]


class NewProduct(BaseModel):
    """A product to be added; the price in cents of its ISO 4217 currency."""

    model_config = ConfigDict(extra="forbid")

    sku: Sku
    name: Name
    description: Description = ""
    price_cents: Price
    currency: Currency
    stock: Stock


class ProductPatch(BaseModel):
    """A JSON Merge Patch (RFC 7396): what is absent stays; null removes a description."""

    model_config = ConfigDict(extra="forbid")

    # Values that nobody reads, and that the document does not offer: some would be refused.
    sku: Sku = Field(default_factory=str)
    name: Name = Field(default_factory=str)
    description: Description | None = Field(default_factory=str)
    price_cents: Price = Field(default_factory=int)
    currency: Currency = Field(default_factory=str)
    stock: Stock = Field(default_factory=int)

    @field_validator("description")
    @classmethod
    def _removed_is_empty(cls, value: str | None) -> str:
        return value or ""


class StockChange(BaseModel):
    """How much more of a product there is, or less, and why."""

    model_config = ConfigDict(extra="forbid")

    delta: Annotated[StrictInt, Field(ge=-MAX_STOCK, le=MAX_STOCK)]
    reason: Annotated[Text, Field(min_length=1, max_length=200)]

    @field_validator("delta")
    @classmethod
    def _changes_something(cls, delta: int) -> int:
        if delta == 0:
            raise ValueError("must not be 0")
        return delta


class ProductQuery(PageQuery):
    """Which products to list."""

    q: Annotated[Text | None, Field(max_length=100)] = None


LIST_PARAMETERS: Final[dict[str, Any]] = {
    "parameters": [
        *ProductQuery.parameters(),
        {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}},
    ]
}

MERGE_PATCH: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            media_type: {"schema": {"$ref": "#/components/schemas/ProductPatch"}}
            for media_type in ("application/merge-patch+json", "application/json")
        },
    }
}
