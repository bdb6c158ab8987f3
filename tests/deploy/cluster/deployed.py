"""A rendered project on the node: built, applied, and asked as its users ask."""

import json
import os
import re
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import newcomer
from tests.deploy.cluster.cluster import Cluster
from tests.deploy.cluster.images import Engine
from tests.newcomer import environment
from tests.rendered import BLUEPRINT

PASSWORD = "a password of this test alone"  # noqa: S105 - of a cluster that is thrown away
_LOAD = Path(__file__).with_name("load.py")
_READY_SECONDS = 180
_CPU = "/spec/metrics/0/resource/target"


@dataclass
class Load:
    """Requests that go on until the block is left; then `said` is what came of them."""

    process: subprocess.Popen[str]
    said: dict[str, Any]


@dataclass
class Deployed(ABC):
    """A project in a namespace of the node's."""

    cluster: Cluster
    project: Path

    @property
    @abstractmethod
    def namespace(self) -> str:
        """Where all of it is."""

    @abstractmethod
    def manifests(self) -> str:
        """What is applied."""

    def kubectl(self, *arguments: str, given: str | None = None, seconds: float = 300) -> str:
        """In the project's namespace."""
        return self.cluster.kubectl(
            "--namespace", self.namespace, *arguments, given=given, seconds=seconds
        )

    def ask(
        self, *arguments: str, given: str | None = None, seconds: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """As `kubectl`, whether or not it succeeds."""
        return self.cluster.ask(
            "--namespace", self.namespace, *arguments, given=given, seconds=seconds
        )

    def load_images(self, engine: Engine, *own: str) -> None:
        """Have on the node the project's own images and what its manifests name besides."""
        named = set(re.findall(r"^\s*-? ?image: (\S+)$", self.manifests(), re.MULTILINE))
        others = sorted(named - {*own} - self.cluster.images)
        engine.stand_ins(others)
        if names := [*own, *others]:
            archive = self.cluster.folder / "images.tar"
            self.cluster.load(engine.save(archive, *names), *names)
            archive.unlink()

    def make_secrets(self) -> None:
        """The namespace's, by the project's own script; both as its README says."""
        made = subprocess.run(
            ["sh", "dev/cluster_secrets.sh"],
            cwd=self.project,
            env=environment(),
            check=True,
            text=True,
            stdout=subprocess.PIPE,
        )
        self.kubectl("apply", "--filename", "-", given=made.stdout)

    def wait_until_rolled_out(self, *names: str) -> float:
        """Until every Deployment, or these, has its pods ready; the seconds it took."""
        begun = time.monotonic()
        for name in names or self.names_of("deployment"):
            status = ("rollout", "status", f"deployment/{name}", f"--timeout={_READY_SECONDS}s")
            done = self.ask(*status)
            assert done.returncode == 0, f"{done.stdout}\n{self.told()}"
        return time.monotonic() - begun

    def names_of(self, kind: str, *options: str) -> list[str]:
        listed = self.kubectl("get", kind, *options, "--output", "name")
        return [line.rpartition("/")[2] for line in listed.split()]

    def told(self) -> str:
        """What pods, events and logs say, for whoever reads a failure."""
        said = [self.ask("get", "pods", "--output", "wide").stdout]
        said.append(self.ask("get", "events", "--sort-by", ".lastTimestamp").stdout[-3000:])
        for pod in self.names_of("pods"):
            logs = self.ask("logs", pod, "--all-containers", "--tail=8").stdout
            said.append(f"== {pod}\n{logs[-1500:]}")
        return "\n".join(said)

    def address(self, service: str = "gateway") -> str:
        """The service's URL within the node's network."""
        spec = json.loads(self.kubectl("get", "service", service, "--output", "json"))["spec"]
        return f"http://{spec['clusterIP']}:{spec['ports'][0]['port']}"

    def make_users(self, of: str, *roles: str) -> dict[str, str]:
        """A user of each role, made in a pod of that Deployment; the suite's variables."""
        variables: dict[str, str] = {}
        for role in roles:
            email = f"{role}@example.com"
            command = ("python", "-m", "identity.commands", "admin", email, "--role", role)
            pod = ("exec", f"deployment/{of}", "--container", "app", "--")
            self.kubectl(*pod, "env", f"PASSWORD={PASSWORD}", *command)
            variables |= {
                f"{role.upper()}_EMAIL": email,
                f"{role.upper()}_PASSWORD": PASSWORD,
            }
        return variables

    @contextmanager
    def followed(self) -> Iterator[Path]:
        """A file of what its pods write from now on, as `process | text`; until they end."""
        path = self.cluster.folder / f"{self.namespace}.lines"
        path.touch()
        logs = f"kubectl --namespace {self.namespace} logs --follow --prefix --tail=0"
        pods = "--selector app.kubernetes.io/component --max-log-requests 20"
        name = r"s#^\[pod/(.+)-[a-z0-9]+-[a-z0-9]+/[a-z]+\] #\1 | #"
        script = f"{logs} {pods} | sed --unbuffered --regexp-extended '{name}' >>'{path}'"
        process = self.cluster.start("env", *self.cluster.access(), "sh", "-c", script)
        try:
            yield path
        finally:
            process.kill()
            process.wait()

    def black_box(self, url: str, users: Mapping[str, str], *options: str) -> str:
        """The project's own suite against that address; fails where it fails."""
        variables = [f"{name}={value}" for name, value in {**users, "BASE_URL": url}.items()]
        suite = (".venv/bin/python", "-m", "pytest", "-q", "-x", "tests/blackbox", *options)
        within = f"cd '{self.project}' && exec \"$@\""
        done = self.cluster.run("env", *variables, "sh", "-c", within, "sh", *suite, seconds=600)
        assert done.returncode == 0, f"{done.stdout[-6000:]}\n{self.told()}"
        return done.stdout

    def pod(
        self,
        name: str,
        command: Sequence[str],
        labels: Mapping[str, str] | None = None,
        *,
        user: int = 10001,
    ) -> str:
        """A pod of the application's image that runs once, as the manifests' pods do."""
        own = {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        image = f"{self.project.name}:local"
        container = {"name": "app", "image": image, "command": command, "securityContext": own}
        spec = {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": {
                "runAsNonRoot": user != 0,
                "runAsUser": user,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
        }
        metadata = {"name": name, "labels": labels or {}}
        return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})

    def run_pod(self, name: str, command: Sequence[str], labels: Mapping[str, str]) -> str:
        """What such a pod says, once it has ended."""
        self.kubectl("apply", "--filename", "-", given=self.pod(name, command, labels))
        ended = "--for=jsonpath={.status.phase}=Succeeded"
        self.kubectl("wait", f"pod/{name}", ended, "--timeout=90s")
        said = self.kubectl("logs", name)
        self.kubectl("delete", "pod", name, "--grace-period=0", "--force")
        return said

    def scale(self, name: str, replicas: int) -> None:
        """At least so many pods; the autoscaler may want more."""
        self.allow(name, replicas, replicas + 1)
        self.kubectl("scale", f"deployment/{name}", f"--replicas={replicas}")
        self.wait_for_pods(name, replicas)

    def allow(self, name: str, least: int, most: int) -> None:
        """Have the autoscaler choose; for development there is nothing to choose."""
        spec = json.dumps({"spec": {"minReplicas": least, "maxReplicas": most}})
        self.kubectl("patch", "hpa", name, "--patch", spec)

    def target(self, name: str, percent: int) -> None:
        """Have the autoscaler want another share of the CPU that a pod asks for."""
        value = [{"op": "replace", "path": f"{_CPU}/averageUtilization", "value": percent}]
        self.kubectl("patch", "hpa", name, "--type", "json", "--patch", json.dumps(value))

    def wait_for_pods(self, name: str, replicas: int, seconds: float = 90) -> None:
        """Until so many, or more, are there and ready."""
        deadline = time.monotonic() + seconds
        while len(self.ready_pods(name)) < replicas:
            assert time.monotonic() < deadline, self.told()
            time.sleep(0.5)

    def ready_pods(self, name: str) -> list[str]:
        """Those of a Deployment that get requests."""
        selector = ("--selector", f"app.kubernetes.io/name={name}")
        pods = json.loads(self.kubectl("get", "pods", *selector, "--output", "json"))["items"]
        return [
            pod["metadata"]["name"]
            for pod in pods
            if "deletionTimestamp" not in pod["metadata"]
            and any(
                condition["type"] == "Ready" and condition["status"] == "True"
                for condition in pod["status"].get("conditions", ())
            )
        ]

    def wait_until_each_is_asked(self, name: str, path: str, seconds: float = 60) -> None:
        """Until the gateway knows of each ready pod: each has lately answered such a request."""
        deadline = time.monotonic() + seconds
        for pod in self.ready_pods(name):
            while path not in self.kubectl("logs", pod, "--container", "app", "--since=3s"):
                assert time.monotonic() < deadline, self.told()
                time.sleep(0.5)

    def kill(self, pod: str) -> None:
        """End its process as a crash would, without a word before."""
        path = "jsonpath={.status.containerStatuses[0].containerID}"
        container = self.kubectl("get", "pod", pod, "--output", path)
        self.cluster.kill(container.removeprefix("containerd://"))

    def wait_until_idle(self, name: str, percent: int, seconds: float = 120) -> None:
        """Until the autoscaler sees less than that share: a pod that starts takes more."""
        deadline = time.monotonic() + seconds
        while True:
            for one in self._scaling(name).get("currentMetrics") or ():
                current = one.get("resource", {}).get("current", {})  # none at first
                if current.get("averageUtilization", percent) < percent:
                    return
            assert time.monotonic() < deadline, self.kubectl("describe", "hpa", name)
            time.sleep(1)

    def wanted(self, name: str) -> int:
        """How many the autoscaler wants."""
        return int(self._scaling(name).get("desiredReplicas", 0))

    def _scaling(self, name: str) -> dict[str, Any]:
        hpa = json.loads(self.kubectl("get", "hpa", name, "--output", "json"))
        status: dict[str, Any] = hpa["status"]
        return status

    def pod_address(self, selector: str) -> str:
        path = "jsonpath={.items[0].status.podIP}"
        return self.kubectl("get", "pods", "--selector", selector, "--output", path)

    def remove(self) -> None:
        """Make room for the next project."""
        self.cluster.ask("delete", "namespace", self.namespace, "--wait=false")

    def authorization(self, url: str, email: str) -> str:
        """The header of a user who is logged in; what is asked with it, no cache answers."""
        body = json.dumps({"email": email, "password": PASSWORD})
        done = self.cluster.run(
            *("curl", "--silent", "--fail-with-body", "--header", "Content-Type: application/json"),
            *("--data", body, f"{url}/v1/auth/login"),
        )
        assert done.returncode == 0, done.stdout
        return f"Bearer {json.loads(done.stdout)['access_token']}"

    @contextmanager
    def under_load(
        self,
        url: str,
        rate: float,
        requests: Sequence[str],
        *,
        authorization: str,
        seconds: float = 120,
    ) -> Iterator[Load]:
        """Steady requests until the block is left, at most for so long."""
        process = self.cluster.start(
            *("env", f"AUTHORIZATION={authorization}"),
            *("python3", str(_LOAD), url, str(rate), str(seconds), *requests),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        load = Load(process, {})
        try:
            yield load
        finally:
            out, _ = process.communicate(timeout=90)
        load.said.update(json.loads(out))


def blueprint(*arguments: str, folder: Path | None = None) -> None:
    """Run the program as a newcomer would."""
    command = [str(BLUEPRINT), *arguments]
    subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True)


def raise_limits(project: Path) -> None:
    """Let one address ask for more in a second: the suite alone does, on a quiet machine."""
    for site in (project / "deploy").rglob("gateway/site.conf"):
        site.write_text(re.sub(r"rate=[12]0r/s", "rate=299r/s", site.read_text()))


def succeed(project: Path, *command: str) -> None:
    """Run a command in a project; fails where it fails."""
    done = newcomer.run(project, *command)
    assert done.returncode == 0, done.stdout


def report(deployed: Deployed, name: str, **figures: object) -> None:
    """Note a figure where CLUSTER_REPORT says, for docs/deploy.md."""
    place = os.environ.get("CLUSTER_REPORT")
    if place:
        with Path(place).open("a") as file:
            file.write(
                json.dumps({"project": deployed.project.name, "step": name, **figures}) + "\n"
            )
