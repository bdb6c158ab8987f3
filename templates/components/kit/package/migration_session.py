"""The connection that migrates: alone, never long in the way of others, and persistent.

A statement such as ALTER TABLE waits for the locks of whoever reads the table, and every later
reader queues behind it. So it waits for a moment only, lets the queue pass and tries again. And
what was added for new rows alone (NOT VALID) it validates as soon as no row breaks it.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, sleep
from typing import Self

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import NullPool

from kit.settings import options_of

_LOCK = 5_021_793_011  # any fixed number: two deployments that migrate at once take turns
_BLOCKERS = """
    SELECT pid, usename, application_name, state, extract(epoch FROM now() - xact_start)::float,
        left(regexp_replace(query, '\\s+', ' ', 'g'), 120)
    FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids(%s))
"""
# An index that is being built by somebody else is invalid, too, until it is ready.
_INVALID = """
    SELECT index.relname FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid
    WHERE index.relnamespace = to_regnamespace(quote_ident(%s)) AND index.relkind = 'i'
    AND NOT indisvalid
    AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid = indexrelid)
"""
_NAMED = 5
# What is not enforced (PostgreSQL 18) is never valid; before, there was no such column.
_UNVALIDATED = """
    SELECT relname, conname, pg_get_expr(conbin, conrelid)
    FROM pg_constraint AS known JOIN pg_class ON pg_class.oid = conrelid
    WHERE connamespace = to_regnamespace(quote_ident(%s)) AND contype IN ('c', 'f')
    AND NOT convalidated AND coalesce(to_jsonb(known) ->> 'conenforced', 'true') = 'true'
    ORDER BY relname, conname
"""
_BREAKING = "FROM {table} AS this WHERE NOT ({condition})"

_LATER = (errors.LockNotAvailable, errors.DeadlockDetected)

Say = Callable[[str], None]


class LockedError(Exception):
    """Others held what a migration needs for as long as it may wait; nothing is half done."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a migration waits: for one lock, between attempts, in all; and for one statement."""

    lock_timeout: timedelta = timedelta(seconds=1)
    pause: timedelta = timedelta(seconds=2)
    altogether: timedelta = timedelta(minutes=2)
    statement_timeout: timedelta = timedelta(minutes=15)

    @property
    def options(self) -> str:
        """The session's settings, as libpq's `options`; RESET returns to them."""
        settings = {
            "lock_timeout": self.lock_timeout,
            "statement_timeout": self.statement_timeout,
            # A migration that lost its network must not hold its locks for hours.
            "idle_in_transaction_session_timeout": timedelta(minutes=1),
        }
        return " ".join(
            f"-c {name}={round(value.total_seconds() * 1000)}" for name, value in settings.items()
        )


class MigrationSession:
    """One connection, while no other session migrates this database."""

    def __init__(self, url: str, connection: Connection, patience: Patience, say: Say) -> None:
        self.connection = connection
        self._url = url
        self._patience = patience
        self._say = say
        self._waited = 0.0

    def attempt(self, schema: str, change: Callable[[], None]) -> None:
        """Run `change` on the schema until it gets its locks; raises LockedError.

        It is run anew from the last revision that was committed.
        """
        while True:
            began = monotonic()
            with _Watch(self._url, self._backend(), self._patience.lock_timeout / 4) as watch:
                try:
                    self._drop_invalid_indexes(schema)
                    change()
                    self.connection.commit()
                except DBAPIError as error:
                    if not isinstance(error.orig, _LATER):
                        raise
                    waiting = " ".join((error.statement or "").split())
                else:
                    return
            self.connection.rollback()
            self._waited += monotonic() - began
            self._pause(f"{schema}: waited for a lock: {waiting}; {watch.blockers()}")

    def lock(self) -> None:
        """Wait until no other session migrates. Not within one statement: its snapshot would hold
        up a CREATE INDEX CONCURRENTLY of the session that it waits for."""
        taken = text("SELECT pg_try_advisory_lock(:key)")
        while not self.connection.execute(taken, {"key": _LOCK}).scalar_one():
            self.connection.rollback()
            self._pause("another process migrates this database")
        self.connection.commit()

    def unlock(self) -> None:
        """Let the next one migrate."""
        self.connection.rollback()
        self.connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
        self.connection.commit()

    def _pause(self, why: str) -> None:
        left = self._patience.altogether.total_seconds() - self._waited
        seconds = self._patience.pause.total_seconds()
        if left < seconds:
            raise LockedError(f"{why}; gave up after {self._waited:.0f} s")
        self._say(f"{why}; trying again in {seconds:g} s, for {left:.0f} s more")
        sleep(seconds)
        self._waited += seconds

    def _backend(self) -> int:
        pid = self.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        self.connection.commit()
        return int(pid)

    def _drop_invalid_indexes(self, schema: str) -> None:
        """What a CREATE INDEX CONCURRENTLY that failed has left: it slows every write, serves no
        query, and is in the way of the next attempt."""
        found = self.connection.exec_driver_sql(_INVALID, (schema,)).scalars().all()
        self.connection.commit()
        if not found:
            return
        alone = self.connection.execution_options(isolation_level="AUTOCOMMIT")
        try:
            for name in found:
                self._say(f"{schema}: drops the invalid index {name}")
                drop = sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}")
                alone.exec_driver_sql(drop.format(sql.Identifier(schema, name)).as_string())
            alone.commit()
        finally:
            self.connection.rollback()
            self.connection.execution_options(isolation_level="READ COMMITTED")


@contextmanager
def migrating(url: str, patience: Patience, say: Say) -> Iterator[MigrationSession]:
    """A session that migrates alone; waits for others that do."""
    with connected(url, patience.options) as connection:
        session = MigrationSession(url, connection, patience, say)
        session.lock()
        try:
            yield session
        finally:
            session.unlock()


@contextmanager
def connected(url: str, options: str = "") -> Iterator[Connection]:
    """A connection of SQLAlchemy's; `options` are added to those of the URL."""
    given = conninfo_to_dict(url)
    conninfo = make_conninfo(
        url,
        options=f"{options_of(url)} {options}".strip(),
        connect_timeout=str(given.get("connect_timeout", 10)),
    )
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(conninfo),
        poolclass=NullPool,
        hide_parameters=True,
    )
    with engine.connect() as connection:
        yield connection


class _Watch:
    """Notes who holds what a session waits for, while it waits: afterwards nobody can tell."""

    def __init__(self, url: str, pid: int, every: timedelta) -> None:
        self._url = url
        self._pid = pid
        self._every = every.total_seconds()
        self._done = threading.Event()
        self._found: list[str] = []
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def blockers(self) -> str:
        """Who was in the way when last looked."""
        return "held by " + ("; ".join(self._found) or "a session that has ended")

    def _look(self) -> None:
        # Without this knowledge it migrates as well.
        with suppress(psycopg.Error), psycopg.connect(self._url, autocommit=True) as connection:
            while not self._done.wait(self._every):
                if rows := connection.execute(_BLOCKERS, (self._pid,)).fetchall():
                    self._found = [_described(*row) for row in rows]


def _described(  # noqa: PLR0917 - a row
    pid: int, user: str, program: str, state: str | None, seconds: float | None, query: str
) -> str:
    since = "" if seconds is None else f" for {seconds:.0f} s"
    return f"process {pid} ({user}, {program or 'unnamed'}, {state or 'hidden'}{since}): {query}"


def validate(connection: Connection, context: str) -> tuple[str, ...]:
    """Validate what no row breaks; of the rest, a line for each that says which rows do."""
    found = connection.exec_driver_sql(_UNVALIDATED, (context,)).fetchall()
    connection.rollback()
    broken = (
        _validated(connection, (context, table), name, condition)
        for table, name, condition in found
    )
    return tuple(f"{context}: {said}" for said in broken if said)


def _validated(
    connection: Connection, table: tuple[str, str], name: str, condition: str | None
) -> str:
    """Why it cannot be valid; empty where it is now. Reads and writes go on meanwhile."""
    place = sql.Identifier(*table)
    if condition and (said := _broken(connection, place, condition)):
        return f"{name} holds for new rows of {table[1]} alone: {said}"
    statement = sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(place, sql.Identifier(name))
    try:
        connection.exec_driver_sql(statement.as_string())
    except IntegrityError as error:
        connection.rollback()
        cause = error.orig
        detail = cause.diag.message_detail if isinstance(cause, errors.IntegrityError) else None
        return f"{name} holds for new rows of {table[1]} alone: {detail or 'others break it'}"
    connection.commit()
    return ""


def _broken(connection: Connection, table: sql.Identifier, condition: str) -> str:
    breaking = sql.SQL(_BREAKING).format(table=table, condition=sql.SQL(condition)).as_string()
    # A percent sign begins a parameter.
    breaking = breaking.replace("%", "%%")
    number = connection.exec_driver_sql(f"SELECT count(*) {breaking}", ()).scalar_one()
    if not number:
        return ""
    first = f"SELECT to_jsonb(this) ->> 'id' {breaking} ORDER BY 1 LIMIT {_NAMED}"
    ids = connection.exec_driver_sql(first, ()).scalars().all()
    connection.rollback()
    named = ", ".join(str(each) for each in ids) + (", …" if number > len(ids) else "")
    rows = "1 row breaks" if number == 1 else f"{number} rows break"
    return f"{rows} it ({named}); correct them and migrate again"
