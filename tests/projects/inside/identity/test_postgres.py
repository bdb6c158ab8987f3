"""What only the PostgreSQL adapters do."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from contracts.identity_v1 import UserRegistered
from identity.adapters import tables
from identity.adapters.repositories import SqlUserQueries
from identity.domain.errors import InvalidCredentialsError, TooManyAttemptsError
from kit.background import removal
from kit.database import Database, one_transaction
from tests.identity.builders import EMAIL, LIFETIMES, NOON, THROTTLE, Door, on_postgres

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]
SESSIONS = text("""
    INSERT INTO identity.sessions (id, user_id, number, renewed_at, renewed_by, started_at,
                                   refreshable_until, ends_at)
    SELECT gen_random_uuid(), :user_id, 0, :now, '', :now, :now, :now
    FROM generate_series(1, 3000)
""")
ATTEMPTS = text("""
    INSERT INTO identity.login_attempts (key, forgotten_at)
    SELECT n, CAST(:now AS timestamptz) FROM generate_series(1, 3000) AS n
""")


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
    assert await queries.known_users([user.id, uuid4()]) == {user.id}


async def test_throttling_survives_a_restart(database: Database) -> None:
    before = Door(on_postgres(database))
    await before.register()
    for _ in range(THROTTLE.address.free):
        with pytest.raises(InvalidCredentialsError):
            await before.log_in(password="wrong")
    with pytest.raises(TooManyAttemptsError):
        await Door(on_postgres(database)).log_in()


async def test_what_is_purged_is_found_by_an_index(database: Database, owner_url: str) -> None:
    user = await Door(on_postgres(database)).register()
    before, until = NOON - LIFETIMES.session, tables.login_attempts.c.forgotten_at
    conditions = {
        tables.sessions: tables.sessions.c.refreshable_until < before,
        tables.login_attempts: until.is_(None) | (until <= before),
    }
    owner = Database(owner_url)  # ANALYZE is its owner's
    async with one_transaction(owner) as session:
        await session.execute(SESSIONS, {"user_id": user.id, "now": NOON})
        await session.execute(ATTEMPTS, {"now": NOON})
        await session.execute(text("ANALYZE identity.sessions, identity.login_attempts"))
        dialect = (await session.connection()).dialect
        for table, condition in conditions.items():
            statement = removal(table, condition, at_most=1000)
            compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
            plan = "\n".join(await session.scalars(text(f"EXPLAIN {compiled}")))
            assert f"Scan on ix_{table.name}" in plan or f"using ix_{table.name}" in plan
            assert f"Seq Scan on {table.name}" not in plan
    await owner.close()


@pytest.mark.usefixtures("clean_database")
async def test_a_purge_takes_its_batch_whatever_the_plan(owner_url: str) -> None:
    """Without joins and sorts that keep what they read, PostgreSQL asks again for every row."""
    table = tables.login_attempts
    owner = Database(owner_url)
    async with one_transaction(owner) as session:
        await session.execute(ATTEMPTS, {"now": NOON})
        for kind in ("hashagg", "hashjoin", "mergejoin", "sort", "material", "memoize"):
            await session.execute(text(f"SET LOCAL enable_{kind} = off"))
        statement = removal(table, table.c.forgotten_at <= NOON, at_most=2)
        removed = await session.execute(statement.returning(table.c.key))
        assert len(removed.all()) == 2
    await owner.close()


async def test_logins_that_cross_do_not_block_each_other_for_good(database: Database) -> None:
    door = Door(on_postgres(database))
    people = [f"user{number}@example.com" for number in range(5)]
    for email in people:
        await door.register(email)
    clients = [f"192.0.2.{number}" for number in range(5)]
    pairs = [(email, client) for email in people for client in clients[:2]]
    crossing = (door.log_in(email, client=client) for email, client in pairs)
    assert len(await asyncio.wait_for(asyncio.gather(*crossing), 30)) == len(pairs)
