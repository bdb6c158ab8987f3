"""The migrations of contexts on MySQL make what the code expects, and can be taken back."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import inspect

from app import ON_MYSQL
from dev.mariadb import scratch_url
from kit.migrations import revisions
from kit.mysql.migrations import differences, drop, migrate, on_database, upgrade

pytestmark = pytest.mark.mysql
NAMES = [name for name in ON_MYSQL if revisions(name)]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with scratch_url(tmp_path_factory.mktemp("mariadb")) as found:
        yield found
        drop(found, NAMES)


def tables(url: str, name: str) -> set[str]:
    found: set[str] = set()
    on_database(url, name, lambda connection: found.update(inspect(connection).get_table_names()))
    return found - {"alembic_version"}


@pytest.mark.parametrize("name", NAMES)
def test_tables_and_migrations_agree(url: str, name: str) -> None:
    upgrade(url, [name])
    found: list[Any] = []
    metadata = import_module(f"{name}.adapters.tables").metadata
    on_database(url, name, lambda connection: found.extend(differences(connection, metadata)))
    assert found == []


@pytest.mark.parametrize("name", NAMES)
def test_every_migration_goes_down_and_up_again(url: str, name: str) -> None:
    upgrade(url, [name])
    made = tables(url, name)
    assert made
    migrate(url, name, "base")
    assert tables(url, name) == set()
    upgrade(url, [name])
    assert tables(url, name) == made
