"""A unit of work is stored whole, events included, or not at all."""

import pytest

from kit.database import Database, SqlTransactions
from tests.kit.conftest import Counted, Work

pytestmark = pytest.mark.postgres


async def stored(database: Database) -> tuple[list[int], list[object]]:
    """The numbers and the payloads of the outbox."""
    async with database.reading() as connection:
        numbers = await (await connection.execute("SELECT value FROM kit_test.numbers")).fetchall()
        payloads = await (
            await connection.execute("SELECT payload FROM kit_test.outbox ORDER BY id")
        ).fetchall()
    return [row[0] for row in numbers], [row[0] for row in payloads]


async def test_leaving_the_block_commits(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    async with transactions() as work:
        await work.add(1)
        work.publish(Counted(1))
        work.publish(Counted(2))
    numbers, payloads = await stored(database)
    assert numbers == [1]
    assert payloads == [{"value": 1, "key": "one"}, {"value": 2, "key": "one"}]


async def test_an_exception_rolls_back(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    async def fail() -> None:
        async with transactions() as work:
            await work.add(1)
            work.publish(Counted(1))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await stored(database) == ([], [])


async def test_the_relay_is_woken_after_the_commit_of_events_only(database: Database) -> None:
    woken: list[tuple[list[int], list[object]]] = []
    published = SqlTransactions(database, Work, lambda: woken.append(([], [])))
    async with published() as work:
        await work.add(1)
    assert woken == []
    async with published() as work:
        work.publish(Counted(1))
        assert woken == []
    assert len(woken) == 1
