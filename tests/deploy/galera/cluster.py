"""Three real nodes of MariaDB with Galera on loopback, and HAProxy, by a project's own files.

What differs from Compose is what one machine makes differ: ports, and how a new node is given rows.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from blueprint_cli.ports import free_port

PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
PROVIDER = Path("/usr/lib/galera/libgalera_smm.so")
SECONDS = 90.0
NAMES = ("galera-1", "galera-2", "galera-3")
USERS = """
CREATE USER IF NOT EXISTS app@'%' IDENTIFIED BY 'secret';
GRANT ALL ON *.* TO app@'%' WITH GRANT OPTION;
"""


def missing() -> list[str]:
    """What of the programs is not on this machine."""
    wanted = ("mariadbd", "mariadb-install-db", "mariadb", "haproxy", "rsync")
    found = [one for one in wanted if shutil.which(one, path=PATH) is None]
    return found if PROVIDER.is_file() else [*found, "galera-4"]


class Node:
    """One server."""

    def __init__(self, name: str, folder: Path, files: Path, ports: list[int]) -> None:
        self.name = name
        self.data = folder / name
        # Of its own: a server that starts removes every other's temporary tables there.
        self.temporary = folder / f"{name}.tmp"
        self.port, self.replication, self._ist, self._sst = ports
        self._files = files
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mysql://app:secret@127.0.0.1:{self.port}/app"

    def start(self, others: str, *more: str) -> None:
        own = f"127.0.0.1:{self.replication}"
        options = ";".join(
            (
                f"base_port={self.replication};gmcast.listen_addr=tcp://{own}",
                f"ist.recv_addr=127.0.0.1:{self._ist}",
                self._options(),
            )
        )
        command = [
            *("mariadbd", f"--defaults-file={self._files / 'galera.cnf'}", *_as_mysql()),
            *(f"--datadir={self.data}", f"--tmpdir={self.temporary}"),
            *(f"--port={self.port}", "--bind-address=127.0.0.1"),
            *(f"--socket={self.data}.sock", f"--pid-file={self.data}.pid", "--skip-name-resolve"),
            *(f"--wsrep-provider={PROVIDER}", f"--wsrep-cluster-address=gcomm://{others}"),
            *(f"--wsrep-node-name={self.name}", f"--wsrep-node-address={own}"),
            *("--wsrep-sst-method=rsync", f"--wsrep-sst-receive-address=127.0.0.1:{self._sst}"),
            *(f"--wsrep-provider-options={options}", "--innodb-buffer-pool-size=64M", *more),
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=_environment())
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            if self.status("wsrep_ready") == "ON":
                return
            time.sleep(0.2)
        raise AssertionError(f"{self.name} is not ready:\n{self._log.read_text()[-4000:]}")

    def _options(self) -> str:
        """What the project's own file says."""
        lines = (self._files / "galera.cnf").read_text().splitlines()
        line = next(one for one in lines if one.startswith("wsrep_provider_options"))
        return line.partition("=")[2].strip().strip('"').replace(" ", "")

    def say(self, statement: str) -> str:
        done = subprocess.run(
            [
                *("mariadb", "--no-defaults", "-h127.0.0.1", f"-P{self.port}", "-uapp"),
                *("-psecret", "--connect-timeout=2", "-NBe", statement),
            ],
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    def status(self, name: str) -> str:
        return self.say(f"SHOW STATUS LIKE '{name}'").rpartition("\t")[2]

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


class Cluster:
    """The nodes, and the port at which HAProxy answers for them."""

    def __init__(self, nodes: list[Node], port: int) -> None:
        self.nodes = nodes
        self.url = f"mysql://app:secret@127.0.0.1:{port}/app"

    @property
    def conflicts(self) -> int:
        """How many transactions failed because another node's came before."""
        names = ("wsrep_local_cert_failures", "wsrep_local_bf_aborts")
        return sum(int(node.status(name) or 0) for node in self.nodes for name in names)


@contextlib.contextmanager
def running(files: Path, folder: Path) -> Iterator[Cluster]:
    """The cluster of a project's `deploy/galera`; `folder` is where everybody may go."""
    folder.chmod(0o755)
    ports = [free_port() for _ in range(13)]
    nodes = [
        Node(name, folder, files, ports[4 * number : 4 * number + 4])
        for number, name in enumerate(NAMES)
    ]
    others = ",".join(f"127.0.0.1:{node.replication}" for node in nodes)
    for node in nodes:
        node.data.mkdir()
        node.temporary.mkdir()
    _own(folder)
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={nodes[0].data}", *_as_mysql()]
    install += [f"--tmpdir={nodes[0].temporary}"]
    install += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(install, check=True, capture_output=True, env=_environment())
    users = folder / "users.sql"
    users.write_text(USERS + (files / "users.sql").read_text())
    _own(folder)
    with contextlib.ExitStack() as stack:
        for node in nodes:
            stack.callback(node.stop)
        nodes[0].start(others, "--wsrep-new-cluster", f"--init-file={users}")
        for node in nodes[1:]:
            node.start(others)
        bind = {f"GALERA_{number}": f"127.0.0.1:{one.port}" for number, one in enumerate(nodes, 1)}
        bind["MYSQL_BIND"] = f"127.0.0.1:{ports[12]}"
        with (folder / "haproxy.log").open("wb") as log:
            haproxy = subprocess.Popen(
                ["haproxy", "-f", str(files / "haproxy.cfg")],
                env=_environment() | bind,
                stdout=log,
                stderr=log,
            )
        stack.callback(haproxy.wait)
        stack.callback(haproxy.terminate)
        yield Cluster(nodes, ports[12])


def _environment() -> dict[str, str]:
    return {"PATH": PATH, "LC_ALL": "C"}


def _as_mysql() -> tuple[str, ...]:
    """As root, rsync and MariaDB give everything to another user: the package's own."""
    return ("--user=mysql",) if os.geteuid() == 0 else ()


def _own(folder: Path) -> None:
    if os.geteuid() == 0:
        account = pwd.getpwnam("mysql")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid)
