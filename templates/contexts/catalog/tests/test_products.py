"""The product list, over every adapter."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from catalog.adapters.read_models import _SEARCH, SqlProductQueries, pattern
from catalog.adapters.repositories import sql_work
from catalog.application.products import AdjustStock, ChangeProduct
from catalog.application.reservations import Reserve
from catalog.domain.errors import (
    ProductChangedError,
    ProductNotFoundError,
    SearchTooSlowError,
    SkuTakenError,
)
from catalog.domain.product import Changes
from catalog.domain.reservation import RequestedLine
from kit.database import Database, SqlTransactions
from kit.http import NEWEST
from tests.catalog.conftest import Catalog


async def test_an_added_product_is_listed(catalog: Catalog) -> None:
    product_id = await catalog.add("A-1")
    page = await catalog.queries.page(20, None, None)
    assert [item.id for item in page] == [product_id]


async def test_a_sku_is_taken_once(catalog: Catalog) -> None:
    await catalog.add("A-1")
    with pytest.raises(SkuTakenError):
        await catalog.add("A-1")


async def test_a_change_needs_the_version_that_was_seen(catalog: Catalog) -> None:
    product_id = await catalog.add("A-1")
    seen = await catalog.queries.get(product_id)
    assert seen is not None
    command = ChangeProduct(
        product_id=product_id, versions={seen.version}, changes=Changes(price_cents=300)
    )
    await sell(catalog, product_id)
    catalog.clock.advance(timedelta(seconds=1))
    changed = await catalog.products.change(command)
    assert (changed.product.price_cents, changed.product.name) == (300, "Product A-1")
    assert changed.product.updated_at > changed.product.created_at
    assert await catalog.queries.get(product_id) == changed
    with pytest.raises(ProductChangedError):
        await catalog.products.change(command)


async def sell(catalog: Catalog, product_id: UUID) -> None:
    await catalog.reservations.reserve(
        [Reserve(order_id=uuid4(), lines=(RequestedLine(product_id, 1),))]
    )


async def test_stock_is_not_set_by_who_has_not_seen_it(catalog: Catalog) -> None:
    product_id = await catalog.add("A-1", stock=10)
    seen = await catalog.queries.get(product_id)
    assert seen is not None
    await sell(catalog, product_id)
    with pytest.raises(ProductChangedError):
        await catalog.products.change(
            ChangeProduct(product_id=product_id, versions={seen.version}, changes=Changes(stock=10))
        )
    assert await catalog.stock(product_id) == 9


async def test_an_adjustment_is_made_once_for_its_key(catalog: Catalog) -> None:
    product_id = await catalog.add("A-1", stock=10)
    command = AdjustStock(
        product_id=product_id,
        delta=-3,
        reason="broken",
        administrator_id=uuid4(),
        idempotency_key="a-key-of-theirs",
    )
    twins = await asyncio.gather(*(catalog.products.adjust_stock(command) for _ in range(5)))
    assert sorted(each.replayed for each in twins) == [False, True, True, True, True]
    assert await catalog.stock(product_id) == 7


async def test_a_change_cannot_take_the_sku_of_another(catalog: Catalog) -> None:
    await catalog.add("A-1")
    product_id = await catalog.add("A-2")
    with pytest.raises(SkuTakenError):
        await catalog.products.change(
            ChangeProduct(product_id=product_id, versions=None, changes=Changes(sku="A-1"))
        )


async def test_a_deleted_product_is_gone_and_frees_its_sku(catalog: Catalog) -> None:
    product_id = await catalog.add("A-1")
    await catalog.products.delete(product_id)
    assert await catalog.queries.get(product_id) is None
    assert await catalog.queries.page(20, None, None) == []
    with pytest.raises(ProductNotFoundError):
        await catalog.products.delete(product_id)
    await catalog.add("A-1")


async def test_others_learn_of_new_and_of_deleted_products(catalog: Catalog) -> None:
    kept, deleted = await catalog.add("A-1"), await catalog.add("A-2")
    await catalog.products.delete(deleted)
    with pytest.raises(SkuTakenError):
        await catalog.add("A-1")
    assert catalog.published_types() == ["ProductCreated", "ProductCreated", "ProductDeleted"]
    assert await catalog.queries.known_products([kept, deleted, uuid4()]) == {kept}


@pytest.mark.postgres
async def test_a_product_is_published_under_its_id(database: Database) -> None:
    catalog = Catalog(
        SqlTransactions(database, sql_work(answers=False)), SqlProductQueries(database), list
    )
    product_id = await catalog.add("A-1")
    await catalog.products.delete(product_id)
    async with database.reading() as connection:
        rows = await connection.execute("SELECT key, type, payload FROM catalog.outbox")
        (_, _, created), (_, _, deleted) = found = await rows.fetchall()
    assert {key for key, _, _ in found} == {str(product_id)}
    at = {"id": str(product_id), "at": "2030-01-01T00:00:00Z"}
    assert deleted == at
    product = {"sku": "A-1", "name": "Product A-1", "price_cents": 250, "currency": "EUR"}
    assert created == at | product


async def test_what_is_unknown_cannot_be_changed(catalog: Catalog) -> None:
    with pytest.raises(ProductNotFoundError):
        await catalog.products.change(
            ChangeProduct(product_id=uuid4(), versions=None, changes=Changes(stock=1))
        )


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("a-1", ["A-1"]),
        ("PRODUCT", ["B-2", "A-1"]),
        ("%", []),
        ("_", []),
        ("1\nProduct", ["A-1"]),
        ("nothing", []),
    ],
)
async def test_search_ignores_case_and_knows_no_wildcards(
    catalog: Catalog, search: str, found: list[str]
) -> None:
    await catalog.add("A-1")
    await catalog.add("B-2")
    page = await catalog.queries.page(20, None, search)
    assert [item.sku for item in page] == found


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("Straße", "STRASSE"),
        ("STRASSE", "straße"),
        ("ΟΔΟΣ", "οδος"),
        ("οδός", "ΟΔΌΣ"),
        ("Лампа", "лАМП"),
        ("山田太郎", "田太郎"),
        ("ﬁlter", "FILTER"),
        ("100%_\\x", "0%_\\"),
    ],
)
async def test_a_search_folds_as_e_mail_does(catalog: Catalog, name: str, search: str) -> None:
    product_id = await catalog.add("A-1")
    await catalog.add("B-2")
    await catalog.products.change(
        ChangeProduct(product_id=product_id, versions=None, changes=Changes(name=name))
    )
    page = await catalog.queries.page(20, None, search)
    assert [item.sku for item in page] == ["A-1"]


MANY = """
INSERT INTO catalog.products (id, sku, name, description, price_cents, currency, stock, edits,
    stock_changes, created_at, updated_at, search)
SELECT gen_random_uuid(), n, '', '', 1, 'EUR', 1, 1, 1, now(), now(), md5(n::text) || md5(n || 'b')
FROM generate_series(1, 20000) AS n
"""


@pytest.mark.postgres
@pytest.mark.usefixtures("clean_database")
def test_a_search_uses_the_index_in_every_script(owner_url: str) -> None:
    with psycopg.connect(owner_url) as connection:
        connection.execute(MANY)
        # As autovacuum does with what was written last.
        connection.execute("SELECT gin_clean_pending_list('catalog.ix_products_search')")
        connection.execute("ANALYZE catalog.products")
        for term in ("lamp", "лампа", "οδός", "山田太郎"):
            wanted = {"after": NEWEST, "limit": 21, "pattern": pattern(term)}
            plan = connection.execute(f"EXPLAIN {_SEARCH}", wanted).fetchall()
            assert "ix_products_search" in str(plan), term
            trigrams = "SELECT cardinality(catalog.show_trgm(%s)) > 0"
            assert connection.execute(trigrams, (term,)).fetchone() == (True,), term
        connection.rollback()


@pytest.mark.postgres
async def test_a_search_that_takes_too_long_is_ended(database: Database) -> None:
    slow = SqlProductQueries(database, timedelta(milliseconds=50))
    async with database.dedicated() as busy, busy.transaction():
        await busy.execute("LOCK TABLE catalog.products IN ACCESS EXCLUSIVE MODE")
        outcomes = await asyncio.gather(
            *(slow.page(20, None, "ab") for _ in range(4)), return_exceptions=True
        )
    assert {type(outcome) for outcome in outcomes} == {SearchTooSlowError}


async def test_pages_are_stable_while_products_are_added(catalog: Catalog) -> None:
    before = {await catalog.add(f"A-{number}") for number in range(7)}
    seen: list[UUID] = []
    after: UUID | None = None
    while page := await catalog.queries.page(3, after, None):
        seen += [item.id for item in page]
        await catalog.add(f"new-{len(seen)}")
        after = seen[-1]
    assert len(seen) == len(set(seen))
    assert before <= set(seen)
