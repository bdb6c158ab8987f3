"""A whole Kubernetes of one node, in namespaces of its own: its pods really run.

One process that ends takes all of it along, and the machine keeps no rule, bridge or mount.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from filelock import FileLock

from tests.deploy.cluster import images
from tests.deploy.cluster.node import PAUSE, Node
from tests.deploy.cluster.plane import Plane

PROGRAMS = (
    *("containerd", "runc", "ctr", "openssl", "ip", "sysctl"),
    *("iptables", "ipset", "conntrack", "unshare", "nsenter"),
)
COREDNS = "registry.example/coredns:local"
_SECONDS = 300.0
_ROOT = Path(__file__).parents[3]


@dataclass
class Cluster:
    """The node, seen from outside."""

    folder: Path
    programs: Path
    process: subprocess.Popen[bytes]
    images: set[str] = field(default_factory=set)
    """What was loaded."""
    _plane: Plane = field(init=False)
    _node: Node = field(init=False)

    def __post_init__(self) -> None:
        self._plane = Plane(self.folder, self.programs / "kube")
        self._node = Node(self.folder, self._plane)

    def enter(self, *command: str | Path) -> list[str]:
        """The command, for it to run within the node's namespaces."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        first = children.read_text().split()[0]
        return ["nsenter", "--target", first, "--net", "--mount", "--pid", *map(str, command)]

    def run(
        self, *command: str | Path, given: str | None = None, seconds: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run it there and wait; what it says on both streams is in `stdout`."""
        return subprocess.run(
            self.enter(*command),
            input=given,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=seconds,
        )

    def start(self, *command: str | Path, **options: IO[str] | int) -> subprocess.Popen[str]:
        """Start it there."""
        return subprocess.Popen(self.enter(*command), text=True, **options)  # type: ignore[call-overload,no-any-return]

    def access(self) -> list[str]:
        """Variables with which a script finds kubectl, and kubectl this cluster."""
        path = f"PATH={self.folder / 'bin'}:{os.environ['PATH']}"
        return [path, f"KUBECONFIG={self.folder / 'admin.conf'}"]

    def kubectl(self, *arguments: str, given: str | None = None, seconds: float = 300) -> str:
        """What kubectl says; fails where it fails."""
        done = self.ask(*arguments, given=given, seconds=seconds)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stdout[-4000:]}"
        return done.stdout

    def ask(
        self, *arguments: str, given: str | None = None, seconds: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """As `kubectl`, whether or not it succeeds."""
        return self.run(*self._plane.kubectl(*arguments), given=given, seconds=seconds)

    def load(self, archive: Path, *names: str) -> None:
        """Have the images of an archive on the node, under these names."""
        done = self.run(*self._node.ctr("images", "import", str(archive)))
        assert done.returncode == 0, done.stdout
        self.images.update(names)

    def kill(self, container: str) -> None:
        """Send SIGKILL to a container's process."""
        done = self.run(*self._node.ctr("tasks", "kill", "--signal", "SIGKILL", container))
        assert done.returncode == 0, done.stdout

    def logs(self) -> str:
        """The end of what each program of the node said."""
        ends = [
            f"== {path.name}\n{path.read_text(errors='replace')[-600:]}"
            for path in sorted(self.folder.glob("*.log"))
        ]
        return "\n".join(ends)


@contextmanager
def running(folder: Path, programs: Path) -> Iterator[Cluster]:
    """The node, until the block is left. One at a time on a machine: their cgroups have a name."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "kubectl").symlink_to(programs / "kube")  # it is what it is called
    system = []
    for name, program in ((PAUSE, "pause"), (COREDNS, "coredns")):
        archive = folder / f"{program}.tar"
        images.single(archive, name, programs / program)
        system.append(archive)
    with FileLock("/tmp/backend-blueprint-cluster.lock"):  # noqa: S108 - the machine's, not a user's
        cluster = Cluster(folder, programs, _begin(folder, programs, system))
        try:
            _wait_until_ready(cluster)
            yield cluster
        finally:
            _end(cluster.process)
            _remove_cgroups()
    shutil.rmtree(folder, ignore_errors=True)


def _begin(folder: Path, programs: Path, archives: Sequence[Path]) -> subprocess.Popen[bytes]:
    with (folder / "inside.log").open("wb") as log:
        return subprocess.Popen(
            [
                *("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"),
                *("--mount-proc", "--propagation", "private"),
                *(sys.executable, "-m", "tests.deploy.cluster.inside"),
                *map(str, (folder, programs, *archives)),
            ],
            cwd=_ROOT,
            env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )


def _wait_until_ready(cluster: Cluster) -> None:
    deadline = time.monotonic() + _SECONDS
    while not (cluster.folder / "ready").exists():
        assert cluster.process.poll() is None, cluster.logs()
        assert time.monotonic() < deadline, cluster.logs()
        time.sleep(0.2)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Its first process ends once it reads no more, and all others with it."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _remove_cgroups() -> None:
    time.sleep(0.5)
    for top in Path("/sys/fs/cgroup").glob("**/kubepods"):
        for folder, _, _ in os.walk(top, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()
