"""On real PostgreSQL: whatever happens at once, stock is neither lost nor sold twice."""

import asyncio
import random
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from uuid import UUID

import psycopg
import pytest

from catalog.application.ports import Work
from catalog.application.products import AdjustStock, ChangeProduct
from catalog.application.reservations import Answer, ReservationService, Reserve
from catalog.domain.events import StockReserved
from catalog.domain.product import Changes
from catalog.domain.reservation import RequestedLine, Reservation
from kit.clock import new_id
from tests.catalog.conftest import HOLD, Catalog

pytestmark = [pytest.mark.postgres, pytest.mark.parametrize("catalog", ["postgres"], indirect=True)]


def wanted(*products: UUID) -> tuple[RequestedLine, ...]:
    return tuple(RequestedLine(product_id, 1) for product_id in products)


async def test_the_last_pieces_are_sold_once(catalog: Catalog) -> None:
    product_id = await catalog.add(stock=7)
    answers = await asyncio.gather(
        *(
            catalog.reservations.reserve([Reserve(order_id=new_id(), lines=wanted(product_id))])
            for _ in range(40)
        )
    )
    assert sum(isinstance(answer, StockReserved) for (answer,) in answers) == 7
    assert await catalog.stock(product_id) == 0


async def test_twins_of_one_call_get_one_answer(catalog: Catalog) -> None:
    product_id = await catalog.add(stock=10)
    command = Reserve(order_id=new_id(), lines=wanted(product_id))
    answers = await asyncio.gather(*(catalog.reservations.reserve([command]) for _ in range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert await catalog.stock(product_id) == 9


async def test_products_in_opposite_orders_do_not_deadlock(catalog: Catalog) -> None:
    first, second = await catalog.add("A-1", stock=100), await catalog.add("A-2", stock=100)
    pairs = [(first, second), (second, first)] * 15
    await asyncio.gather(
        *(
            catalog.reservations.reserve([Reserve(order_id=new_id(), lines=wanted(*pair))])
            for pair in pairs
        )
    )
    assert (await catalog.stock(first), await catalog.stock(second)) == (70, 70)


async def test_stock_is_what_came_in_minus_what_is_out(
    catalog: Catalog, clean_database: str
) -> None:
    products = [await catalog.add(f"A-{number}", stock=6) for number in range(3)]
    orders = [new_id() for _ in range(30)]
    chance = random.Random(20_300_101)

    async def live(order_id: UUID) -> None:
        lines = wanted(*chance.sample(products, chance.randint(1, 3)))
        steps = [
            lambda: catalog.reservations.reserve([Reserve(order_id=order_id, lines=lines)]),
            lambda: catalog.reservations.confirm([order_id]),
            lambda: catalog.reservations.release(order_id),
            catalog.reservations.expire_due,
        ]
        for step in chance.choices(steps, weights=(5, 2, 2, 1), k=6):
            outcome: list[Answer] | int | None = await step()
            del outcome

    await asyncio.gather(*(live(order_id) for order_id in orders))
    catalog.clock.advance(HOLD)
    await catalog.reservations.expire_due()
    with psycopg.connect(clean_database) as connection:
        rows = connection.execute(
            "SELECT line->>'product_id', sum((line->>'quantity')::int)"
            " FROM catalog.reservations, jsonb_array_elements(lines) AS line"
            " WHERE state IN ('held', 'confirmed') GROUP BY 1"
        ).fetchall()
    out = {UUID(product_id): quantity for product_id, quantity in rows}
    for product_id in products:
        stock = await catalog.stock(product_id)
        assert stock >= 0
        assert stock + out.get(product_id, 0) == 6


async def test_many_orders_at_once_do_not_deadlock(catalog: Catalog) -> None:
    products = [await catalog.add(f"A-{number}", stock=100) for number in range(4)]
    commands = [Reserve(order_id=new_id(), lines=wanted(product_id)) for product_id in products * 5]
    batches = [commands, commands[::-1], commands[5:15], commands[::-1][:12]]
    every = await asyncio.gather(*map(catalog.reservations.reserve, batches))
    answers = {answer.order_id: answer for answer in every[0]}
    assert all(answers[answer.order_id] == answer for batch in every for answer in batch)
    assert [await catalog.stock(product_id) for product_id in products] == [95] * 4


async def test_answers_are_found_however_often_another_call_is_faster(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = [Reserve(order_id=new_id(), lines=wanted(new_id())) for _ in range(3)]
    left = list(commands)

    @asynccontextmanager
    async def overtaken() -> AsyncIterator[Work]:
        async with catalog.transactions() as work:
            find_many = work.reservations.find_many

            async def outdated(order_ids: Collection[UUID]) -> dict[UUID, Reservation]:
                found = await find_many(order_ids)
                if left:
                    await catalog.reservations.reserve([left.pop()])
                return found

            monkeypatch.setattr(work.reservations, "find_many", outdated)
            yield work

    answers = await ReservationService(overtaken, catalog.clock, HOLD).reserve(commands)
    assert [answer.order_id for answer in answers] == [each.order_id for each in commands]
    assert not left


async def test_a_product_that_sells_can_be_edited_and_restocked(catalog: Catalog) -> None:
    product_id = await catalog.add(stock=25)

    async def sell() -> int:
        command = Reserve(order_id=new_id(), lines=wanted(product_id))
        (answer,) = await catalog.reservations.reserve([command])
        return isinstance(answer, StockReserved)

    async def edit() -> None:
        for price in range(25):
            seen = await catalog.queries.get(product_id)
            assert seen is not None
            await catalog.products.change(
                ChangeProduct(
                    product_id=product_id,
                    versions={seen.version},
                    changes=Changes(price_cents=price),
                )
            )
            command = AdjustStock(
                product_id=product_id, delta=1, reason="delivered", administrator_id=new_id()
            )
            await catalog.products.adjust_stock(command)

    *sold, _ = await asyncio.gather(*(sell() for _ in range(60)), edit())
    assert await catalog.stock(product_id) == 25 + 25 - sum(filter(None, sold))


async def test_what_was_done_to_stock_stays_as_it_was(
    catalog: Catalog, clean_database: str
) -> None:
    product_id = await catalog.add(stock=1)
    administrator = new_id()
    await catalog.products.adjust_stock(
        AdjustStock(
            product_id=product_id, delta=4, reason="delivered", administrator_id=administrator
        )
    )
    with psycopg.connect(clean_database, autocommit=True) as connection:
        row = connection.execute(
            "SELECT product_id, delta, reason, administrator_id, created_at"
            " FROM catalog.stock_adjustments"
        ).fetchone()
        assert row == (product_id, 4, "delivered", administrator, catalog.clock.now)
        for change in (
            "UPDATE catalog.stock_adjustments SET delta = 1",
            "DELETE FROM catalog.stock_adjustments",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(change)
