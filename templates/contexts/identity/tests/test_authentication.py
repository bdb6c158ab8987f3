import asyncio

import pytest

from identity.domain.errors import (
    InvalidCredentialsError,
    InvalidTokenError,
    TooManyAttemptsError,
)
from identity.domain.session import EndReason
from identity.domain.user import Role
from tests.identity.builders import (
    CLIENT,
    EMAIL,
    LATER,
    LIFETIMES,
    PASSWORD,
    THROTTLE,
    Door,
)

pytestmark = pytest.mark.anyio


async def test_a_login_gives_tokens(door: Door) -> None:
    user = await door.register()
    tokens = await door.log_in(email=EMAIL.lower())
    assert tokens.access_token == f"{user.id} user 12:00"
    assert (tokens.token_type, tokens.expires_in) == ("bearer", 900)


async def test_a_password_is_the_same_on_every_keyboard(door: Door) -> None:
    await door.register(password="caf\u00e9 au lait noir")
    await door.log_in(password="cafe\u0301 au lait noir")


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong"),
        (EMAIL, ""),
        (EMAIL, "x" * 1_000_000),
        (EMAIL, PASSWORD + "\ud800"),
        (EMAIL, "\0"),
        ("nobody@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("\0", PASSWORD),
        ("\ud800@example.com", PASSWORD),
        ("", ""),
    ],
)
async def test_what_is_wrong_is_not_told_and_costs_one_hash(
    door: Door, email: str, password: str
) -> None:
    await door.register()
    with pytest.raises(InvalidCredentialsError, match="The address or the password is wrong"):
        await door.log_in(email, password)
    assert len(door.passwords.verified) == 1


async def test_an_outdated_hash_is_replaced_at_login(door: Door) -> None:
    user = await door.register()
    door.passwords.generation = 2
    await asyncio.gather(door.log_in(), door.log_in())
    assert door.memory.committed.users.rows[user.id].password_hash == "2:" + PASSWORD


async def test_an_address_has_to_wait_from_whatever_client(door: Door) -> None:
    await door.register()
    for number in range(THROTTLE.address.free):
        with pytest.raises(InvalidCredentialsError):
            await door.log_in(password="wrong", client=f"192.0.2.{number}")
    with pytest.raises(TooManyAttemptsError) as refused:
        await door.log_in(client="192.0.2.99")
    assert refused.value.retry_after == 1
    door.clock.pass_time(seconds=1)
    await door.log_in(client="192.0.2.99")


async def test_an_unknown_address_waits_like_a_known_one(door: Door) -> None:
    for _ in range(THROTTLE.address.free):
        with pytest.raises(InvalidCredentialsError):
            await door.log_in("nobody@example.com")
    with pytest.raises(TooManyAttemptsError):
        await door.log_in("NOBODY@example.com")


async def test_a_client_has_to_wait_whatever_addresses_it_tries(door: Door) -> None:
    await door.register()
    for number in range(THROTTLE.client.free):
        with pytest.raises(InvalidCredentialsError):
            await door.log_in(f"user{number}@example.com")
    with pytest.raises(TooManyAttemptsError):
        await door.log_in()
    await door.log_in(client="192.0.2.99")


async def test_right_passwords_never_have_to_wait(door: Door) -> None:
    await door.register()
    for _ in range(THROTTLE.client.free * 3):
        await door.log_in()


async def test_a_right_password_clears_what_failed_for_the_address(door: Door) -> None:
    await door.register()
    for _ in range(2):
        for _ in range(THROTTLE.address.free - 1):
            with pytest.raises(InvalidCredentialsError):
                await door.log_in(password="wrong")
        await door.log_in()


async def test_refreshing_rotates(door: Door) -> None:
    await door.register()
    first = await door.log_in()
    second = await door.refresh(first)
    third = await door.refresh(second)
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3


async def test_a_used_token_ends_its_family_and_no_other(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    await door.register()
    elsewhere = await door.log_in()
    first = await door.log_in()
    second = await door.refresh(first)
    door.clock.now += LATER
    for tokens in (first, second):
        with pytest.raises(InvalidTokenError):
            await door.refresh(tokens)
    reasons = {each.end_reason for each in door.memory.committed.sessions.rows.values()}
    assert reasons == {None, EndReason.REUSED}
    assert "a used refresh token came back" in caplog.text
    assert first.refresh_token not in caplog.text
    await door.refresh(elsewhere)


async def test_a_token_whose_answer_was_lost_gets_the_same_again(door: Door) -> None:
    await door.register()
    first = await door.log_in()
    second = await door.refresh(first)
    door.clock.now += LIFETIMES.grace
    assert (await door.refresh(first)).refresh_token == second.refresh_token
    await door.refresh(second)
    with pytest.raises(InvalidTokenError):
        await door.refresh(first)


async def test_a_token_from_another_client_ends_the_family(door: Door) -> None:
    await door.register()
    first = await door.log_in()
    await door.refresh(first)
    with pytest.raises(InvalidTokenError):
        await door.refresh(first, client="192.0.2.99")
    (ended,) = door.memory.committed.sessions.rows.values()
    assert ended.end_reason is EndReason.REUSED


async def test_a_token_expires_when_it_is_not_used(door: Door) -> None:
    await door.register()
    tokens = await door.log_in()
    door.clock.now += LIFETIMES.refresh
    with pytest.raises(InvalidTokenError):
        await door.refresh(tokens)


async def test_a_session_ends_however_often_it_is_refreshed(door: Door) -> None:
    await door.register()
    tokens = await door.log_in()
    for _ in range(4):
        door.clock.pass_time(days=7)
        tokens = await door.refresh(tokens)
    door.clock.pass_time(days=7)
    with pytest.raises(InvalidTokenError):
        await door.refresh(tokens)


@pytest.mark.parametrize("token", ["", "unknown", "\0", "\ud800"])
async def test_an_unknown_token(door: Door, token: str) -> None:
    with pytest.raises(InvalidTokenError):
        await door.authentication.refresh(token, CLIENT)
    await door.authentication.log_out(token)


async def test_logging_out_ends_the_family(door: Door) -> None:
    await door.register()
    first = await door.log_in()
    second = await door.refresh(first)
    door.clock.now += LATER
    await door.authentication.log_out(first.refresh_token)
    await door.authentication.log_out(first.refresh_token)
    with pytest.raises(InvalidTokenError):
        await door.refresh(second)


async def test_a_refresh_knows_the_role_of_now(door: Door) -> None:
    user = await door.register()
    tokens = await door.log_in()
    door.memory.committed.users.rows[user.id].take_role(Role.ADMIN)
    refreshed = await door.refresh(tokens)
    assert refreshed.access_token.split()[1] == "admin"


async def test_what_no_answer_depends_on_is_purged(door: Door) -> None:
    await door.register()
    with pytest.raises(InvalidCredentialsError):
        await door.log_in("nobody@example.com", client=CLIENT)
    await door.log_in()
    assert await door.authentication.purge() == 1  # the address that never failed
    door.clock.now += LIFETIMES.refresh
    door.clock.pass_time(days=1, seconds=1)
    assert await door.authentication.purge() == 3  # a session, an address, a client
    assert door.memory.committed.sessions.rows == {}
