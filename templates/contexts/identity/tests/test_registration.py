import pytest

from identity.application.registration import GiveRole, Register
from identity.domain.errors import (
    InvalidCredentialsError,
    InvalidEmailError,
    InvalidNameError,
    InvalidTokenError,
    WeakPasswordError,
)
from identity.domain.user import Role, UserRegistered
from tests.identity.builders import EMAIL, NOON, PASSWORD, Door

pytestmark = pytest.mark.anyio


async def test_registering_tells_others(door: Door) -> None:
    user = await door.register()
    assert (user.email, user.name, user.role) == (EMAIL, "Ada", Role.USER)
    assert door.memory.committed.published == [
        UserRegistered(user_id=user.id, email=EMAIL, name="Ada", registered_at=NOON)
    ]


@pytest.mark.parametrize(
    ("email", "password", "name", "error"),
    [
        ("nobody", PASSWORD, "Ada", InvalidEmailError),
        (EMAIL, "short", "Ada", WeakPasswordError),
        (EMAIL, "teashop-2026", "Ada", WeakPasswordError),
        (EMAIL, "ToBeOrNotToBe", "Ada", WeakPasswordError),
        (EMAIL, PASSWORD, " ", InvalidNameError),
        (EMAIL, PASSWORD, "A\0a", InvalidNameError),
        (EMAIL, PASSWORD, "A" * 101, InvalidNameError),
    ],
)
async def test_what_is_refused_is_not_hashed(
    door: Door, email: str, password: str, name: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await door.registration.register(Register(email=email, password=password, name=name))
    assert door.memory.committed.users.rows == {}


async def test_an_administrator_is_made(door: Door) -> None:
    command = GiveRole(email=EMAIL, password=PASSWORD, role=Role.ADMIN)
    assert await door.registration.give_role(command)
    assert (await door.log_in()).access_token.split()[1] == "admin"
    assert len(door.memory.committed.published) == 1


async def test_a_promoted_user_needs_the_new_password(door: Door) -> None:
    await door.register(password="what somebody knew before")
    tokens = await door.log_in(password="what somebody knew before")
    command = GiveRole(email=EMAIL.upper(), password=PASSWORD, role=Role.ADMIN)
    door.clock.pass_time(minutes=1)
    assert not await door.registration.give_role(command)
    assert (await door.log_in()).access_token.split()[1] == "admin"
    with pytest.raises(InvalidCredentialsError):
        await door.log_in(password="what somebody knew before")
    with pytest.raises(InvalidTokenError):
        await door.refresh(tokens)
    assert len(door.memory.committed.published) == 1
