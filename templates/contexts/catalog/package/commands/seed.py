"""`python -m catalog.commands.seed`: put sample products into the catalog; what is there stays."""

import asyncio
import sys
from contextlib import suppress

from catalog.adapters.repositories import sql_work
from catalog.adapters.settings import CatalogSettings
from catalog.application.products import AddProduct, ProductService
from catalog.domain.errors import SkuTakenError
from kit.clock import new_id, utc_now
from kit.commands import operating, run
from kit.database import SqlTransactions
from kit.settings import load

PRODUCTS = (
    AddProduct(
        sku="LAMP-1",
        name="Desk lamp",
        description="Warm light, one arm, one joint.",
        price_cents=4_900,
        currency="EUR",
        stock=25,
    ),
    AddProduct(
        sku="MUG-1",
        name="Mug",
        description="Holds a third of a litre.",
        price_cents=1_250,
        currency="EUR",
        stock=100,
    ),
    AddProduct(
        sku="PEN-1",
        name="Pen",
        description="Blue ink.",
        price_cents=250,
        currency="EUR",
        stock=1_000,
    ),
)


def main() -> int:
    """Add what is missing; the exit code."""
    return run(_seed)


def _seed() -> int:
    added = asyncio.run(_add_missing(load(CatalogSettings)))
    print(f"{added} of {len(PRODUCTS)} sample products added.")
    return 0


async def _add_missing(settings: CatalogSettings) -> int:
    added = 0
    async with operating(settings, "seed") as database:
        transactions = SqlTransactions(database, sql_work(answers=False))
        products = ProductService(transactions, utc_now, new_id)
        for product in PRODUCTS:
            with suppress(SkuTakenError):
                await products.add(product)
                added += 1
    return added


if __name__ == "__main__":
    sys.exit(main())
