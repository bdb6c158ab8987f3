"""Alembic for several contexts in one database: a schema and a version table each.

Revisions of a context are numbered, 0001, 0002, …: so a release knows of a revision that it does
not have whether it is ahead. The version table also holds `oldest_code`, the lowest number whose
code still works, where a release that does not have the revision can read it. A revision says in
`loses` what it loses of the data, and is applied where that is asked for, or there are none yet;
and in `former_schema` what the schema is called up to there, where it gives it another name.
"""

import asyncio
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from alembic import command, context, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from kit.migration_session import (
    MigrationSession,
    Patience,
    Say,
    connected,
    migrating,
    validate,
)
from kit.provision import grants

if TYPE_CHECKING:
    from kit.database import Database

NONE = "0000"
"""Before the first revision."""

_VERSIONS = "alembic_version"
_THERE = f"""
    SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relname = '{_VERSIONS}' AND nspname = ANY(%s)
"""  # noqa: S608 - a constant
_FILES = "%(rev)s_%(slug)s"


class MigrationError(Exception):
    """This release and the database, or a revision and its neighbours, do not go together."""


class MissingExtensionError(MigrationError):
    """The server has no such extension; the message names the package that brings it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a context's schema is, seen from this release; `revision` is None before the first.

    `needed` is the last revision that the code needs: what loses data can wait. `broken` has a line
    for each constraint that holds for new rows alone, because others break it.
    """

    context: str
    revision: str | None
    head: str
    needed: str = NONE
    ahead: bool = False
    broken: tuple[str, ...] = ()

    @property
    def behind(self) -> bool:
        """Whether this release has something to apply that it needs."""
        return not self.ahead and int(self.revision or NONE) < int(self.needed)

    @property
    def held_back(self) -> Script | None:
        """The first revision that is left to apply and loses data."""
        left = () if self.ahead else revisions(self.context)
        at = int(self.revision or NONE)
        return next((each for each in left if int(each.revision) > at and loses(each)), None)

    def target(self, *, destructive: bool | None) -> str:
        """Up to where it may be brought; None: over what loses data where there are none yet."""
        held_back = self.held_back
        if held_back is None or destructive or (destructive is None and self.revision is None):
            return self.head
        return str(held_back.down_revision or NONE)


def run_env(metadata: MetaData) -> None:
    """What a context's `env.py` calls: run the revisions on the connection of kit.migrations."""
    config = context.config
    connection = config.attributes.get("connection")
    if connection is None and not context.is_offline_mode():
        raise RuntimeError("migrations run through kit.migrations, not through Alembic's command")
    context.configure(
        connection=connection,
        dialect_name=None if connection else "postgresql",
        literal_binds=connection is None,
        target_metadata=metadata,
        version_table_schema=config.attributes["schema"] or metadata.schema,
        include_schemas=True,
        include_name=lambda name, kind, _: kind != "schema" or name == metadata.schema,
        compare_type=True,
        compare_server_default=True,
        # A lock is held no longer than its revision takes, and what was applied is not repeated.
        transaction_per_migration=True,
        on_version_apply=_record_oldest_code,
    )
    with context.begin_transaction():
        context.run_migrations()


@contextmanager
def concurrently() -> Iterator[None]:
    """For CREATE INDEX CONCURRENTLY and its like, in a revision of their own: outside of a
    transaction, and without lock_timeout, because nobody queues behind them."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        try:
            yield
        finally:
            op.execute("RESET lock_timeout")


def require_extension(name: str, schema: str) -> str:
    """Make an extension in `schema` unless the database has it; give the schema where it is.

    A trusted one, such as pg_trgm, needs CREATE on the database, and no superuser. Raises
    MissingExtensionError.
    """
    if not op.get_context().as_sql:
        connection = op.get_bind()
        where = text("SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = :n")
        if found := connection.execute(where, {"n": name}).scalar():
            return str(found)
        there = text("SELECT 1 FROM pg_available_extensions WHERE name = :n")
        if connection.execute(there, {"n": name}).scalar() is None:
            raise MissingExtensionError(
                f"the server has no extension {name}: install PostgreSQL's additional modules"
                " (postgresql-contrib; on Debian in the package postgresql-<version>), then"
                " migrate again"
            )
    op.execute(f"CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {schema}")
    return schema


def _to_stderr(message: str) -> None:
    sys.stderr.write(f"{message}\n")


def upgrade(
    database_url: str,
    contexts: Sequence[str],
    *,
    rows: str | None = None,
    destructive: bool | None = None,
    patience: Patience | None = None,
    say: Say = _to_stderr,
) -> list[Standing]:
    """Bring every context's schema to the newest revision, each in a transaction of its own.

    The role `rows` may work on the rows of what is there then. A schema that is ahead is left
    alone; gives where each one is. What loses data ends the line before it, unless `destructive`,
    or there are no data yet; False: also then. What was added for new rows alone is validated where
    no row breaks it. Raises MigrationError, and LockedError.
    """
    with migrating(database_url, patience or Patience(), say) as session:
        standings = _standings(session.connection, contexts)
        for standing in standings:
            if standing.revision is None:
                _make_version_table(session.connection, schemas_of(standing.context)[-1])
            target = standing.target(destructive=destructive)
            for schema, _, to in _parts(standing.context, standing.revision or NONE, target):
                config = configuration(standing.context, session.connection, schema)
                session.attempt(schema, lambda: command.upgrade(config, to))  # noqa: B023 - called at once
        if rows is not None:
            rights = grants(rows, _schemas(contexts))
            session.attempt(rows, lambda: session.connection.exec_driver_sql(rights).close())
        return [_with_broken(session, each) for each in _standings(session.connection, contexts)]


def _with_broken(session: MigrationSession, standing: Standing) -> Standing:
    broken: list[str] = []
    schema = schemas_of(standing.context)[0]

    def look() -> None:
        broken[:] = validate(session.connection, schema)

    session.attempt(schema, look)
    return replace(standing, broken=tuple(broken))


def downgrade(database_url: str, contexts: Sequence[str], revision: str = "base") -> None:
    """Take every context's schema back to `revision`, the last context first."""
    goal = NONE if revision == "base" else revision
    with migrating(database_url, Patience(), _to_stderr) as session:
        for standing in reversed(_standings(session.connection, contexts)):
            parts = _parts(standing.context, goal, standing.revision or NONE)
            for schema, to, _ in reversed([*parts]):
                config = configuration(standing.context, session.connection, schema)
                session.attempt(schema, lambda: command.downgrade(config, to.replace(NONE, "base")))  # noqa: B023 - called at once


def standings(database_url: str, contexts: Sequence[str]) -> list[Standing]:
    """Where each context's schema is. Raises MigrationError where this release cannot work on it:
    the revision is unknown and not ahead, or needs newer code."""
    with connected(database_url) as connection:
        return _standings(connection, contexts)


def pending(database_url: str, contexts: Sequence[str]) -> list[str]:
    """The contexts that have revisions to apply; raises as `standings`."""
    return [each.context for each in standings(database_url, contexts) if each.behind]


async def pending_on(database: "Database", contexts: Sequence[str]) -> list[str]:
    """As `pending`, for a process that has the database."""
    # Revisions are read from files, the first time.
    schemas = await asyncio.to_thread(_schemas, contexts)
    there = await database.ask(_THERE.encode(), (schemas,))
    rows = await database.ask(_versions_of([name for (name,) in there]).encode()) if there else []
    return [each.context for each in _each_standing(rows, contexts) if each.behind]


def _record_oldest_code(
    ctx: MigrationContext, step: object, heads: Collection[str], run_args: object
) -> None:
    del step, run_args  # Alembic passes them by name
    if ctx.connection is None or ctx.script is None or ctx.as_sql:
        return
    applied = ctx.script.iterate_revisions(tuple(heads), "base") if heads else ()
    numbers = [int(oldest) for each in applied if (oldest := oldest_code(each))]
    ctx.connection.execute(
        text(f'UPDATE "{ctx.version_table_schema}".{_VERSIONS} SET oldest_code = :oldest'),  # noqa: S608 - a context's name
        {"oldest": max(numbers, default=None)},
    )


def configuration(name: str, connection: Connection | None = None, schema: str = "") -> Config:
    """Alembic's for a context; without connection it renders SQL. `schema`: of its versions."""
    place = location(name)
    own = place.joinpath("env.py").is_file()
    environment = place if own else files("kit") / "migration_environment"
    config = Config()
    config.set_main_option("script_location", str(environment).replace("%", "%%"))
    config.set_main_option("version_locations", str(place / "versions").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["context"] = name
    config.set_main_option("file_template", _FILES.replace("%", "%%"))
    config.attributes.update(connection=connection, schema=schema)
    return config


def location(name: str) -> Traversable:
    """The folder of a context's migrations; raises MigrationError where it has no package."""
    try:
        return files(f"{name}.adapters") / "migrations"
    except ModuleNotFoundError as error:
        raise MigrationError(
            f"{name}: there is no package {error.name}, and it is a context of this project:"
            " docs/add-a-context.md says what belongs into it"
        ) from error


@cache
def revisions(name: str) -> tuple[Script, ...]:
    """A context's revisions, the first one first, if it has any; raises MigrationError unless they
    are numbered in one line."""
    script = ScriptDirectory.from_config(configuration(name))
    if len(script.get_heads()) > 1:
        raise MigrationError(f"{name}: revisions have to follow each other: {script.get_heads()}")
    line = tuple(reversed(list(script.walk_revisions())))
    before = 0
    for each in line:
        if not (each.revision.isdecimal() and int(each.revision) > before):
            raise MigrationError(f"{each.path}: its revision has to be a number over {before}")
        before = int(each.revision)
        oldest = oldest_code(each) or each.revision
        if not (oldest.isdecimal() and int(oldest) <= before):
            raise MigrationError(f"{each.path}: oldest_code has to be a number up to its own")
    return line


def schemas_of(name: str) -> tuple[str, ...]:
    """What a context's schema is called, then what it was called before, the last name first."""
    return tuple(dict.fromkeys(schema for schema, _ in reversed(_line(name))))


def _line(name: str) -> tuple[tuple[str, str], ...]:
    """The names of a context's schema, each with the last revision that is applied under it."""
    schema = name
    with suppress(ModuleNotFoundError):  # an `env.py` of its own may know other tables
        schema = str(import_module(f"{name}.adapters.tables").metadata.schema)
    renaming = (each for each in revisions(name) if hasattr(each.module, "former_schema"))
    former = ((str(each.module.former_schema), each.revision) for each in renaming)
    return (*former, (schema, head_of(name)))


def _parts(name: str, low: str, high: str) -> Iterator[tuple[str, str, str]]:
    """The schemas that revisions after `low` and up to `high` are applied in, each with its own."""
    begin = NONE
    for schema, last in _line(name):
        after, to = max(low, begin, key=int), min(high, last, key=int)
        if int(after) < int(to):
            yield schema, after, to
        begin = last


def _schemas(contexts: Sequence[str]) -> list[str]:
    return [schema for name in contexts for schema in schemas_of(name)]


def oldest_code(revision: Script) -> str | None:
    """What a revision records as the lowest number whose code still works with it."""
    recorded = getattr(revision.module, "oldest_code", None)
    return None if recorded is None else str(recorded)


def loses(revision: Script) -> tuple[str, ...]:
    """What a revision loses of the data, in words."""
    return tuple(getattr(revision.module, "loses", ()))


def head_of(name: str) -> str:
    return next((each.revision for each in reversed(revisions(name))), NONE)


def _standings(connection: Connection, contexts: Sequence[str]) -> list[Standing]:
    there = connection.exec_driver_sql(_THERE, (_schemas(contexts),)).scalars().all()
    rows = connection.exec_driver_sql(_versions_of(there)).all() if there else []
    connection.rollback()
    return _each_standing(rows, contexts)


def _versions_of(schemas: Sequence[str]) -> str:
    """What asks for the revision and the oldest code that each version table holds."""
    return " UNION ALL ".join(
        f"SELECT '{name}', version_num, oldest_code FROM \"{name}\".{_VERSIONS}"  # noqa: S608 - a context's name
        for name in schemas
    )


def _each_standing(rows: Sequence[Sequence[Any]], contexts: Sequence[str]) -> list[Standing]:
    found = {schema: (revision, oldest) for schema, revision, oldest in rows}
    named = ((name, next(filter(found.get, schemas_of(name)), "")) for name in contexts)
    return [_standing(name, *found.get(schema, (None, None))) for name, schema in named]


def _standing(name: str, revision: str | None, oldest: int | None) -> Standing:
    head = head_of(name)
    if revision is None or revision in {each.revision for each in revisions(name)}:
        needed = [each.revision for each in revisions(name) if not loses(each)]
        return Standing(name, revision, head, needed[-1] if needed else NONE)
    if not (revision.isdecimal() and int(revision) > int(head)):
        raise MigrationError(
            f"{name}: the database is at the revision {revision!r}, which is neither in this"
            f" release, which ends at {head}, nor after it: whose is it?"
        )
    if oldest is not None and oldest > int(head):
        raise MigrationError(
            f"{name}: the database is at the revision {revision}, which needs code of {oldest:04}"
            f" or later; this release ends at {head}"
        )
    return Standing(name, revision, head, ahead=True)


def _make_version_table(connection: Connection, schema: str) -> None:
    """As Alembic would, with a column of ours."""
    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
    connection.execute(
        text(
            f'CREATE TABLE IF NOT EXISTS "{schema}".{_VERSIONS} (version_num varchar(32)'
            f" CONSTRAINT {_VERSIONS}_pkc PRIMARY KEY, oldest_code integer)"
        )
    )
    connection.commit()
