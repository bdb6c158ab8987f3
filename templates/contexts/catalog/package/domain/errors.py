"""What can go wrong in the catalog; `code` is stable and public."""

from typing import ClassVar


class CatalogError(Exception):
    """Base of the catalog's errors."""

    code: ClassVar[str] = "catalog_error"


class ProductNotFoundError(CatalogError):
    """No such product, or it was deleted."""

    code = "not_found"


class SkuTakenError(CatalogError):
    """Another product has this SKU."""

    code = "sku_taken"


class ProductChangedError(CatalogError):
    """The product is not at a version that the caller has seen."""

    code = "precondition_failed"


class ReservationExistsError(CatalogError):
    """Somebody else has just stored a reservation of this order: look at that one."""

    code = "reservation_exists"


class SearchTooSlowError(CatalogError):
    """A search took more time than searches get, or too many are at it."""

    code = "unavailable"

    def __init__(self) -> None:
        super().__init__("The search takes too long; look for a longer or a rarer term.")


class StockExceededError(CatalogError):
    """More was to be taken than there is."""

    code = "stock_exceeded"


class StockLimitError(CatalogError):
    """More was to be added than a product may have."""

    code = "stock_limit"


class IdempotencyKeyReusedError(CatalogError):
    """The key belongs to an earlier request that asked for something else."""

    code = "idempotency_key_reused"
