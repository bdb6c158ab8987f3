"""Run by a project's Python after its model was changed: rows of before, and two releases on them.

What it finds it prints as JSON, by name.
"""

import asyncio
import contextlib
import io
import json
import sys
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import psycopg  # type: ignore[import-not-found]
from alembic import command  # type: ignore[import-not-found]
from dev.database import scratch_server  # type: ignore[import-not-found]
from dev.postgres import create_database  # type: ignore[import-not-found]
from kit.database import _commit  # type: ignore[import-not-found]
from kit.migrate import migrate  # type: ignore[import-not-found]
from kit.migration_session import connected  # type: ignore[import-not-found]
from kit.migrations import (  # type: ignore[import-not-found]
    MigrationError,
    _make_version_table,
    configuration,
    downgrade,
    head_of,
    pending,
)
from quays.adapters.transactions import SqlWork  # type: ignore[import-not-found]
from quays.domain.events import StayCreated  # type: ignore[import-not-found]
from sqlalchemy.ext.asyncio import (  # type: ignore[import-not-found]
    AsyncSession,
    create_async_engine,
)

CONTEXT = "quays"
ROWS = 2_500
OLD = "INSERT INTO quays.berths (id, name, size, depth, version, created_at, updated_at, search)"
NEW = (
    "INSERT INTO quays.berths (id, title, size, version, created_at, updated_at, search, tide)"
    " VALUES (%s, %s, 'small', 1, now(), now(), 'x', 3)"
)
SHIP = "INSERT INTO quays.{} (id, name, version, created_at, updated_at)"
found: dict[str, object] = {}


def ask(url: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def old_berth(url: str, id_: UUID, name: str) -> None:
    ask(url, f"{OLD} VALUES (%s, %s, 'small', 2, 1, now(), now(), 'x')", id_, name)


def migrated(url: str, *, destructive: bool = False) -> tuple[int, str]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = migrate(url, url, [CONTEXT], destructive=destructive)
    return code, said.getvalue()


async def tell(url: str) -> None:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    async with AsyncSession(engine) as session:
        day = date(2027, 3, 1)
        event = StayCreated(
            id=uuid4(), version=1, at=datetime.now(UTC), berth=uuid4(), arrives=day, leaves=day
        )
        SqlWork(session).publish(event)
        await _commit(session)
    await engine.dispose()


def names(url: str) -> list[tuple[object, ...]]:
    return ask(url, "SELECT name, title FROM quays.berths WHERE search = 'x' ORDER BY name")


with scratch_server() as server:
    url = create_database(server, "harbour")
    with connected(url) as connection:
        _make_version_table(connection, CONTEXT)
        command.upgrade(configuration(CONTEXT, connection), "0001")
        connection.commit()
    with psycopg.connect(url) as connection:
        connection.cursor().executemany(
            f"{OLD} VALUES (%s, %s, 'small', 2, 1, now(), now(), '')",
            [(uuid4(), f"Berth {number}") for number in range(ROWS)],
        )
        connection.execute(f"{SHIP.format('ships')} VALUES (%s, '', 1, now(), now())", [uuid4()])

    found["migrate"] = migrated(url)
    found["pending"] = pending(url, [CONTEXT])
    found["filled"] = ask(
        url,
        "SELECT count(*), min(tide), min(search) FROM quays.berths"
        " WHERE title = name AND search LIKE 'berth%'",
    )
    # A process of the release before goes on.
    first, second = uuid4(), uuid4()
    old_berth(url, first, "old")
    ask(url, "UPDATE quays.berths SET name = 'older' WHERE id = %s", first)
    ask(url, NEW, second, "new")
    ask(url, "UPDATE quays.berths SET title = 'newer' WHERE id = %s", second)
    found["both"] = names(url)
    ask(url, f"{SHIP.format('ships')} VALUES (%s, 'Elba', 1, now(), now())", uuid4())
    found["renamed"] = ask(url, "SELECT name FROM quays.vessels ORDER BY name")

    ask(url, "UPDATE quays.vessels SET name = 'Ada' WHERE name = ''")
    ask(url, "UPDATE quays.berths SET title = 'Berth zero' WHERE title = 'Berth 0'")
    found["corrected"] = migrated(url)
    found["destructive"] = migrated(url, destructive=True)
    found["at"] = ask(url, "SELECT version_num FROM quays.alembic_version")
    found["columns"] = ask(
        url,
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'quays' AND table_name = 'berths' ORDER BY column_name",
    )

    asyncio.run(tell(url))
    found["told"] = ask(
        url,
        "SELECT type, payload->>'lands', payload->>'arrives' FROM quays.outbox ORDER BY type",
    )

    downgrade(url, [CONTEXT], f"{int(head_of(CONTEXT)) - 1:04}")
    found["back"] = ask(url, "SELECT count(*) FROM quays.berths WHERE name = title")
    try:
        downgrade(url, [CONTEXT], "0001")
    except MigrationError as error:
        found["refused"] = str(error)
    ask(url, "UPDATE quays.berths SET depth = 1")
    downgrade(url, [CONTEXT], "0001")
    old_berth(url, uuid4(), "oldest")
    found["again"] = migrated(url)[0]
sys.stdout.write(json.dumps(found, default=str))
