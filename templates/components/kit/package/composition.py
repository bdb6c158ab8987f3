"""A process is composed of parts: what each context brings, and what all of them stand on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from time import monotonic
from typing import Generic, TypeVar

from fastapi import APIRouter
from psycopg import OperationalError
from sqlalchemy import Table

from kit.background import Background, Loop, Periodic
from kit.bus import Bus
from kit.database import Database
from kit.messages import Consumers
from kit.metrics import Metrics
from kit.migrations import pending_on
from kit.relay import Policy, Relay
from kit.settings import CommonSettings

_WATCH_EVERY = timedelta(seconds=5)
_LOOK_AGAIN_SECONDS = 5.0

Check = Callable[[], Awaitable[None]]
"""Raises when what it looks at is not ready."""

Facade = TypeVar("Facade")


@dataclass(frozen=True, slots=True)
class Foundation:
    """What a context is wired on: its database, the handlers here, and who takes its messages.

    `consumers` are those of an outbox, here or elsewhere.
    """

    database: Database
    bus: Bus
    consumers: Consumers
    policy: Policy | None = None

    def relay(self, outbox: Table) -> Relay:
        """From a context's outbox to everybody's handlers."""
        return Relay(self.database, outbox, self.consumers, self.policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One context: its routes, the statuses of its errors, its work in the background.

    `prepare` is run when the process starts, before it serves; `observe` adds its metrics.
    """

    router: APIRouter
    statuses: Mapping[type[Exception], int] = field(default_factory=dict)
    relays: Sequence[Relay] = ()
    loops: Sequence[Loop] = ()
    periodic: Sequence[Periodic] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    prepare: Sequence[Callable[[], None]] = ()
    observe: Sequence[Callable[[Metrics], None]] = ()


@dataclass(frozen=True, slots=True)
class Wired(Generic[Facade]):
    """A context on its foundation: its part of the process, and what the rest may ask of it.

    The facade is None where there is nothing to ask.
    """

    part: Part
    facade: Facade


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What a process serves and runs. Nothing in it has connected to anything yet.

    What is `watched` is called every few seconds.
    """

    database: Database
    background: Background
    relays: Sequence[Relay]
    routers: Sequence[APIRouter]
    statuses: Mapping[type[Exception], int]
    checks: Mapping[str, Check]
    prepare: Sequence[Callable[[], None]]
    observe: Sequence[Callable[[Metrics], None]]
    watched: list[Callable[[], None]]
    close: Sequence[Callable[[], Awaitable[None]]] = ()

    @property
    def connections_at_most(self) -> int:
        """How many connections to the database one worker opens at most.

        2 * DATABASE_POOL_SIZE + 1 of the database, and one of each relay. Consumers, periodic work
        and checks take those of the database.
        """
        return self.database.connections_at_most + len(self.relays)


def open_database(settings: CommonSettings, application_name: str) -> Database:
    """The process's database; connects later."""
    return Database(
        settings.database_url.get_secret_value(),
        pool_size=settings.pool_size,
        application_name=application_name,
        statement_timeout_ms=settings.statement_timeout_ms,
        traced=bool(settings.otel_exporter_otlp_endpoint),
        prepared_statements=settings.database_prepared_statements,
    )


def compose(
    settings: CommonSettings,
    database: Database,
    parts: Sequence[Part],
    migrations: Check,
    close: Sequence[Callable[[], Awaitable[None]]] = (),
) -> Application:
    """The parts as one process; `close` is awaited at its end."""
    relays = [relay for part in parts for relay in part.relays]
    loops: list[Loop] = [*relays, *chain.from_iterable(part.loops for part in parts)]
    watched: list[Callable[[], None]] = []

    async def watch() -> None:
        for look in watched:
            look()

    periodic = [work for part in parts for work in part.periodic]
    keep = settings.keep_delivered_messages, settings.keep_parked_messages
    periodic += [purge for relay in relays for purge in relay.purges(*keep)]
    background = Background(loops, [*periodic, Periodic("watch", watch, _WATCH_EVERY)])

    async def loops_run() -> None:
        if failed := background.failed():
            raise RuntimeError(f"ended: {', '.join(failed)}")

    return Application(
        database=database,
        background=background,
        relays=relays,
        routers=[part.router for part in parts],
        statuses={error: status for part in parts for error, status in part.statuses.items()},
        checks={
            "database": database.ping,
            "migrations": migrations,
            "relays": loops_run,
            **{name: check for part in parts for name, check in part.checks.items()},
        },
        prepare=list(chain.from_iterable(part.prepare for part in parts)),
        observe=list(chain.from_iterable(part.observe for part in parts)),
        watched=watched,
        close=close,
    )


def migrated(database: Database, contexts: Sequence[str]) -> Check:
    """This release can work on every schema: it is at the newest revision, or ahead of it.

    Looked at again and again: a later release may apply what needs later code.
    """
    looked_at: float | None = None

    async def check() -> None:
        nonlocal looked_at
        if looked_at is not None and monotonic() - looked_at < _LOOK_AGAIN_SECONDS:
            return
        try:
            behind = await pending_on(database, contexts)
        except OperationalError:
            if looked_at is None:
                raise
            return  # it was right, and the database has a check of its own
        if behind:
            looked_at = None
            raise RuntimeError(f"not migrated: {', '.join(behind)}")
        looked_at = monotonic()

    return check
