"""A MariaDB for development and tests: the installed server, with data of its own, no Docker.

`mariadbd` and `mariadb-install-db` come from PATH: on Debian from the package mariadb-server, on
macOS from Homebrew's mariadb. The server listens on 127.0.0.1 only, on a free port, wants a random
password, and ends with the process that started it. Never for production.

`python -m dev.mariadb COMMAND...` runs a command with MYSQL_DATABASE_URL set; the server is started
for the command if `make dev` does not run.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, Self

from dev.database import STATE
from dev.exclusive import exclusive, free_port
from dev.postgres import WATCHDOG
from dev.processes import Process, ProcessError
from kit.commands import BAD_INPUT, UNAVAILABLE, run
from kit.mysql.migrations import answering, answers

DATA: Final = STATE / "mariadb"
USER, DATABASE = "dev", "app"
START_SECONDS: Final = 60.0
LOCK_SECONDS: Final = 1.0
# Where Debian puts the server, which not everybody has on PATH.
_PLACES: Final = os.pathsep.join(
    (os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin")
)
_NOT_DURABLE: Final = ("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0")


class MariaDbError(ProcessError):
    """The server cannot be had; the message says why and what to do."""


class EmbeddedMariaDb:
    """One server on one data directory; `durable=False` removes the data at the end: for tests.

    A `with` block starts and stops it. A supervisor that runs `command` itself calls `prepare`
    before, and `stop` at the end.
    """

    def __init__(self, data_directory: Path, *, durable: bool) -> None:
        self.data_directory = data_directory.absolute()
        self.durable = durable
        self.url = ""
        self._port = 0
        self._program = ""
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def command(self) -> list[str]:
        """Runs the server until standard input ends."""
        data = self.data_directory
        return [
            *(*WATCHDOG, "--stop", "SIGTERM", "--grace", "20"),
            *(() if self.durable else ("--remove", str(data / "data"))),
            *("--", self._program, "--no-defaults", *_folders(data, "data")),
            *(f"--port={self._port}", "--bind-address=127.0.0.1", "--skip-name-resolve"),
            *("--socket=", f"--pid-file={data / 'pid'}", f"--init-file={data / 'users.sql'}"),
            *("--character-set-server=utf8mb4", "--skip-log-bin", *_as_root()),
            *(() if self.durable else _NOT_DURABLE),
        ]

    def prepare(self) -> str:
        """Everything short of starting: programs, lock, data directory, port. Returns the URL."""
        self.data_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._program = _program("mariadbd")
        self._lock = exclusive(self.data_directory / "lock", LOCK_SECONDS)
        if self._lock is None:
            raise MariaDbError(f"{self.data_directory} is in use: is `make dev` running already?")
        if not (self.data_directory / "data" / "mysql").exists():
            self._initialise()
        password = secrets.token_urlsafe(24)
        users = self.data_directory / "users.sql"
        users.unlink(missing_ok=True)
        users.touch(mode=0o600)
        users.write_text(
            f"CREATE OR REPLACE USER {USER}@'127.0.0.1' IDENTIFIED BY '{password}';\n"
            f"GRANT ALL ON *.* TO {USER}@'127.0.0.1' WITH GRANT OPTION;\n"
        )
        self._port = free_port()
        self.url = f"mysql://{USER}:{password}@127.0.0.1:{self._port}/{DATABASE}"
        (self.data_directory / "url").unlink(missing_ok=True)
        (self.data_directory / "url").touch(mode=0o600)
        (self.data_directory / "url").write_text(self.url)
        return self.url

    def stop(self) -> None:
        """Stop the server and wait for its end. Does nothing when it was not prepared here."""
        if self._lock is None:
            return
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process.wait()
            self._process = None
        (self.data_directory / "url").unlink(missing_ok=True)
        self._lock.close()
        self._lock = None

    def __enter__(self) -> Self:
        self.prepare()
        try:
            with (self.data_directory / "log").open("wb") as log:
                self._process = subprocess.Popen(
                    self.command,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C is for the starter, which then stops us
                )
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _initialise(self) -> None:
        unfinished = self.data_directory / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        done = subprocess.run(
            [
                *(_program("mariadb-install-db"), "--no-defaults", "--skip-test-db"),
                *_folders(self.data_directory, unfinished.name),
                *("--auth-root-authentication-method=normal", *_as_root()),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise MariaDbError(f"mariadb-install-db failed:\n{done.stdout}{done.stderr}")
        unfinished.rename(self.data_directory / "data")

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                raise MariaDbError(f"MariaDB ended while starting:\n{self._tail()}")
            if answers(self.url):
                return
            time.sleep(0.05)
        raise MariaDbError(f"MariaDB did not answer in {START_SECONDS:g} s:\n{self._tail()}")

    def _tail(self) -> str:
        log = self.data_directory / "log"
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join([*lines[-15:], f"(all of it: {log})"])


def mariadb_process(server: EmbeddedMariaDb) -> Process:
    """The prepared server, for a supervisor."""

    async def ready() -> bool:
        return await answering(server.url)

    return Process(
        name="mariadb", command=server.command, environment=os.environ, ready=ready, quiet=True
    )


def embedded() -> EmbeddedMariaDb:
    """The server of `make dev`."""
    return EmbeddedMariaDb(DATA, durable=True)


@contextlib.contextmanager
def development_url() -> Iterator[str]:
    """MYSQL_DATABASE_URL's, or that of `make dev`, or of a server that runs for the block."""
    running = DATA / "url"
    if url := os.environ.get("MYSQL_DATABASE_URL"):
        yield url
    elif running.exists() and answers(running.read_text()):
        yield running.read_text()
    else:
        with embedded() as server:
            yield server.url


@contextlib.contextmanager
def scratch_url(folder: Path) -> Iterator[str]:
    """For tests: a database name of their own on TEST_MYSQL_URL's server, or a server in `folder`.

    Databases whose names begin with it are theirs to remove.
    """
    if url := os.environ.get("TEST_MYSQL_URL"):
        yield f"{url.rpartition('/')[0]}/test_{secrets.token_hex(4)}"
    else:
        with EmbeddedMariaDb(folder, durable=False) as server:
            yield server.url


def _program(name: str) -> str:
    found = shutil.which(name, path=_PLACES)
    if found is None:
        raise MariaDbError(
            f"no {name} on PATH: install MariaDB (on Debian and Ubuntu the package mariadb-server,"
            " on macOS `brew install mariadb`), or set MYSQL_DATABASE_URL, for tests TEST_MYSQL_URL"
        )
    return found


def _folders(place: Path, data: str) -> tuple[str, ...]:
    """A server that starts removes every other's temporary tables where it keeps its own."""
    return f"--datadir={place / data}", f"--tmpdir={place}"


def _as_root() -> tuple[str, ...]:
    """MariaDB runs as root only where it is told to."""
    return ("--user=root",) if os.geteuid() == 0 else ()


def _call(command: list[str]) -> int:
    with development_url() as url:
        environment = os.environ | {"MYSQL_DATABASE_URL": url}
        return subprocess.run(command, env=environment, check=False).returncode


def main(command: list[str]) -> int:
    """Run the command; its exit code."""
    if not command:
        print("usage: python -m dev.mariadb COMMAND...", file=sys.stderr)
        return BAD_INPUT
    return run(lambda: _call(command), {MariaDbError: (UNAVAILABLE, str)})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
