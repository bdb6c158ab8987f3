"""A unit of work is stored whole, events included, or not at all."""

import pytest
from sqlalchemy.exc import IntegrityError

from kit.database import Database, SqlTransactions, one_transaction
from tests.kit.conftest import Counted, Work

pytestmark = pytest.mark.postgres


async def stored(database: Database) -> tuple[list[int], list[object]]:
    """The numbers and the payloads of the outbox."""
    async with database.reading() as connection:
        numbers = await (await connection.execute("SELECT value FROM kit_test.numbers")).fetchall()
        payloads = await (
            await connection.execute("SELECT payload FROM kit_test.outbox ORDER BY position")
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


async def test_units_of_work_within_one_transaction_are_stored_together(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    async with one_transaction(database):
        async with transactions() as work:
            await work.add(1)
            work.publish(Counted(1))
        async with transactions() as work:
            await work.add(2)
        assert await stored(database) == ([], [])
    assert (await stored(database))[0] == [1, 2]


async def test_a_failed_unit_of_work_undoes_itself_only(
    database: Database, transactions: SqlTransactions[Work]
) -> None:
    async def twice() -> None:
        async with transactions() as work:
            work.publish(Counted(2))
            await work.add(1)

    async with one_transaction(database):
        async with transactions() as work:
            await work.add(1)
            work.publish(Counted(1))
        with pytest.raises(IntegrityError):
            await twice()
    assert await stored(database) == ([1], [{"value": 1, "key": "one"}])


async def test_the_relay_is_woken_after_the_transaction_that_is_shared(database: Database) -> None:
    woken: list[int] = []
    transactions = SqlTransactions(database, Work, lambda: woken.append(1))
    async with one_transaction(database):
        for value in (1, 2):
            async with transactions() as work:
                work.publish(Counted(value))
        assert woken == []
    assert woken == [1]
