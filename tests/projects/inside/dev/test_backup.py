"""A backup brings everything back, and one that is broken changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dev.backup import BackupError, back_up, restore
from dev.database import Roles, make
from dev.postgres import EmbeddedPostgres

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture(scope="module")
def roles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roles]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("pg"), durable=False) as server:
        yield make(server.url, "shop")


def put(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def names(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM things.named ORDER BY name")]


def test_what_was_backed_up_comes_back(roles: Roles, tmp_path: Path) -> None:
    url = roles.owner
    file = tmp_path / "a folder" / "ü.dump"
    put(
        url,
        "CREATE SCHEMA things",
        "CREATE TABLE things.named (name text PRIMARY KEY)",
        "INSERT INTO things.named VALUES ('first'), ('Zoë')",
    )
    back_up(url, file)
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        back_up(url, file)

    put(url, "DELETE FROM things.named", "CREATE SCHEMA later", "CREATE TABLE later.t ()")
    restore(roles, file)
    # The server's role may read what is new, too, from the first moment.
    assert names(roles.rows) == ["Zoë", "first"]
    with pytest.raises(psycopg.errors.UndefinedTable):
        put(url, "SELECT * FROM later.t")

    # Torn in the middle.
    torn = tmp_path / "torn.dump"
    torn.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(BackupError):
        restore(roles, torn)
    assert names(url) == ["Zoë", "first"]


def test_nothing_is_left_of_a_failed_backup(roles: Roles, tmp_path: Path) -> None:
    url = roles.owner
    with pytest.raises(BackupError, match="pg_dump"):
        back_up(url.replace("/shop", "/nothing"), tmp_path / "file")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        restore(roles, tmp_path / "file")
