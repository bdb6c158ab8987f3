"""Who holds the stock for orders: one suite over the twin in memory and the catalog itself."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from catalog.application.products import AddProduct, ProductService
from catalog.application.reservations import ReservationService
from catalog.facade import CatalogFacade
from kit.clock import new_id, utc_now
from orders.adapters.catalog_by_facade import CatalogByFacade
from orders.application.ports import Reserved, StockReservations
from orders.domain.lines import OrderLine
from tests.catalog.memory import MemoryCatalog
from tests.orders.memory import MemoryStock

PRICE = 250


@dataclass(frozen=True)
class Shelf:
    """A port that reserves stock, and a product that it has."""

    stock: StockReservations
    product_id: UUID


async def shelf_of_the_catalog() -> Shelf:
    catalog = MemoryCatalog()
    pens = AddProduct(
        sku="P", name="Pen", description="", price_cents=PRICE, currency="EUR", stock=5
    )
    added = await ProductService(catalog, utc_now, new_id).add(pens)
    reservations = ReservationService(catalog, utc_now, timedelta(minutes=15))
    return Shelf(CatalogByFacade(CatalogFacade(reservations, catalog)), added.product.id)


@pytest.fixture(params=["twin", "catalog"])
async def shelf(request: pytest.FixtureRequest) -> Shelf:
    """Each of them in turn."""
    if request.param == "catalog":
        return await shelf_of_the_catalog()
    product_id = new_id()
    return Shelf(MemoryStock({product_id: PRICE}), product_id)


async def test_each_order_gets_its_answer_with_prices(shelf: Shelf) -> None:
    orders = [new_id(), new_id()]
    wanted = {order_id: [OrderLine(shelf.product_id, 2)] for order_id in orders}
    assert await shelf.stock.reserve(wanted) == [
        Reserved(order_id=order_id, prices={shelf.product_id: PRICE}, currency="EUR")
        for order_id in orders
    ]


async def test_asking_again_for_an_order_gets_the_same_answer(shelf: Shelf) -> None:
    wanted = {new_id(): [OrderLine(shelf.product_id, 3)]}
    first = await shelf.stock.reserve(wanted)
    assert await shelf.stock.reserve(wanted) == first
    assert len(first) == 1
