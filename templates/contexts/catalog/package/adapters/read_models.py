"""Product queries: one statement each, straight from the driver into the response types."""

import asyncio
import re
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncCursor
from psycopg.errors import QueryCanceled

from catalog.application.ports import ProductView, VersionedProduct
from catalog.domain.errors import SearchTooSlowError
from catalog.domain.product import Version, folded
from kit.database import Database
from kit.http import NEWEST

_COLUMNS = "id, sku, name, description, price_cents, currency, stock, created_at, updated_at"

_GET = f"""
SELECT {_COLUMNS}, edits, stock_changes FROM catalog.products
WHERE id = %s AND deleted_at IS NULL
"""  # noqa: S608 - constants

_KNOWN = "SELECT id FROM catalog.products WHERE id = ANY(%s) AND deleted_at IS NULL"

_PAGE = f"""
SELECT {_COLUMNS} FROM catalog.products
WHERE deleted_at IS NULL AND id < %(after)s
ORDER BY id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants

_SEARCH = f"""
SELECT {_COLUMNS} FROM catalog.products
WHERE deleted_at IS NULL AND id < %(after)s AND search LIKE %(pattern)s
ORDER BY id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants

_SEARCHES_AT_ONCE = 2
SEARCH_TIMEOUT = timedelta(seconds=1)


class SqlProductQueries:
    """Reads, one statement each.

    No more than two searches at once, each for `search_timeout`: a term without trigrams, such as
    one of two characters, finds no help in the index, and other reads need connections, too.
    """

    def __init__(self, database: Database, search_timeout: timedelta = SEARCH_TIMEOUT) -> None:
        self._database = database
        self._search_timeout = search_timeout
        self._searches = asyncio.Semaphore(_SEARCHES_AT_ONCE)

    async def get(self, product_id: UUID) -> VersionedProduct | None:
        """The product, unless it is unknown or deleted."""
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=_versioned)
            await cursor.execute(_GET, (product_id,))
            return await cursor.fetchone()

    async def known_products(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """The ids of products that there are, of some."""
        async with self._database.reading() as connection:
            rows = await (await connection.execute(_KNOWN, ([*ids],))).fetchall()
        return frozenset(row[0] for row in rows)

    async def page(
        self, limit: int, after: UUID | None, search: str | None
    ) -> Sequence[ProductView]:
        """Up to `limit` products, newest first, that come after `after`.

        Raises SearchTooSlowError.
        """
        wanted = {"limit": limit, "after": after or NEWEST}
        return await (self._search(wanted, search) if search else self._listed(wanted))

    async def _listed(self, wanted: dict[str, object]) -> list[ProductView]:
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=_view)
            await cursor.execute(_PAGE, wanted)
            return await cursor.fetchall()

    async def _search(self, wanted: dict[str, object], term: str) -> list[ProductView]:
        seconds = self._search_timeout.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                await self._searches.acquire()
        except TimeoutError:
            raise SearchTooSlowError from None
        try:
            async with self._database.reading() as connection, connection.transaction():
                await connection.execute(f"SET LOCAL statement_timeout = {round(seconds * 1000)}")
                cursor = connection.cursor(row_factory=_view)
                # Planned for this term: a plan for any term would not use the index.
                await cursor.execute(_SEARCH, wanted | {"pattern": pattern(term)}, prepare=False)
                return await cursor.fetchall()
        except QueryCanceled:
            raise SearchTooSlowError from None
        finally:
            self._searches.release()


def pattern(term: str) -> str:
    """What LIKE takes for a term anywhere within, every sign of it literal."""
    escaped = re.sub(r"([\\%_])", r"\\\1", folded(term))
    return f"%{escaped}%"


def _view(cursor: AsyncCursor[Any]) -> Callable[[Sequence[Any]], ProductView]:
    del cursor
    return lambda row: ProductView(*row)


def _versioned(cursor: AsyncCursor[Any]) -> Callable[[Sequence[Any]], VersionedProduct]:
    del cursor
    return lambda row: VersionedProduct(ProductView(*row[:-2]), Version(*row[-2:]))
