"""Run by a project's Python: three releases of services, a context of which is renamed.

Its arguments are the folders of the releases: before, with the former name, and after it was taken
out. What a release runs as `make dev` does is on the state of the one before; beside it, code of
another release works on the same database. What is found is printed as JSON, by name.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

READY_SECONDS = 120.0
QUIET_SECONDS = 1.0
DUES = "SELECT count(*), count(DISTINCT stay) FROM dues.dues"
DAYS = count()


def serve() -> int:
    """What `make dev` does; the environment of each service is kept, for code beside it."""
    main: Any = import_module("dev.__main__")
    stack: Any = import_module("dev.stack")
    folder = Path(os.environ["DEV_STATE"])

    class Kept(stack.Stack):  # type: ignore[misc]
        def settings(self, service: str, database_url: str) -> object:
            here = super().settings(service, database_url)
            (folder / f"{service}.json").write_text(json.dumps(dict(here)))
            return here

    main.Stack = Kept
    return int(main.main())


def ask(service: str, statement: str) -> list[list[Any]]:
    """What a statement finds in a service's database."""
    import psycopg  # type: ignore[import-not-found]  # noqa: PLC0415 - of the project's own

    url = json.loads((Path(os.environ["DEV_STATE"]) / f"{service}.json").read_text())
    with psycopg.connect(url["DATABASE_URL"], autocommit=True) as connection:
        return [list(row) for row in connection.execute(statement.encode()).fetchall()]


async def stay(context: str, day: int, *, relayed: bool) -> None:
    """Make a berth and a stay with the code of this release, and perhaps tell others of it."""
    from kit.database import SqlTransactions  # type: ignore[import-not-found]  # noqa: PLC0415
    from kit.settings import load  # type: ignore[import-not-found]  # noqa: PLC0415 - the same

    composition = import_module("quays_service.composition")
    work = import_module(f"{context}.adapters.transactions").SqlWork
    berths, stays = (import_module(f"{context}.domain.{name}") for name in ("berth", "stay"))
    application = composition.build(load(composition.Settings))
    database = application.database
    await database.open()
    now = datetime.now(UTC)
    async with SqlTransactions(database, work)() as unit:
        berth, made = berths.Berth.create(uuid4(), berths.NewBerth(name="Elba"), now)
        await unit.berths.add(berth)
        unit.publish(made)
    async with SqlTransactions(database, work)() as unit:
        lands = date.fromordinal(date(2027, 3, 1).toordinal() + day)
        one, made = stays.Stay.create(uuid4(), stays.NewStay(berth=berth.id, lands=lands), now)
        await unit.stays.add(one)
        unit.publish(made)
    for relay in application.relays if relayed else ():
        while await relay.run_once():
            pass
    await database.close()


def path_of(folder: str) -> str:
    sources = sorted(str(path) for path in Path(folder).glob("*/*/src"))
    return os.pathsep.join([*sources, folder])


def of_release(folder: str, *step: str, **variables: str) -> None:
    """Run a step with the code of a release."""
    done = subprocess.run(
        [sys.executable, *step],
        env={**os.environ, **variables, "PYTHONPATH": path_of(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{folder}: {step}: {done.stdout}{done.stderr}")


def settings() -> dict[str, str]:
    """The environment of the service, and where the broker is that `make dev` has started."""
    state = Path(os.environ["DEV_STATE"])
    found: dict[str, str] = json.loads((state / "quays.json").read_text())
    address = state / "kafka/address"
    return found | {
        "KAFKA_BOOTSTRAP_SERVERS": address.read_text() if address.exists() else "nowhere:9"
    }


def beside(folder: str, step: str, context: str) -> None:
    """Run a step with the code of a release, in the environment of the service that runs."""
    of_release(folder, __file__, step, context, str(next(DAYS)), **settings())


@contextlib.contextmanager
def running(folder: str) -> Iterator[str]:
    """The base URL of a release that runs as `make dev` runs it."""
    from dev.exclusive import free_port  # type: ignore[import-not-found]  # noqa: PLC0415

    port = free_port()
    log = Path(os.environ["DEV_STATE"]) / "log"
    settings = {"PORT": str(port), "RELOAD": "0", "LOG_FORMAT": "json"}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, __file__, "serve"],
            env={**os.environ, **settings, "PYTHONPATH": path_of(folder)},
            cwd=folder,
            stdout=file,
            stderr=file,
        )
    try:
        until(lambda: "Ready in" in log.read_text() or process.poll() is not None, log)
        if process.poll() is not None:
            raise RuntimeError(log.read_text()[-6000:])
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def until(holds: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(log.read_text()[-6000:])
        time.sleep(0.1)


def dues(wanted: int) -> list[list[Any]]:
    """Dues, and the stays that they are for, once there are so many and no more come."""
    until(lambda: ask("dues", DUES)[0][1] >= wanted, Path(os.environ["DEV_STATE"]) / "log")
    time.sleep(QUIET_SECONDS)
    return ask("dues", DUES)


def names(base: str, path: str) -> list[str]:
    with urlopen(f"{base}{path}") as answer:  # noqa: S310 - of this machine
        return [row["name"] for row in json.load(answer)["items"]]


def schemas() -> list[object]:
    found = "SELECT nspname FROM pg_namespace WHERE nspname IN ('quays', 'docks') ORDER BY 1"
    return [name for (name,) in ask("quays", found)]


def main(before: str, during: str, after: str) -> dict[str, object]:
    found: dict[str, object] = {}
    with running(before):
        beside(before, "told", "quays")
        found["before"] = dues(1)
    # Nobody has told of it when the release ends.
    make = ("-m", "dev.database", "--database", "quays", sys.executable, __file__)
    stopped = settings()
    del stopped["DATABASE_URL"]
    of_release(before, *make, "stay", "quays", str(next(DAYS)), **stopped)
    with running(during) as base:
        found["waited"] = dues(2)
        beside(during, "stay", "docks")
        found["during"] = dues(3)
        beside(before, "told", "quays")
        found["beside"] = dues(4)
        found["rows"] = names(base, "/v1/docks/berths")
        found["told"] = ask(
            "quays", "SELECT split_part(type, '.', 1), count(*) FROM quays.outbox GROUP BY 1"
        )
    with running(after) as base:
        found["schemas"] = schemas()
        beside(after, "stay", "docks")
        found["after"] = dues(5)
        beside(during, "stay", "docks")
        found["six"] = dues(6)
        found["left"] = names(base, "/v1/docks/berths")
    return found


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            sys.exit(serve())
        case ["stay" | "told" as step, context, day]:
            asyncio.run(stay(context, int(day), relayed=step == "told"))
        case [before, during, after]:
            with TemporaryDirectory() as folder:
                os.environ |= {"DEV_STATE": folder, "ENVIRONMENT": "development"}
                sys.stdout.write(json.dumps(main(before, during, after), default=str))
