"""What writes a migration, what lints it, and what tries the release before on it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import invalidate_caches
from pathlib import Path

import psycopg
import pytest

import kit.migrations
from dev.migration import complaints, write, written_for
from dev.previous import previous, unpack
from kit.migrations import oldest_code, pending, revisions, upgrade

NAME = "planted_tables"
FIRST = """
import sqlalchemy as sa
from alembic import op
revision = "0001"
down_revision = None

def upgrade() -> None:
    op.create_table(
        "things", sa.Column("id", sa.Integer, nullable=False), sa.Column("old", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_things"), schema="planted_tables",
    )
"""
SECOND = """
from alembic import op
revision = "0002"
down_revision = "0001"
{attributes}

def upgrade() -> None:
    op.execute("{statement}")
"""
TABLES = """
from sqlalchemy import Column, Integer, MetaData, Table, Text
metadata = MetaData(schema="planted_tables")
things = Table("things", metadata, Column("id", Integer, primary_key=True), {columns})
"""
DROPS = "ALTER TABLE planted_tables.things DROP COLUMN old"
BLOCKS = "CREATE INDEX ix_things_old ON planted_tables.things (old)"

Plant = Callable[..., None]


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """Makes a context with these columns, its first revision and perhaps another one."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def made(columns: str, second: str = "", *, first: bool = True) -> None:
        adapters = tmp_path / NAME / "adapters"
        versions = adapters / "migrations" / "versions"
        (versions if first else adapters).mkdir(parents=True)
        (tmp_path / NAME / "__init__.py").touch()
        (adapters / "__init__.py").touch()
        (adapters / "tables.py").write_text(TABLES.format(columns=columns))
        if first:
            (versions / "0001_things.py").write_text(FIRST)
        if second:
            (versions / "0002_second.py").write_text(second)
        invalidate_caches()

    kit.migrations.revisions.cache_clear()
    yield made
    kit.migrations.revisions.cache_clear()
    for module in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[module]


@pytest.fixture
def url(owner_url: str) -> Iterator[str]:
    """A database without the planted schema."""
    yield owner_url
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS planted_tables CASCADE")


@pytest.mark.postgres
def test_a_revision_that_adds_is_numbered_and_needs_nothing_more(plant: Plant, url: str) -> None:
    plant('Column("old", Text), Column("new", Text)', "")
    upgrade(url, [NAME])
    file = written_for(url, NAME, 'a "new" one', empty_too=False)
    assert file is not None
    assert file.name == "0002_a_new_one.py"
    kit.migrations.revisions.cache_clear()
    written = revisions(NAME)[-1]
    assert (written.revision, written.down_revision) == ("0002", "0001")
    assert oldest_code(written) is None
    assert complaints(NAME, written) == ""
    upgrade(url, [NAME])
    assert pending(url, [NAME]) == []
    assert written_for(url, NAME, "nothing", empty_too=False) is None
    assert written_for(url, NAME, "rows only", empty_too=True) is not None


@pytest.mark.postgres
def test_the_first_revision_of_a_context_makes_its_tables(plant: Plant, url: str) -> None:
    plant('Column("old", Text)', first=False)
    upgrade(url, [NAME])
    assert pending(url, [NAME]) == []
    file = written_for(url, NAME, "things", empty_too=False)
    assert file is not None
    assert file.name == "0001_things.py"
    kit.migrations.revisions.cache_clear()
    assert pending(url, [NAME]) == [NAME]
    upgrade(url, [NAME])
    assert written_for(url, NAME, "nothing", empty_too=False) is None


@pytest.mark.postgres
def test_a_revision_that_removes_says_what_to_record(plant: Plant, url: str) -> None:
    plant("", "")
    upgrade(url, [NAME])
    file = written_for(url, NAME, "without old", empty_too=False)
    assert file is not None
    assert "# - drops the column things.old" in file.read_text()
    kit.migrations.revisions.cache_clear()
    assert oldest_code(revisions(NAME)[-1]) == "0002"  # until somebody knows better


@pytest.mark.parametrize(
    ("statement", "attributes", "rule"),
    [
        (DROPS, "", "ban-drop-column"),
        (DROPS, "oldest_code = '0001'", ""),
        (BLOCKS, "", "require-concurrent-index-creation"),
        (BLOCKS, "oldest_code = '0001'", "require-concurrent-index-creation"),
        (BLOCKS, "squawk_ignore = {'require-concurrent-index-creation': 'ten rows'}", ""),
    ],
)
def test_the_lint_finds_what_would_harm(
    plant: Plant, statement: str, attributes: str, rule: str
) -> None:
    plant("", SECOND.format(statement=statement, attributes=attributes))
    found = complaints(NAME, revisions(NAME)[-1])
    assert rule in found
    assert bool(found) is bool(rule)


@pytest.mark.parametrize("arguments", [[], ["  "], ["something", "nowhere"]])
def test_what_cannot_be_written_is_refused(arguments: list[str]) -> None:
    assert write(arguments) == 2


def test_the_release_before_is_the_base_or_the_last_tag(tmp_path: Path) -> None:
    project = tmp_path / "repository" / "a project"
    project.mkdir(parents=True)

    def git(*arguments: str) -> None:
        me = ("-c", "user.name=me", "-c", "user.email=me@example.com")
        command = ("git", *me, *arguments)
        subprocess.run(command, cwd=project, check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch=main", str(project.parent))
    for text in ("first", "second"):
        (project / "file").write_text(text)
        git("add", ".")
        git("commit", "--quiet", "--message", text)
    assert previous(project, "") is None
    assert previous(project, "main") == "main"
    git("tag", "v2")  # this release is not the one before it
    assert previous(project, "") is None
    git("tag", "v1", "HEAD^")
    assert previous(project, "") == "v1"
    unpack(project, "v1", tmp_path / "code")
    assert (tmp_path / "code" / "file").read_text() == "first"
