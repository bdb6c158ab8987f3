"""Run as the first process of namespaces of its own: a whole node, while standard input is open.

`python -m tests.deploy.cluster.inside FOLDER PROGRAMS IMAGES...`. When it ends, so does all that it
started; network, mounts and processes go with their namespaces.
"""

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from tests.deploy.cluster.node import Node
from tests.deploy.cluster.plane import Plane

_SECONDS = 180.0
_MANIFESTS = Path(__file__).with_name("manifests")


def main(folder: Path, programs: Path, images: Sequence[str]) -> None:
    # What kubelet mounts reaches the containers.
    subprocess.run(["mount", "--make-rshared", "/"], check=True)
    kube = str(programs / "kube")
    plane = Plane(folder, programs / "kube")
    node = Node(folder, plane)

    started: dict[str, subprocess.Popen[bytes]] = {}

    def start(name: str, command: Sequence[str]) -> None:
        with (folder / f"{name}.log").open("wb") as log:
            started[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def succeeds(command: Sequence[str]) -> bool:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    plane.prepare()
    node.prepare()
    start("etcd", [kube, *plane.etcd()])
    start("kube-apiserver", [kube, *plane.api_server()])
    start("containerd", node.containerd())
    _wait("containerd answers", lambda: succeeds(node.ctr("version")))
    for archive in images:
        subprocess.run(node.ctr("images", "import", archive), check=True, capture_output=True)
    _wait("the API is ready", lambda: succeeds(plane.kubectl("get", "--raw", "/readyz")))
    start("kube-controller-manager", [kube, *plane.controllers()])
    start("kube-scheduler", [kube, *plane.scheduler()])
    start("kubelet", [kube, *node.kubelet()])
    start("kube-proxy", [kube, *node.proxy()])
    start("metrics-server", [kube, *plane.metrics_server()])
    subprocess.run(plane.kubectl("apply", "--filename", str(_MANIFESTS)), check=True)
    _make_volumes(folder, plane)
    ready = plane.kubectl("wait", "node/node-1", "--for=condition=Ready", "--timeout=60s")
    _wait("the node is ready", lambda: succeeds(ready))
    start("kube-router", [kube, *node.router()])  # it looks for its node once
    rollout = ("rollout", "status", "deployment/coredns", "--timeout=120s")
    subprocess.run(plane.kubectl("--namespace", "kube-system", *rollout), check=True)
    if ended := [name for name, process in started.items() if process.poll() is not None]:
        sys.exit(f"ended: {', '.join(ended)}")
    (folder / "ready").touch()
    _reap_until_closed()


def _make_volumes(folder: Path, plane: Plane) -> None:
    """Folders of this machine, each for one claim."""
    template = Path(__file__).with_name("volume.yaml").read_text()
    documents = []
    for number in range(8):
        place = folder / "volumes" / str(number)
        place.mkdir(parents=True)
        documents.append(template.format(number=number, place=place))
    apply = plane.kubectl("apply", "--filename", "-")
    subprocess.run(apply, input="---\n".join(documents), text=True, check=True)


def _wait(what: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not holds():
        if time.monotonic() > deadline:
            sys.exit(f"not so after {_SECONDS:g} s: {what}")
        time.sleep(0.2)


def _reap_until_closed() -> None:
    """Whoever loses its parent here is a child of ours."""
    while not select.select([sys.stdin], [], [], 1)[0]:
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
