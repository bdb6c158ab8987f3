"""One suite over every adapter of identity's ports."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from identity.application.ports import Transactions
from identity.domain.errors import EmailTakenError, InvalidCredentialsError, InvalidTokenError
from identity.domain.session import EndReason, Session, fingerprint
from identity.domain.user import Role
from tests.identity.builders import LIFETIMES, NOON, THROTTLE, Door, user

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
        held.promote()
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


async def test_a_session_is_found_by_every_token_it_had(transactions: Transactions) -> None:
    ada = user()
    session = Session.start(
        session_id=uuid4(), user_id=ada.id, token="first", now=NOON, lifetimes=LIFETIMES
    )
    async with transactions() as work:
        await work.users.add(ada)
        await work.sessions.add(session)
    async with transactions() as work:
        held = await work.sessions.with_token("first")
        assert held is not None
        assert held.rotate(presented="first", fresh="second", now=NOON, lifetimes=LIFETIMES)
        await work.sessions.add_token(held)
    async with transactions() as work:
        for token in ("first", "second"):
            found = await work.sessions.with_token(token)
            assert found is not None
            assert (found.id, found.current, found.end_reason) == (session.id, "second", None)
        assert await work.sessions.with_token("third") is None


async def test_all_sessions_of_a_user_end_and_nobody_elses(transactions: Transactions) -> None:
    ada, bob = user("ada@example.com"), user("bob@example.com")
    async with transactions() as work:
        for owner, token in ((ada, "a"), (ada, "b"), (bob, "c")):
            if token != "b":
                await work.users.add(owner)
            await work.sessions.add(
                Session.start(
                    session_id=uuid4(), user_id=owner.id, token=token, now=NOON, lifetimes=LIFETIMES
                )
            )
        await work.sessions.end_all(ada.id, EndReason.PASSWORD_CHANGED, NOON)
    async with transactions() as work:
        ended = [await work.sessions.with_token(token) for token in "abc"]
        assert [session and session.end_reason for session in ended] == [
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
    async with transactions() as work:
        await work.users.add(ada)
        for token, start in (("old", NOON - timedelta(days=100)), ("new", NOON)):
            await work.sessions.add(
                Session.start(
                    session_id=uuid4(), user_id=ada.id, token=token, now=start, lifetimes=LIFETIMES
                )
            )
            (await work.attempts.hold([token]))[token].count(RULE, start)
    async with transactions() as work:
        assert await work.sessions.purge(NOON) == 1
        await work.attempts.hold(["never"])
        assert await work.attempts.purge(NOON) == 2
    async with transactions() as work:
        assert await work.sessions.with_token("old") is None
        assert await work.sessions.with_token("new") is not None
        assert (await work.attempts.hold(["new"]))["new"].failures(RULE, NOON) == 1


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


async def test_a_token_used_twice_at_once_ends_the_family(transactions: Transactions) -> None:
    door = Door(transactions)
    await door.register()
    token = (await door.log_in()).refresh_token
    results = await asyncio.gather(
        *(door.authentication.refresh(token) for _ in range(4)), return_exceptions=True
    )
    assert [type(result) for result in results].count(InvalidTokenError) == 3
    async with transactions() as work:
        session = await work.sessions.with_token(fingerprint(token))
        assert session is not None
        assert session.end_reason is EndReason.REUSED


async def test_the_same_user_may_log_in_many_times_at_once(transactions: Transactions) -> None:
    door = Door(transactions)
    await door.register()
    door.passwords.generation = 2
    await asyncio.gather(*(door.log_in() for _ in range(THROTTLE.address.free - 1)))
