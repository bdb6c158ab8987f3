"""The rendered cluster, run by Debian's programs on this machine: etcd, Patroni, HAProxy.

The files are the project's own; what Compose says in a container's environment is said here in that
of a process. One member of etcd stands for three.
"""

import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blueprint_cli.ports import free_port

PROGRAMS = ("etcd", "patroni", "haproxy", "pgbouncer")
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
NODES = (1, 2)
ROLES = ("postgres", "replicator", "api", "app", "app_owner")
SERVICES = ("etcd", "peer", "primary", "standby", "pooler")
SECONDS = 90.0


def missing() -> str:
    """What of the cluster's programs is not on this machine; empty where all are."""
    found = [name for name in PROGRAMS if shutil.which(name) is None]
    return ", ".join([*found, *([] if POSTGRES else ["PostgreSQL with its server"])])


def until(holds: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Wait until it holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@dataclass
class Cluster:
    """Two nodes of a project's database; `folder` is readable by the account that runs them."""

    deploy: Path
    folder: Path
    name: str = "main"
    ports: Mapping[str, int] = field(default_factory=dict)
    passwords: Mapping[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        nodes = [f"{kind}-{number}" for kind in ("postgres", "api") for number in NODES]
        self.ports = {name: free_port() for name in (*nodes, *SERVICES)}
        self.passwords = {name: secrets.token_hex(12) for name in ROLES}
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        for name in ("data", "backups", "state"):
            (self.folder / name).mkdir(exist_ok=True)
            shutil.chown(self.folder / name, *self.account)

    @property
    def account(self) -> tuple[int, int]:
        """Who runs PostgreSQL: not root."""
        if os.geteuid():
            return os.geteuid(), os.getegid()
        entry = pwd.getpwnam("postgres")
        return entry.pw_uid, entry.pw_gid

    def url(self, user: str = "postgres", database: str = "postgres", **query: str) -> str:
        """A URL with every node in it, as a project's processes have it."""
        hosts = ",".join(f"127.0.0.1:{self.ports[f'postgres-{number}']}" for number in NODES)
        asked = {"target_session_attrs": "read-write", "connect_timeout": "3", **query}
        said = "&".join(f"{name}={value}" for name, value in asked.items())
        return f"postgresql://{user}:{self.passwords[user]}@{hosts}/{database}?{said}"

    def environment(self, number: int) -> dict[str, str]:
        """What Compose gives a node."""
        cluster = {
            "PATRONI_SCOPE": self.name,
            "PATRONI_NAME": f"postgres-{number}",
            "PATRONI_ETCD3_HOSTS": f"127.0.0.1:{self.ports['etcd']}",
            "PATRONI_RESTAPI_USERNAME": "patroni",
            "PATRONI_RESTAPI_PASSWORD": self.passwords["api"],
            "PATRONI_SUPERUSER_USERNAME": "postgres",
            "PATRONI_SUPERUSER_PASSWORD": self.passwords["postgres"],
            "PATRONI_REPLICATION_USERNAME": "replicator",
            "PATRONI_REPLICATION_PASSWORD": self.passwords["replicator"],
            "PATRONI_POSTGRESQL_PGPASS": str(self.folder / "state" / f"pgpass-{number}"),
        }
        for part, port in (("RESTAPI", "api"), ("POSTGRESQL", "postgres")):
            place = f"127.0.0.1:{self.ports[f'{port}-{number}']}"
            cluster |= {f"PATRONI_{part}_LISTEN": place, f"PATRONI_{part}_CONNECT_ADDRESS": place}
        data = str(self.data(number))
        return {**cluster, **self.tools, "PATRONI_POSTGRESQL_DATA_DIR": data, "PGDATA": data}

    @property
    def tools(self) -> dict[str, str]:
        """What the scripts of a node find."""
        return {
            "PATH": f"{POSTGRES[-1]}:/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.folder),
            "DATABASE_SCRIPTS": str(self.deploy),
            "DATABASE_BACKUPS": str(self.backups),
        }

    @property
    def backups(self) -> Path:
        """Base backups and the archive of this cluster."""
        return self.folder / "backups" / self.name

    def data(self, number: int) -> Path:
        """A node's data."""
        return self.folder / "data" / f"{self.name}-{number}"

    def up(self) -> None:
        """Start all, and wait until a standby follows a primary."""
        client, peer = (f"http://127.0.0.1:{self.ports[name]}" for name in ("etcd", "peer"))
        self._start(
            *("etcd", "etcd"),
            ETCD_DATA_DIR=str(self.folder / "state" / "etcd"),
            ETCD_LISTEN_CLIENT_URLS=client,
            ETCD_ADVERTISE_CLIENT_URLS=client,
            ETCD_LISTEN_PEER_URLS=peer,
            ETCD_INITIAL_ADVERTISE_PEER_URLS=peer,
            ETCD_INITIAL_CLUSTER=f"default={peer}",
            ETCD_UNSUPPORTED_ARCH=os.uname().machine,
        )
        for number in NODES:
            self.start(number)
        places = {f"POSTGRES_{number}": self._place(f"postgres-{number}") for number in NODES}
        apis = {f"POSTGRES_{number}_API": str(self.ports[f"api-{number}"]) for number in NODES}
        binds = {f"{role.upper()}_BIND": self._place(role) for role in ("primary", "standby")}
        proxy = ("haproxy", "-db", "-f", str(self.deploy / "haproxy.cfg"))
        self._start(
            "haproxy", shutil.which("haproxy") or "haproxy", *proxy[1:], **places, **apis, **binds
        )
        until(lambda: self.standby() is not None, "no standby follows")

    def start(self, number: int) -> None:
        """Start a node."""
        command = (shutil.which("patroni") or "patroni", str(self.deploy / "patroni.yml"))
        self._start(f"postgres-{number}", *command, **self.environment(number))

    def kill(self, number: int) -> None:
        """End all of a node at once, as when its machine loses power."""
        process = self.processes.pop(f"postgres-{number}", None)
        if process is None:
            return
        with contextlib.suppress(OSError, ValueError):
            # First whoever could still acknowledge.
            postmaster = int((self.data(number) / "postmaster.pid").read_text().split()[0])
            children = subprocess.run(
                ["ps", "-o", "pid=", "--ppid", str(postmaster)],
                capture_output=True,
                text=True,
                check=False,
            ).stdout.split()
            for pid in (postmaster, process.pid, *map(int, children)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        process.kill()
        process.wait()

    def members(self) -> list[dict[str, Any]]:
        """What any node that answers says of all."""
        for number in NODES:
            with contextlib.suppress(OSError):
                found = self.api(number, "/cluster")
                return list(found["members"])
        return []

    def primary(self) -> int | None:
        """The number of the node that takes writes."""
        return self._with({"leader"}, {"running"})

    def standby(self) -> int | None:
        """The number of the node that would take over."""
        if self.primary() is None:
            return None
        return self._with({"replica", "sync_standby"}, {"running", "streaming"})

    def api(self, number: int, path: str, method: str = "GET", body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Ask a node's Patroni; the JSON that it answers."""
        login = b64encode(f"patroni:{self.passwords['api']}".encode()).decode()
        request = urllib.request.Request(
            f"http://{self._place(f'api-{number}')}{path}",
            json.dumps(body).encode() if body is not None else None,
            {"Authorization": f"Basic {login}"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
            content = answer.read()
        try:
            return json.loads(content)
        except ValueError:
            return content.decode()

    def synchronous(self, *, wanted: bool) -> None:
        """As `patronictl edit-config -s synchronous_mode=…`."""
        primary = self.primary()
        assert primary is not None
        self.api(primary, "/config", "PATCH", {"synchronous_mode": wanted})

        # Until Patroni has noted it, a standby may not take over.
        role, state = ("sync_standby", "sync") if wanted else ("replica", "async")
        asked = "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'"

        def holds() -> bool:
            noted = any(one["role"] == role for one in self.members())
            return noted and self.sql(asked) == state

        until(holds, f"synchronous: {wanted}")

    def sql(self, statement: str, url: str = "") -> str:
        """What psql prints of a statement's rows; by default of the primary, as its superuser."""
        command = ("psql", "--no-psqlrc", "-qAtX", "--set=ON_ERROR_STOP=1", "-c", statement)
        done = subprocess.run(
            [*command, url or self.url()], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def script(
        self, name: str, *arguments: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one of the cluster's scripts as its containers do."""
        uid, gid = self.account
        return subprocess.run(
            ["sh", str(self.deploy / name), *arguments],
            env={**self.tools, **variables},
            cwd="/",
            user=uid,
            group=gid,
            extra_groups=[],
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def patronictl(self, *arguments: str) -> str:
        """What Patroni's command says, as in a node's container."""
        number = self.primary() or NODES[0]
        command = ("patronictl", "--config-file", str(self.deploy / "patroni.yml"), *arguments)
        done = subprocess.run(
            command,
            env=self.environment(number),
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    @property
    def replicator(self) -> dict[str, str]:
        """How the programs of PostgreSQL reach the nodes for a backup."""
        return {
            "PGHOST": ",".join(["127.0.0.1"] * len(NODES)),
            "PGPORT": ",".join(str(self.ports[f"postgres-{number}"]) for number in NODES),
            "PGUSER": "replicator",
            "PGPASSWORD": self.passwords["replicator"],
        }

    def pool(self, start: Path) -> str:
        """Start the project's PgBouncer in front of HAProxy; the URL of the application's role."""
        state = self.folder / "state" / "pooler"
        state.mkdir()
        shutil.chown(state, *self.account)
        self._start(
            *("pooler", "sh", str(start)),
            PATH="/usr/sbin:/usr/bin:/bin",
            STATE_DIRECTORY=str(state),
            LISTEN_ADDRESS="127.0.0.1",
            LISTEN_PORT=str(self.ports["pooler"]),
            DATABASE_HOST="127.0.0.1",
            DATABASE_PORT=str(self.ports["primary"]),
            POOLED_ROLES="app",
            APP_PASSWORD=self.passwords["app"],
        )
        return f"postgresql://app:{self.passwords['app']}@{self._place('pooler')}/app"

    def archived(self) -> None:
        """Wait until all that was written is in the archive."""
        segment = self.sql("SELECT pg_walfile_name(pg_switch_wal())")
        until((self.backups / "wal" / segment).exists, f"{segment} is not archived")

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """The standby applies nothing, until the block is left."""
        number = self.standby()
        login = f"postgres:{self.passwords['postgres']}"
        standby = f"postgresql://{login}@{self._place(f'postgres-{number}')}/postgres"
        patroni = self.processes[f"postgres-{number}"]
        patroni.send_signal(signal.SIGSTOP)  # It would let the standby go on.
        self.sql("SELECT pg_wal_replay_pause()", standby)
        try:
            yield
        finally:
            self.sql("SELECT pg_wal_replay_resume()", standby)
            patroni.send_signal(signal.SIGCONT)

    def renamed(self, name: str, first: int) -> None:
        """Go on as another cluster, whose first node has its data."""
        for number in NODES:
            self.kill(number)
        self.name = name
        self.start(first)
        until(lambda: self.primary() == first and self.takes_writes(), f"no primary of {name}")

    def takes_writes(self) -> bool:
        """Whether clients reach one that does: Patroni's leader may be in recovery still."""
        try:
            return self.sql("SELECT pg_is_in_recovery()") == "f"
        except subprocess.CalledProcessError:
            return False

    def down(self) -> None:
        """End all at once; no process stays."""
        for number in NODES:
            self.kill(number)
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.processes.clear()

    def _with(self, roles: set[str], states: set[str]) -> int | None:
        return next(
            (
                int(one["name"].rpartition("-")[2])
                for one in self.members()
                if one["role"] in roles and one["state"] in states
            ),
            None,
        )

    def _place(self, name: str) -> str:
        return f"127.0.0.1:{self.ports[name]}"

    def _start(self, name: str, *command: str, **variables: str) -> None:
        uid, gid = self.account
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                env={**self.tools, **variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                user=uid,
                group=gid,
                extra_groups=[],
                start_new_session=True,
            )


@contextlib.contextmanager
def running(deploy: Path, folder: Path) -> Iterator[Cluster]:
    """A cluster of the project's folder `deploy`, until the block is left."""
    reachable = folder / "deploy"
    shutil.copytree(deploy, reachable)
    for path in (reachable, *reachable.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    cluster = Cluster(reachable / "patroni", folder)
    try:
        cluster.up()
        yield cluster
    finally:
        cluster.down()
