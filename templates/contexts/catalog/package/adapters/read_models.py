"""Product queries: one statement each, straight from the driver into the response types."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncCursor

from catalog.application.views import ProductPage, ProductView, VersionedProduct
from catalog.domain.product import Version
from kit.database import Database
from kit.pagination import encode_cursor

_COLUMNS = "id, sku, name, description, price_cents, currency, stock, created_at, updated_at"

_GET = f"""
SELECT {_COLUMNS}, edits, stock_changes FROM catalog.products
WHERE id = %s AND deleted_at IS NULL
"""  # noqa: S608 - constants

_PAGE = f"""
SELECT {_COLUMNS} FROM catalog.products
WHERE deleted_at IS NULL AND id < %(after)s
ORDER BY id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants

_SEARCH = f"""
SELECT {_COLUMNS} FROM catalog.products
WHERE deleted_at IS NULL AND id < %(after)s AND strpos(search, lower(%(search)s)) > 0
ORDER BY id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants

_NEWEST = UUID(int=2**128 - 1)


class SqlProductQueries:
    """Reads on the database's read pool."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, product_id: UUID) -> VersionedProduct | None:
        """The product, unless it is unknown or deleted."""
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=_versioned)
            await cursor.execute(_GET, (product_id,))
            return await cursor.fetchone()

    async def page(self, limit: int, after: UUID | None, search: str | None) -> ProductPage:
        """Up to `limit` products, newest first, that come after `after`."""
        # One more than the page holds tells whether there is a next one.
        wanted = {"limit": limit + 1, "after": after or _NEWEST, "search": search}
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=_view)
            await cursor.execute(_SEARCH if search else _PAGE, wanted)
            found = await cursor.fetchall()
        items = found[:limit]
        return ProductPage(items, encode_cursor(items[-1].id) if len(found) > limit else None)


def _view(cursor: AsyncCursor[Any]) -> Callable[[Sequence[Any]], ProductView]:
    del cursor
    return lambda row: ProductView(*row)


def _versioned(cursor: AsyncCursor[Any]) -> Callable[[Sequence[Any]], VersionedProduct]:
    del cursor
    return lambda row: VersionedProduct(ProductView(*row[:-2]), Version(*row[-2:]))
