"""The projection bears events in any order and any number of times."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from analytics.adapters.read_models import SqlSalesQueries
from analytics.adapters.repositories import SqlAnalyticsWork
from analytics.application.ports import DailySales
from analytics.application.projection import SalesProjection
from analytics.domain.order_facts import OrderFacts
from analytics.entrypoints.messages import AnalyticsMessages, OrderEvent
from contracts.orders_v1 import OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected
from kit.database import Database, SqlTransactions

PLACED = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)
ORDER, USER = uuid4(), uuid4()
HISTORY: tuple[OrderEvent, ...] = (
    OrderPlaced(order_id=ORDER, user_id=USER, lines=(), placed_at=PLACED),
    OrderConfirmed(
        order_id=ORDER,
        user_id=USER,
        total_cents=1250,
        currency="EUR",
        confirmed_at=PLACED + timedelta(seconds=1.5),
    ),
    OrderCancelled(order_id=ORDER, user_id=USER, cancelled_at=PLACED + timedelta(days=1)),
)


@pytest.fixture
def seconds() -> list[float]:
    """From placement to confirmation, as the projection tells it."""
    return []


@pytest.fixture
def messages(database: Database, seconds: list[float]) -> AnalyticsMessages:
    transactions = SqlTransactions(database, SqlAnalyticsWork)
    return AnalyticsMessages(SalesProjection(transactions, seconds.append))


async def days(database: Database) -> Sequence[DailySales]:
    return await SqlSalesQueries(database).daily(10)


@pytest.mark.postgres
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_any_order_of_events_gives_the_same_facts(
    database: Database, messages: AnalyticsMessages, order: tuple[int, ...]
) -> None:
    for position in order:
        await messages.many([HISTORY[position]])
        await messages.many([HISTORY[position]])
    (day,) = await days(database)
    assert day == DailySales(
        day=PLACED.date(),
        currency="EUR",
        placed=1,
        confirmed=0,
        rejected=0,
        cancelled=1,
        revenue_cents=0,
    )


@pytest.mark.postgres
async def test_many_at_once_are_what_they_are_one_by_one(
    database: Database, messages: AnalyticsMessages, seconds: list[float]
) -> None:
    other = uuid4()
    await messages.many(
        [
            *HISTORY[:2],
            OrderPlaced(order_id=other, user_id=USER, lines=(), placed_at=PLACED),
            OrderRejected(order_id=other, user_id=USER, reason="out_of_stock", rejected_at=PLACED),
        ]
    )
    found = await days(database)
    assert [(day.currency, day.confirmed, day.rejected, day.revenue_cents) for day in found] == [
        ("EUR", 1, 0, 1250),
        (None, 0, 1, 0),
    ]
    assert seconds == [1.5]


def test_a_state_is_never_taken_back() -> None:
    placed = OrderFacts(order_id=ORDER, state="placed", placed_at=PLACED)
    cancelled = OrderFacts(order_id=ORDER, state="cancelled")
    assert placed.with_(cancelled) == OrderFacts(
        order_id=ORDER, state="cancelled", placed_at=PLACED
    )
    assert cancelled.with_(placed) == placed.with_(cancelled)
