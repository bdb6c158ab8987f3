"""Releases and the schema that they share, on a package of revisions that each test plants."""

import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib import invalidate_caches
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from psycopg import sql

import kit.composition
from kit.composition import migrated
from kit.database import Database
from kit.migrate import migrate
from kit.migration_session import LockedError, Patience, connected
from kit.migrations import (
    MigrationError,
    MissingExtensionError,
    downgrade,
    pending,
    require_extension,
    standings,
    upgrade,
)

pytestmark = pytest.mark.postgres

ENV = """
from sqlalchemy import MetaData
from kit.migrations import run_env
run_env(MetaData(schema={schema!r}))
"""
REVISION = """
from alembic import op
from kit.migrations import concurrently
revision = {revision!r}
down_revision = {before!r}
{recorded}

def upgrade():
    {up}

def downgrade():
    op.execute("DROP TABLE IF EXISTS {schema}.things")
"""
FIRST = 'op.execute("CREATE TABLE {schema}.things (id integer PRIMARY KEY, old integer)")'
ADDITIVE = 'op.execute("ALTER TABLE {schema}.things ADD COLUMN new integer")'
DESTRUCTIVE = 'op.execute("ALTER TABLE {schema}.things DROP COLUMN old")'
LOSES = "loses = ('the column old',)"
MORE = 'op.execute("CREATE TABLE {schema}.more ()")'
CHECK = 'op.execute("ALTER TABLE {schema}.things ADD CONSTRAINT small CHECK (old < 9) NOT VALID")'
INDEX = (
    "with concurrently():\n        op.execute("
    '"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix_things_new ON {schema}.things (new)")'
)
SHORT = Patience(
    lock_timeout=timedelta(milliseconds=50),
    pause=timedelta(milliseconds=20),
    altogether=timedelta(milliseconds=300),
)


class Releases:
    """A context of its own in the shared database; each release has the revisions up to its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.schema = f"planted_{uuid4().hex[:8]}"
        self.url = url
        self.said: list[str] = []
        self._folder = folder

    def release(self, *changes: str, recorded: Sequence[str] = (), first: int = 1) -> str:
        """A package with these revisions; its name is the schema, and the package is made anew."""
        for module in [name for name in sys.modules if name.startswith(self.schema)]:
            del sys.modules[module]
        migrations = self._folder / self.schema / "adapters" / "migrations"
        versions = migrations / "versions"
        versions.mkdir(parents=True, exist_ok=True)
        for package in (migrations.parents[1], migrations.parent):
            (package / "__init__.py").touch()
        (migrations / "env.py").write_text(ENV.format(schema=self.schema))
        (migrations / "script.py.mako").touch()
        for file in versions.glob("*.py"):
            file.unlink()
        before = None
        notes = dict(enumerate(recorded))
        for at, change in enumerate(changes):
            revision = f"{first + at:04}"
            text = REVISION.format(
                revision=revision,
                before=before,
                recorded=notes.get(at, ""),
                up=change.format(schema=self.schema),
                schema=self.schema,
            )
            (versions / f"{revision}_planted.py").write_text(text)
            before = revision
        invalidate_caches()
        kit.migrations.revisions.cache_clear()
        return self.schema

    def upgrade(self, patience: Patience = SHORT) -> None:
        """As `migrate` of the release that was made last."""
        upgrade(self.url, [self.schema], patience=patience, say=self.said.append)

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """What the database answers."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement.format(schema=self.schema).encode()).fetchall()


@pytest.fixture
def planted(tmp_path: Path, owner_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Releases]:
    """No release yet."""
    monkeypatch.syspath_prepend(str(tmp_path))
    releases = Releases(tmp_path, owner_url)
    yield releases
    kit.migrations.revisions.cache_clear()
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {releases.schema} CASCADE".encode())


async def test_a_release_rolls_back_after_an_additive_migration(
    planted: Releases, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.release(FIRST, ADDITIVE)
    planted.upgrade()
    schema = planted.release(FIRST)
    database = Database(planted.url)
    await migrated(database, [schema])()
    await database.close()
    assert pending(planted.url, [schema]) == []
    assert migrate(planted.url, planted.url, [schema]) == 0
    assert "is at 0002, ahead of this release, which ends at 0001" in capsys.readouterr().out
    assert planted.ask("SELECT version_num FROM {schema}.alembic_version") == [("0002",)]


async def test_a_destructive_migration_stops_the_code_that_it_would_break(
    planted: Releases, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kit.composition, "_LOOK_AGAIN_SECONDS", 0)
    schema = planted.release(FIRST)
    planted.upgrade()
    database = Database(planted.url)
    running = migrated(database, [schema])  # a process that serves through the release of others
    await running()

    planted.release(FIRST, ADDITIVE, DESTRUCTIVE, recorded=["", "", "oldest_code = '0002'"])
    planted.upgrade()
    planted.release(FIRST, ADDITIVE)
    assert pending(planted.url, [schema]) == []  # this one no longer uses the column
    planted.release(FIRST)
    with pytest.raises(MigrationError, match=r"needs code of 0002 or later; .* ends at 0001"):
        await running()
    await database.close()
    assert migrate(planted.url, planted.url, [schema]) == 1
    assert "needs code of 0002 or later" in capsys.readouterr().err


def test_what_was_recorded_is_forgotten_on_the_way_back(planted: Releases) -> None:
    recorded = ["", "oldest_code = '0002'"]
    schema = planted.release(FIRST, DESTRUCTIVE, recorded=recorded)
    planted.upgrade()
    assert planted.ask("SELECT oldest_code FROM {schema}.alembic_version") == [(2,)]
    planted.release(FIRST, DESTRUCTIVE, ADDITIVE, recorded=recorded)
    planted.upgrade()
    assert planted.ask("SELECT oldest_code FROM {schema}.alembic_version") == [(2,)]
    upgraded = standings(planted.url, [schema])
    assert [(each.revision, each.behind) for each in upgraded] == [("0003", False)]
    downgrade(planted.url, [schema])
    planted.release(FIRST)
    assert pending(planted.url, [schema]) == [schema]


def test_what_loses_data_waits_until_it_is_asked_for(
    planted: Releases, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = planted.release(FIRST)
    planted.upgrade()
    planted.release(FIRST, ADDITIVE, DESTRUCTIVE, recorded=["", "", LOSES])
    assert migrate(planted.url, planted.url, [schema]) == 0
    assert "0003 is not applied, because it loses the column old" in capsys.readouterr().out
    assert pending(planted.url, [schema]) == []  # the release works without
    assert migrate(planted.url, planted.url, [schema], destructive=True) == 0
    assert planted.ask("SELECT version_num FROM {schema}.alembic_version") == [("0003",)]
    assert "not applied" not in capsys.readouterr().out


def test_what_comes_after_a_loss_waits_for_it(
    planted: Releases, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = planted.release(FIRST)
    planted.upgrade()
    planted.release(FIRST, DESTRUCTIVE, MORE, recorded=["", LOSES])
    assert migrate(planted.url, planted.url, [schema]) == 1
    assert "0003, which this release needs, after it" in capsys.readouterr().err
    assert pending(planted.url, [schema]) == [schema]


def test_a_database_without_rows_has_nothing_to_lose(planted: Releases) -> None:
    schema = planted.release(FIRST, DESTRUCTIVE, recorded=["", LOSES])
    upgrade(planted.url, [schema], destructive=False)
    assert [each.revision for each in standings(planted.url, [schema])] == ["0001"]
    downgrade(planted.url, [schema])
    planted.upgrade()
    assert [each.revision for each in standings(planted.url, [schema])] == ["0002"]


def test_a_constraint_for_new_rows_is_validated_when_no_row_breaks_it(
    planted: Releases, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = planted.release(FIRST)
    planted.upgrade()
    planted.ask("INSERT INTO {schema}.things (id, old) VALUES (1, 1), (2, 50) RETURNING 1")
    planted.release(FIRST, CHECK)
    valid = "SELECT convalidated FROM pg_constraint WHERE conname = 'small'"
    assert migrate(planted.url, planted.url, [schema]) == 3
    assert "small holds for new rows of things alone: 1 row breaks it (2)" in (
        capsys.readouterr().err
    )
    assert planted.ask(f"{valid} AND conrelid = '{schema}.things'::regclass") == [(False,)]
    assert pending(planted.url, [schema]) == []
    planted.ask("UPDATE {schema}.things SET old = 5 WHERE id = 2 RETURNING 1")
    assert migrate(planted.url, planted.url, [schema]) == 0
    assert planted.ask(f"{valid} AND conrelid = '{schema}.things'::regclass") == [(True,)]


@pytest.mark.parametrize("unknown", ["0000", "5f2c", ""])
def test_any_other_unknown_revision_is_an_error_that_names_it(
    planted: Releases, capsys: pytest.CaptureFixture[str], unknown: str
) -> None:
    schema = planted.release(FIRST)
    planted.upgrade()
    with psycopg.connect(planted.url, autocommit=True) as connection:
        version = sql.Identifier(schema, "alembic_version")
        update = sql.SQL("UPDATE {} SET version_num = %s").format(version)
        connection.execute(update, (unknown,))
    with pytest.raises(MigrationError, match=f"at the revision '{unknown}'"):
        pending(planted.url, [schema])
    assert migrate(planted.url, planted.url, [schema]) == 1
    assert f"{schema}: the database is at the revision '{unknown}'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("first", "recorded", "complaint"),
    [
        (1, ["", "oldest_code = '0003'"], "oldest_code has to be a number up to its own"),
        (1, ["", "oldest_code = 'newest'"], "oldest_code has to be a number up to its own"),
        (0, [], "its revision has to be a number over 0"),
    ],
)
def test_revisions_that_cannot_be_compared_are_refused(
    planted: Releases, first: int, recorded: list[str], complaint: str
) -> None:
    schema = planted.release(FIRST, ADDITIVE, recorded=recorded, first=first)
    with pytest.raises(MigrationError, match=complaint):
        pending(planted.url, [schema])


def test_a_migration_behind_a_reader_gives_up_and_lets_reads_pass(planted: Releases) -> None:
    planted.release(FIRST)
    planted.upgrade()
    planted.release(FIRST, ADDITIVE)
    failed: list[Exception] = []

    def attempt() -> None:
        try:
            planted.upgrade(replace(SHORT, altogether=timedelta(seconds=4)))
        except LockedError as error:
            failed.append(error)

    with psycopg.connect(planted.url, application_name="report") as reader:
        reader.execute(f"SELECT FROM {planted.schema}.things".encode())
        migration = threading.Thread(target=attempt)
        migration.start()
        with psycopg.connect(planted.url, autocommit=True) as other:
            # Each would wait for the reader's end if the migration kept its place in the queue.
            other.execute("SET statement_timeout = '5s'")
            while migration.is_alive():
                other.execute(f"SELECT FROM {planted.schema}.things".encode())
        pid = reader.info.backend_pid
    message = str(failed[0])
    assert f"ADD COLUMN new integer; held by process {pid} (" in message
    assert "report, idle in transaction" in message
    assert "trying again" in planted.said[0]
    planted.upgrade()  # the reader is gone
    assert planted.ask("SELECT new FROM {schema}.things") == []


def test_what_was_applied_before_the_lock_is_not_applied_again(planted: Releases) -> None:
    schema = planted.release(FIRST)
    planted.upgrade()
    planted.release(FIRST, MORE, ADDITIVE)
    with psycopg.connect(planted.url) as reader:
        reader.execute(f"SELECT FROM {planted.schema}.things".encode())
        with pytest.raises(LockedError):
            planted.upgrade()
        assert [each.revision for each in standings(planted.url, [schema])] == ["0002"]
    planted.upgrade()
    assert pending(planted.url, [schema]) == []


def test_an_index_is_made_concurrently_and_anew_after_a_failure(planted: Releases) -> None:
    planted.release(FIRST, ADDITIVE)
    planted.upgrade()
    planted.ask("INSERT INTO {schema}.things (id, new) VALUES (1, 1), (2, 1) RETURNING 1")
    planted.release(FIRST, ADDITIVE, INDEX)
    with pytest.raises(Exception, match="could not create unique index"):
        planted.upgrade()
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = '{schema}.ix_things_new'::regclass"
    assert planted.ask(valid) == [(False,)]
    planted.ask("DELETE FROM {schema}.things WHERE id = 2 RETURNING 1")
    planted.upgrade()
    assert planted.ask(valid) == [(True,)]
    assert planted.said[-1].endswith("drops the invalid index ix_things_new")
    assert planted.ask("SELECT version_num FROM {schema}.alembic_version") == [("0003",)]


def test_two_that_migrate_at_once_take_turns_without_a_statement_that_waits(
    planted: Releases,
) -> None:
    planted.release(FIRST)
    with psycopg.connect(planted.url) as other:
        other.execute("SELECT pg_advisory_lock(5021793011)")
        other.commit()
        with pytest.raises(LockedError, match="another process migrates this database"):
            planted.upgrade()
        assert planted.said


def test_a_server_without_an_extension_is_told_which_package_brings_it(database_url: str) -> None:
    with connected(database_url) as connection:
        revision = MigrationContext.configure(connection)
        with (
            Operations.context(revision),
            pytest.raises(MissingExtensionError, match="postgresql-contrib"),
        ):
            require_extension("no_such_extension", "public")
