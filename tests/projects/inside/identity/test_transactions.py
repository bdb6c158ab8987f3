"""One suite over every adapter of identity's ports."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from identity.application.ports import Transactions
from identity.domain.errors import EmailTakenError, InvalidCredentialsError, InvalidTokenError
from identity.domain.session import EndReason
from identity.domain.user import Role
from tests.identity.builders import LATER, LIFETIMES, NOON, THROTTLE, Door
from tests.identity.rows import session, user

pytestmark = pytest.mark.anyio
RULE = THROTTLE.address


async def test_a_user_is_found_by_id_and_address(transactions: Transactions) -> None:
    ada = user()
    async with transactions() as work:
        await work.users.add(ada)
    async with transactions() as work:
        for found in (
            await work.users.get(ada.id),
            await work.users.hold(ada.id),
            await work.users.with_email("ada@example.com"),
            await work.users.hold_with_email("ada@example.com"),
        ):
            assert found is not None
            assert (found.id, found.email, found.role) == (ada.id, ada.email, Role.USER)
            assert found.registered_at == NOON
        assert await work.users.get(uuid4()) is None
        assert await work.users.hold(uuid4()) is None
        assert await work.users.with_email("bob@example.com") is None
        assert await work.users.hold_with_email("bob@example.com") is None


async def test_a_change_is_stored_by_the_commit(transactions: Transactions) -> None:
    ada = user()
    async with transactions() as work:
        await work.users.add(ada)
    async with transactions() as work:
        held = await work.users.hold(ada.id)
        assert held is not None
        held.take_role(Role.ADMIN)
    async with transactions() as work:
        found = await work.users.get(ada.id)
        assert found is not None
        assert found.role is Role.ADMIN


async def test_an_exception_leaves_everything_as_it_was(transactions: Transactions) -> None:
    ada = user()

    async def fail_after_writing() -> None:
        async with transactions() as work:
            await work.users.add(ada)
            (await work.attempts.hold(["address:x"]))["address:x"].count(RULE, NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_writing()
    async with transactions() as work:
        assert await work.users.get(ada.id) is None
        assert (await work.attempts.hold(["address:x"]))["address:x"].failures(RULE, NOON) == 0


async def test_an_address_has_one_user(transactions: Transactions) -> None:
    async with transactions() as work:
        await work.users.add(user("ada@example.com"))
    with pytest.raises(EmailTakenError):
        async with transactions() as work:
            await work.users.add(user("ADA@example.com"))


async def test_a_race_for_an_address_has_one_winner(transactions: Transactions) -> None:
    door = Door(transactions)
    results = await asyncio.gather(*(door.register() for _ in range(6)), return_exceptions=True)
    assert [type(result) for result in results].count(EmailTakenError) == 5


async def test_a_session_is_one_row_however_often_it_is_refreshed(
    transactions: Transactions,
) -> None:
    ada, began = user(), NOON
    started = session(ada.id)
    async with transactions() as work:
        await work.users.add(ada)
    async with transactions() as work:
        await work.sessions.add(started)
    for number in range(3):
        async with transactions() as work:
            held = await work.sessions.hold(started.id)
            assert held is not None
            began += timedelta(minutes=1)
            assert held.rotate(presented=number, client="c", now=began, lifetimes=LIFETIMES)
    async with transactions() as work:
        found = await work.sessions.hold(started.id)
        assert found is not None
        assert (found.number, found.renewed_at, found.renewed_by) == (3, began, "c")
        assert found.end_reason is None
        assert await work.sessions.hold(uuid4()) is None


async def test_all_sessions_of_a_user_end_and_nobody_elses(transactions: Transactions) -> None:
    ada, bob = user("ada@example.com"), user("bob@example.com")
    started = [session(owner.id) for owner in (ada, ada, bob)]
    async with transactions() as work:
        await work.users.add(ada)
        await work.users.add(bob)
    async with transactions() as work:
        for each in started:
            await work.sessions.add(each)
    async with transactions() as work:
        await work.sessions.end_all(ada.id, EndReason.PASSWORD_CHANGED, NOON)
    async with transactions() as work:
        ended = [await work.sessions.hold(each.id) for each in started]
        assert [each and each.end_reason for each in ended] == [
            EndReason.PASSWORD_CHANGED,
            EndReason.PASSWORD_CHANGED,
            None,
        ]


async def test_attempts_outlive_the_transaction(transactions: Transactions) -> None:
    async with transactions() as work:
        held = await work.attempts.hold(["client:b", "address:a"])
        for _ in range(4):
            held["address:a"].count(RULE, NOON)
    async with transactions() as work:
        again = await work.attempts.hold(["address:a", "client:b"])
        assert again["address:a"].failures(RULE, NOON) == 4
        assert again["address:a"].wait(RULE, NOON) == timedelta(seconds=2)
        assert again["client:b"].failures(RULE, NOON) == 0


async def test_purging_takes_what_is_old_and_leaves_what_is_not(transactions: Transactions) -> None:
    ada = user()
    old = [session(ada.id, NOON - timedelta(days=100)) for _ in range(3)]
    new = session(ada.id)
    async with transactions() as work:
        await work.users.add(ada)
    async with transactions() as work:
        for each in (*old, new):
            await work.sessions.add(each)
            key = str(each.id)
            (await work.attempts.hold([key]))[key].count(RULE, each.started_at)
    for left in (2, 1):
        async with transactions() as work:
            assert await work.sessions.purge(NOON, at_most=2) == left
            if left == 1:
                await work.attempts.hold(["never"])
            assert await work.attempts.purge(NOON, at_most=2) == 2
    async with transactions() as work:
        for each in old:
            assert await work.sessions.hold(each.id) is None
        assert await work.sessions.hold(new.id) is not None
        key = str(new.id)
        assert (await work.attempts.hold([key]))[key].failures(RULE, NOON) == 1


async def test_guesses_at_the_same_time_do_not_pass_together(transactions: Transactions) -> None:
    door = Door(transactions)
    await door.register()
    guesses = (door.log_in(password=f"guess {number}") for number in range(12))
    results = await asyncio.gather(*guesses, return_exceptions=True)
    wrong = [result for result in results if isinstance(result, InvalidCredentialsError)]
    assert len(wrong) == THROTTLE.address.free


async def test_right_passwords_leave_no_trace(transactions: Transactions) -> None:
    door = Door(transactions)
    door.clock.pass_time(microseconds=123_457)
    await door.register()
    for number in range(THROTTLE.client.free):
        with pytest.raises(InvalidCredentialsError):
            await door.log_in(f"user{number}@example.com")
    door.clock.pass_time(seconds=1)
    await door.log_in()
    await door.log_in()


async def test_of_refreshes_at_the_same_time_each_gets_the_same(transactions: Transactions) -> None:
    door = Door(transactions)
    await door.register()
    tokens = await door.log_in()
    results = await asyncio.gather(*(door.refresh(tokens) for _ in range(4)))
    assert len({result.refresh_token for result in results}) == 1
    await door.refresh(results[0])


async def test_a_token_that_was_used_before_ends_the_family(transactions: Transactions) -> None:
    door = Door(transactions)
    await door.register()
    first = await door.log_in()
    second = await door.refresh(first)
    door.clock.now += LATER
    results = await asyncio.gather(*(door.refresh(first) for _ in range(4)), return_exceptions=True)
    assert [type(result) for result in results] == [InvalidTokenError] * 4
    with pytest.raises(InvalidTokenError):
        await door.refresh(second)


async def test_the_same_user_may_log_in_many_times_at_once(transactions: Transactions) -> None:
    door = Door(transactions)
    await door.register()
    door.passwords.generation = 2
    await asyncio.gather(*(door.log_in() for _ in range(THROTTLE.address.free - 1)))
