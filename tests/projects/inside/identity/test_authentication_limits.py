"""Logging in at its limits: what is too long, changes meanwhile, is too much, or turns back."""

import asyncio
import unicodedata

import pytest

from identity.application.ports import Verdict, Work
from identity.application.registration import GiveRole
from identity.domain.errors import (
    InvalidCredentialsError,
    OverloadedError,
    TooManyAttemptsError,
)
from identity.domain.password import LONGEST
from identity.domain.user import Role
from tests.identity.builders import (
    EMAIL,
    LIFETIMES,
    NOON,
    PASSWORD,
    THROTTLE,
    Door,
    PlainPasswords,
)
from tests.identity.rows import session

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL + "m" * 254, PASSWORD),
        (EMAIL, "\u0301" * 129),
        ("\u0301" * 80_000, PASSWORD),
        (EMAIL, "\u0301" * 80_000),
        ("a@" + "\u0301" * 80_000, "\u0301" * 80_000),
    ],
    ids=["long address", "long password", "marks", "marks as password", "marks as domain"],
)
async def test_what_is_too_long_is_verified_like_any_other_and_never_normalised(
    door: Door, monkeypatch: pytest.MonkeyPatch, email: str, password: str
) -> None:
    await door.register()

    def short_only(_: str, text: str) -> str:
        assert len(text) <= LONGEST
        return text

    with monkeypatch.context() as patched:
        patched.setattr(unicodedata, "normalize", short_only)
        with pytest.raises(InvalidCredentialsError):
            await door.log_in(email, password)
    assert door.passwords.verified == [None]


async def test_a_password_changed_while_it_was_verified_is_wrong(door: Door) -> None:
    await door.register()

    class Slow(PlainPasswords):
        async def verify(self, password: str, password_hash: str | None) -> Verdict:
            door.clock.pass_time(seconds=1)
            await door.registration.give_role(
                GiveRole(email=EMAIL, password="quite another secret", role=Role.USER)
            )
            return await super().verify(password, password_hash)

    door.authentication._passwords = Slow()
    with pytest.raises(InvalidCredentialsError):
        await door.log_in()
    assert door.memory.committed.sessions.rows == {}


async def test_an_overload_is_not_held_against_anybody(door: Door) -> None:
    await door.register()

    class Busy(PlainPasswords):
        async def verify(self, password: str, password_hash: str | None) -> Verdict:  # noqa: ARG002
            raise OverloadedError

    door.authentication._passwords = Busy()
    for _ in range(THROTTLE.client.free * 2):
        with pytest.raises(OverloadedError):
            await door.log_in()


async def test_however_much_there_is_to_purge_a_transaction_removes_a_batch(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("identity.application.authentication.PURGED_AT_ONCE", 2)
    user = await door.register()
    async with door.transactions() as work:
        for _ in range(5):
            await work.sessions.add(session(user.id))
    sizes = []

    async def purge(work: Work) -> int:
        sizes.append(await work.sessions.purge(NOON + LIFETIMES.session, 2))
        return sizes[-1]

    assert await door.authentication._in_batches(purge) == 5
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize("hours", [1, 24 * 365])
async def test_a_clock_that_steps_back_locks_nobody_out(door: Door, hours: int) -> None:
    await door.register()
    for number in range(THROTTLE.client.free - 1):
        with pytest.raises(InvalidCredentialsError):
            await door.log_in(f"user{number}@example.com")
    await door.log_in()
    for _ in range(THROTTLE.address.free):
        door.clock.pass_time(seconds=30)
        with pytest.raises(InvalidCredentialsError):
            await door.log_in(password="wrong")
    door.clock.pass_time(hours=-hours)
    with pytest.raises(TooManyAttemptsError) as refused:  # as long as it was
        await door.log_in()
    door.clock.pass_time(seconds=refused.value.retry_after)
    tokens = await door.log_in()
    await door.refresh(tokens)


async def test_trying_while_waiting_does_not_lengthen_the_wait(door: Door) -> None:
    await door.register()
    for _ in range(THROTTLE.address.free):
        with pytest.raises(InvalidCredentialsError):
            await door.log_in(password="wrong")
    for _ in range(50):
        with pytest.raises(TooManyAttemptsError):
            await door.log_in(password="wrong")
    door.clock.pass_time(seconds=1)
    await door.log_in()


async def test_attempts_at_the_same_time_do_not_pass_together(door: Door) -> None:
    await door.register()
    guesses = (door.log_in(password=f"guess {number}") for number in range(50))
    results = await asyncio.gather(*guesses, return_exceptions=True)
    wrong = [result for result in results if isinstance(result, InvalidCredentialsError)]
    assert len(wrong) == THROTTLE.address.free


async def test_a_right_password_does_not_clear_what_the_client_tried_elsewhere(door: Door) -> None:
    await door.register()
    for number in range(THROTTLE.client.free):
        with pytest.raises(InvalidCredentialsError):
            await door.log_in(f"user{number}@example.com")
        if number < THROTTLE.client.free - 1:
            await door.log_in()
    with pytest.raises(TooManyAttemptsError):
        await door.log_in()


async def test_right_passwords_do_not_wait_because_of_each_other(door: Door) -> None:
    await door.register()
    for number in range(THROTTLE.client.free):
        with pytest.raises(InvalidCredentialsError):
            await door.log_in(f"user{number}@example.com")
    door.clock.pass_time(seconds=1)
    for _ in range(THROTTLE.client.free * 3):
        await door.log_in()


async def test_failures_are_forgotten_while_others_log_in(door: Door) -> None:
    await door.register()
    for number in range(THROTTLE.client.free * 3):
        with pytest.raises(InvalidCredentialsError):
            await door.log_in(f"user{number}@example.com")
        door.clock.now += THROTTLE.client.longest_delay
        await door.log_in()
