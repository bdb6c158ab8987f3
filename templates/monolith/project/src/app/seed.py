"""`python -m app.seed`: put sample products into the catalog; what is there already stays."""

import asyncio
import sys
from contextlib import suppress

from app.composition import build
from app.settings import Settings, from_environment
from catalog.application.products import AddProduct
from catalog.domain.errors import SkuTakenError
from kit.settings import SettingsError

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
    try:
        settings = from_environment()
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    added = asyncio.run(_add_missing(settings))
    print(f"{added} of {len(PRODUCTS)} sample products added.")
    return 0


async def _add_missing(settings: Settings) -> int:
    application = build(settings)
    added = 0
    try:
        for product in PRODUCTS:
            with suppress(SkuTakenError):
                await application.products.add(product)
                added += 1
    finally:
        await application.database.close()
    return added


if __name__ == "__main__":
    sys.exit(main())
