"""The embedded PostgreSQL: private, deterministic, and gone when its starter is."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import dev.postgres
from dev.postgres import EmbeddedPostgres, PostgresError, find_binaries
from tests.dev.endings import still_running

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
ROOT = Path(dev.postgres.__file__).parents[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    folder = tmp_path_factory.mktemp("pg") / "with a space and ü"
    with EmbeddedPostgres(folder, durable=False) as running:
        directory = Path(ask(running.url, "SHOW data_directory"))
        yield running
    assert not directory.exists(), "data of tests are removed"


def ask(url: str, statement: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return str(row[0])


def postmaster(url: str) -> int:
    directory = ask(url, "SHOW data_directory")
    return int((Path(directory) / "postmaster.pid").read_text(encoding="utf-8").split()[0])


def test_it_listens_on_loopback_only_and_wants_its_password(server: EmbeddedPostgres) -> None:
    assert ask(server.url, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(server.url, "SHOW unix_socket_directories") == ""
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url, password="wrong")


def test_its_secrets_are_private(server: EmbeddedPostgres) -> None:
    for name in ("password", "url"):
        assert (server.data_directory / name).stat().st_mode & 0o077 == 0
    assert ask(server.url, "SELECT 'x'") == "x"
    password = (server.data_directory / "password").read_text(encoding="ascii")
    assert password not in " ".join(server.command)


def test_text_sorts_the_same_everywhere(server: EmbeddedPostgres) -> None:
    statement = "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{b,B,a,Ä}'::text[]) x"
    assert ask(server.url, statement) == "BabÄ"
    assert ask(server.url, "SELECT lower('ÄÖ')") == "äö"
    assert ask(server.url, "SHOW timezone") == "UTC"


def test_a_database_is_made_once(server: EmbeddedPostgres) -> None:
    url = server.database("a name")
    assert server.database("a name") == url
    assert ask(url, "SELECT current_database()") == "a name"


def test_one_folder_serves_one_starter(
    monkeypatch: pytest.MonkeyPatch, server: EmbeddedPostgres
) -> None:
    monkeypatch.setattr(dev.postgres, "LOCK_SECONDS", 0.1)
    second = EmbeddedPostgres(server.data_directory, durable=False)
    with pytest.raises(PostgresError, match="in use"):
        second.start()
    second.stop()
    assert (server.data_directory / "url").read_text(encoding="ascii") == server.url


def test_durable_data_survives_a_restart_a_killed_server_and_a_killed_watchdog(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "pg"
    with EmbeddedPostgres(folder, durable=True) as first:
        with psycopg.connect(first.url) as connection:
            connection.execute("CREATE TABLE kept (value int)")
        os.kill(postmaster(first.url), signal.SIGKILL)
    with EmbeddedPostgres(folder, durable=True) as second:
        assert ask(second.url, "SELECT count(*) FROM kept") == "0"
        directory = Path(ask(second.url, "SHOW data_directory"))
    assert not (folder / "url").exists()

    # A lock file that names a process which is none of PostgreSQL's does not keep it from starting.
    (directory / "postmaster.pid").write_text(f"{os.getpid()}\n{directory}\n", encoding="utf-8")
    with EmbeddedPostgres(folder, durable=True) as third:
        assert ask(third.url, "SELECT count(*) FROM kept") == "0"
        if sys.platform == "linux":  # where the kernel helps to end the server with its watchdog
            pid = postmaster(third.url)
            assert third._process is not None
            third._process.kill()
            assert still_running([pid]) == set()

    (directory / "PG_VERSION").write_text("9\n", encoding="ascii")
    with pytest.raises(PostgresError, match="made by PostgreSQL 9"):
        EmbeddedPostgres(folder, durable=True).start()


STARTER = """
import sys, time
from pathlib import Path
from dev.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
print(server.start(), flush=True)
time.sleep(60)
"""


def test_the_server_ends_with_a_killed_starter(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path / "pg")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as starter:
        assert starter.stdout is not None
        url = starter.stdout.readline().strip()
        pid = postmaster(url)
        starter.kill()
    assert still_running([pid]) == set()


def test_clusters_of_projects_that_are_gone_are_removed_by_whoever_is_first(tmp_path: Path) -> None:
    for name in ("gone", "here"):
        (tmp_path / name).mkdir()
        (tmp_path / f"{name}.origin").write_bytes(os.fsencode(tmp_path / f"project-{name}"))
    (tmp_path / "project-here").mkdir()
    (tmp_path / "taken.origin").symlink_to("removed by another project in this moment")
    dev.postgres._remove_orphans(tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"here", "here.origin", "project-here", "taken.origin"}


def test_no_binaries_is_said_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr("dev.postgres.DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PostgresError, match="DATABASE_URL"):
        find_binaries()


def test_binaries_on_path_serve_as_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    for name in ("postgres", "initdb"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_binaries() == tmp_path.resolve()
