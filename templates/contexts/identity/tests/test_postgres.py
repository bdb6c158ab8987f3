"""What only the PostgreSQL adapters do."""

import asyncio
from uuid import uuid4

import pytest

from contracts.identity_v1 import UserRegistered
from identity.adapters.read_models import SqlUserQueries
from identity.domain.errors import InvalidCredentialsError, TooManyAttemptsError
from kit.database import Database
from tests.identity.builders import EMAIL, NOON, THROTTLE, Door, on_postgres

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


async def test_a_registration_leaves_a_contract_event_in_the_outbox(database: Database) -> None:
    user = await Door(on_postgres(database)).register()
    async with database.reading() as connection:
        cursor = await connection.execute("SELECT type, key, payload FROM identity.outbox")
        rows = await cursor.fetchall()
    payload = {
        "user_id": str(user.id),
        "email": EMAIL,
        "name": "Ada",
        "registered_at": NOON.isoformat().replace("+00:00", "Z"),
    }
    assert rows == [(UserRegistered.TYPE, str(user.id), payload)]


async def test_the_read_model_answers_what_registration_answered(database: Database) -> None:
    user = await Door(on_postgres(database)).register()
    queries = SqlUserQueries(database)
    assert await queries.user(user.id) == user
    assert await queries.user(uuid4()) is None


async def test_throttling_survives_a_restart(database: Database) -> None:
    before = Door(on_postgres(database))
    await before.register()
    for _ in range(THROTTLE.address.free):
        with pytest.raises(InvalidCredentialsError):
            await before.log_in(password="wrong")
    with pytest.raises(TooManyAttemptsError):
        await Door(on_postgres(database)).log_in()


async def test_logins_that_cross_do_not_block_each_other_for_good(database: Database) -> None:
    door = Door(on_postgres(database))
    people = [f"user{number}@example.com" for number in range(5)]
    for email in people:
        await door.register(email)
    clients = [f"192.0.2.{number}" for number in range(5)]
    pairs = [(email, client) for email in people for client in clients[:2]]
    crossing = (door.log_in(email, client=client) for email, client in pairs)
    assert len(await asyncio.wait_for(asyncio.gather(*crossing), 30)) == len(pairs)
