"""An Ingress controller on the node: Traefik, whose program comes in a wheel."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploy.cluster import images
from tests.deploy.cluster.cluster import Cluster
from tests.deploy.cluster.deployed import Deployed
from tests.deploy.kubernetes.programs import CHECKERS

_IMAGE = "registry.example/traefik:local"
_MANIFEST = Path(__file__).with_suffix(".yaml")
_SHOWN_SECONDS = 30.0
_SECRET = "gateway-tls"  # noqa: S105 - its name, which the Ingress says


@dataclass(frozen=True)
class Controller:
    """What answers for the hosts of every Ingress, with their certificates."""

    cluster: Cluster

    @classmethod
    def start(cls, cluster: Cluster) -> "Controller":
        """Have it run; skips where its program is not installed."""
        program = CHECKERS / "traefik"
        if not program.exists():
            pytest.skip("traefik is not installed: make checkers")
        archive = cluster.folder / "traefik.tar"
        images.single(archive, _IMAGE, program)
        cluster.load(archive, _IMAGE)
        archive.unlink()
        cluster.kubectl("apply", "--filename", str(_MANIFEST))
        rollout = ("rollout", "status", "deployment/traefik", "--timeout=60s")
        cluster.kubectl("--namespace", "ingress", *rollout)
        return cls(cluster)

    def serve(self, deployed: Deployed, host: str) -> str:
        """The URL of a project there: its certificate made, its name known, and both trusted."""
        folder = self.cluster.folder / host
        folder.mkdir()
        self._certify(folder, host)
        pair = ("--cert", str(folder / "crt"), "--key", str(folder / "key"))
        deployed.kubectl("create", "secret", "tls", _SECRET, *pair)
        path = "jsonpath={.spec.clusterIP}"
        service = ("get", "service", "traefik", "--output", path)
        address = self.cluster.kubectl("--namespace", "ingress", *service)
        hosts = folder / "hosts"
        hosts.write_text(f"{Path('/etc/hosts').read_text()}\n{address} {host}\n")
        mounted = self.cluster.run("mount", "--bind", hosts, "/etc/hosts")  # the node's alone
        assert mounted.returncode == 0, mounted.stdout
        _trust(deployed.project, folder / "crt")
        self._wait_until_shown(address, host, folder / "crt")
        return f"https://{host}"

    def _wait_until_shown(self, address: str, host: str, certificate: Path) -> None:
        """Until it has read a certificate the controller shows one of its own."""
        options = f"-CAfile '{certificate}' -servername {host} -verify_return_error"
        ask = f"openssl s_client -connect {address}:443 {options} </dev/null"
        deadline = time.monotonic() + _SHOWN_SECONDS
        while (asked := self.cluster.run("sh", "-c", ask)).returncode != 0:
            assert time.monotonic() < deadline, asked.stdout
            time.sleep(0.2)

    @staticmethod
    def _certify(folder: Path, host: str) -> None:
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"),
                *("-keyout", folder / "key", "-out", folder / "crt"),
            ],
            check=True,
            capture_output=True,
        )


def _trust(project: Path, certificate: Path) -> None:
    """Have the suite's client, which heeds no variable, take it for one that is known."""
    (known,) = project.glob(".venv/lib/python*/site-packages/certifi/cacert.pem")
    text = known.read_text() + certificate.read_text()
    known.unlink()  # other environments have the same file
    known.write_text(text)
