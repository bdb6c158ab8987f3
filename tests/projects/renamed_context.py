"""Run by a project's Python: three releases on one database, a context of which is renamed.

Its arguments are the folders of the releases: before, with the former name, and after it was taken
out. Each step runs with the code of one of them; what it finds is printed as JSON, by name.
"""

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import psycopg  # type: ignore[import-not-found]
from dev.database import make, scratch_server  # type: ignore[import-not-found]
from kit.database import SqlTransactions  # type: ignore[import-not-found]
from kit.migrate import migrate  # type: ignore[import-not-found]
from kit.migrations import downgrade, pending  # type: ignore[import-not-found]
from kit.settings import load  # type: ignore[import-not-found]

DAY = date(2027, 3, 1)


def ask(statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"], autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def migrated(*, destructive: bool = False) -> tuple[int, str]:
    contexts = import_module("app").CONTEXTS
    urls = os.environ["MIGRATION_DATABASE_URL"], os.environ["DATABASE_URL"]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = migrate(*urls, contexts, destructive=destructive)
    return code, said.getvalue()


async def stay(context: str, *, relayed: bool) -> None:
    """Make a berth and a stay with the code of this release, and perhaps tell others of it."""
    composition = import_module("app.composition")
    work = import_module(f"{context}.adapters.transactions").SqlWork
    berths, stays = (import_module(f"{context}.domain.{name}") for name in ("berth", "stay"))
    application = composition.build(load(composition.Settings))
    database = application.database
    await database.open()
    now = datetime.now(UTC)
    transactions = SqlTransactions(database, work)
    async with transactions() as unit:
        berth, made = berths.Berth.create(uuid4(), berths.NewBerth(name="Elba"), now)
        await unit.berths.add(berth)
        unit.publish(made)
    async with transactions() as unit:
        new = stays.NewStay(berth=berth.id, lands=DAY, leaves=date(2027, 3, 2))
        one, made = stays.Stay.create(uuid4(), new, now)
        await unit.stays.add(one)
        unit.publish(made)
    for relay in application.relays if relayed else ():
        while await relay.run_once():
            pass
    await database.close()


def step(name: str) -> object:
    match name.split():
        case ["pending"]:
            return pending(os.environ["DATABASE_URL"], import_module("app").CONTEXTS)
        case ["migrate"]:
            return migrated()
        case ["destroy"]:
            return migrated(destructive=True)
        case ["back", context]:
            return downgrade(os.environ["MIGRATION_DATABASE_URL"], [context], "0001")
        case ["stay", context]:
            return asyncio.run(stay(context, relayed=False))
        case ["told", context]:
            return asyncio.run(stay(context, relayed=True))
        case _:
            raise ValueError(name)


def of_release(folder: str, name: str) -> object:
    """What a step returns, run with the code of a release."""
    path = os.pathsep.join([str(Path(folder) / "src"), folder])
    done = subprocess.run(
        [sys.executable, __file__, name],
        env={**os.environ, "PYTHONPATH": path},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{folder}: {name}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def schemas() -> list[object]:
    names = ask("SELECT nspname FROM pg_namespace WHERE nspname IN ('quays', 'docks') ORDER BY 1")
    return [name for (name,) in names]


def main(before: str, during: str, after: str) -> dict[str, object]:
    found: dict[str, object] = {}
    with scratch_server() as server:
        made = make(server, "harbour")
        os.environ |= {**made.environment, "ENVIRONMENT": "development"}
        of_release(before, "migrate")
        of_release(before, "stay quays")
        dues = "SELECT count(*), count(DISTINCT stay) FROM dues.dues"

        # What was told before, and is not handled yet, reaches the new code under the former name.
        found["during"] = of_release(during, "pending"), of_release(during, "migrate")
        of_release(during, "told docks")
        found["two"] = ask(dues)
        found["types"] = ask(
            "SELECT type, count(*) FROM quays.outbox WHERE type LIKE '%Stay%' GROUP BY 1 ORDER BY 1"
        )
        of_release(before, "told quays")
        found["three"] = ask(dues)

        found["waits"] = of_release(after, "pending")
        found["renamed"] = of_release(after, "migrate"), of_release(after, "pending"), schemas()
        of_release(during, "told docks")
        of_release(after, "told docks")
        found["five"] = ask(dues), ask("SELECT count(*) FROM docks.stays")
        found["ready"] = of_release(during, "pending")

        found["destroyed"] = of_release(after, "destroy"), schemas()
        of_release(after, "back docks")
        found["back"] = schemas(), ask("SELECT count(*) FROM quays.stays")
        of_release(during, "told docks")
        found["again"] = of_release(after, "destroy"), schemas()
        of_release(after, "told docks")
        found["seven"] = ask(dues), ask("SELECT count(*) FROM docks.stays")
    return found


if __name__ == "__main__":
    if sys.argv[2:]:
        result: object = main(*sys.argv[1:])
    else:
        result = step(sys.argv[1])
    sys.stdout.write(json.dumps(result, default=str))
