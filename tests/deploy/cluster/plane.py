"""What a control plane is started with: its certificates, who may come in, its programs."""

import json
import secrets
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ADDRESS = "10.244.0.1"
"""Of the node, on the bridge that its pods are on."""
PODS = "10.244.0.0/16"
SERVICES = "10.96.0.0/16"
NODE = "node-1"
_PORT = 26443
_ETCD = "http://127.0.0.1:22379"
_ETCD_PEERS = "http://127.0.0.1:22380"
_METRICS_PORT = 24443
_NAMES = [
    *(f"IP:{address}" for address in ("127.0.0.1", ADDRESS, "10.96.0.1")),
    *(f"DNS:{name}" for name in ("localhost", "kubernetes", "kubernetes.default.svc")),
]
# Who has a token, as whom, in which group.
_USERS = {
    "admin": ("admin", "system:masters"),
    "controllers": ("system:kube-controller-manager", ""),
    "scheduler": ("system:kube-scheduler", ""),
    "node": (f"system:node:{NODE}", "system:nodes"),
}


@dataclass(frozen=True)
class Plane:
    """A control plane's files in a folder, and the commands of its programs."""

    folder: Path
    kube: Path

    def prepare(self) -> None:
        """Write certificates, tokens and what is admitted."""
        self._openssl("genrsa -out sa.key 2048")
        self._openssl("rsa -in sa.key -pubout -out sa.pub")
        for authority in ("ca", "front-ca"):
            self._openssl(
                f"req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN={authority}"
                f" -keyout {authority}.key -out {authority}.crt"
            )
        self._certificate("apiserver", "/CN=kube-apiserver", names=_NAMES)
        self._certificate("kubelet-client", "/O=system:masters/CN=kubelet-client")
        self._certificate("front", "/CN=front-proxy-client", authority="front-ca")
        lines = []
        for name, (user, group) in _USERS.items():
            token = secrets.token_hex(16)
            lines.append(f"{token},{user},{name},{group}\n")
            self._write(f"{name}.conf", self._access(token))
        (self.folder / "tokens.csv").write_text("".join(lines))
        self._write("admission.json", _admission())

    def etcd(self) -> list[str]:
        return [
            "etcd",
            *("--data-dir", f"{self.folder}/etcd"),
            "--unsafe-no-fsync",
            *("--log-level", "warn"),
            *("--listen-client-urls", _ETCD, "--advertise-client-urls", _ETCD),
            *("--listen-peer-urls", _ETCD_PEERS, "--initial-advertise-peer-urls", _ETCD_PEERS),
            *("--initial-cluster", f"default={_ETCD_PEERS}"),
        ]

    def api_server(self) -> list[str]:
        file = self.folder.joinpath
        files = {
            "--tls-cert-file": "apiserver.crt",
            "--tls-private-key-file": "apiserver.key",
            "--client-ca-file": "ca.crt",
            "--kubelet-client-certificate": "kubelet-client.crt",
            "--kubelet-client-key": "kubelet-client.key",
            "--requestheader-client-ca-file": "front-ca.crt",
            "--proxy-client-cert-file": "front.crt",
            "--proxy-client-key-file": "front.key",
            "--service-account-key-file": "sa.pub",
            "--service-account-signing-key-file": "sa.key",
            "--token-auth-file": "tokens.csv",
            "--admission-control-config-file": "admission.json",
        }
        return [
            "kube-apiserver",
            *(f"{flag}={file(name)}" for flag, name in files.items()),
            *("--etcd-servers", _ETCD, "--secure-port", str(_PORT)),
            *("--bind-address", ADDRESS, "--advertise-address", ADDRESS),
            *("--requestheader-allowed-names", "front-proxy-client"),
            *("--requestheader-username-headers", "X-Remote-User"),
            *("--requestheader-group-headers", "X-Remote-Group"),
            *("--requestheader-extra-headers-prefix", "X-Remote-Extra-"),
            *("--service-cluster-ip-range", SERVICES),
            *("--service-account-issuer", "https://kubernetes.default.svc"),
            *("--authorization-mode", "Node,RBAC"),
            *("--enable-admission-plugins", "NodeRestriction"),
            *("--kubelet-preferred-address-types", "InternalIP"),
            "--allow-privileged=true",
            "--enable-aggregator-routing=true",
        ]

    def controllers(self) -> list[str]:
        access = self.folder / "controllers.conf"
        return [
            "kube-controller-manager",
            *(f"--{of}kubeconfig={access}" for of in ("", "authentication-", "authorization-")),
            *("--service-account-private-key-file", f"{self.folder}/sa.key"),
            *("--root-ca-file", f"{self.folder}/ca.crt"),
            *("--cluster-signing-cert-file", f"{self.folder}/ca.crt"),
            *("--cluster-signing-key-file", f"{self.folder}/ca.key"),
            *("--bind-address", "127.0.0.1", "--secure-port", "20257"),
            *("--allocate-node-cidrs", "--cluster-cidr", PODS),
            "--use-service-account-credentials",
            "--leader-elect=false",
            # A test sees in seconds what takes minutes where nobody waits.
            "--horizontal-pod-autoscaler-sync-period=3s",
            "--horizontal-pod-autoscaler-cpu-initialization-period=5s",
            "--horizontal-pod-autoscaler-initial-readiness-delay=1s",
        ]

    def scheduler(self) -> list[str]:
        access = self.folder / "scheduler.conf"
        return [
            "kube-scheduler",
            *(f"--{of}kubeconfig={access}" for of in ("", "authentication-", "authorization-")),
            *("--bind-address", "127.0.0.1", "--secure-port", "20259"),
            "--leader-elect=false",
        ]

    def metrics_server(self) -> list[str]:
        access = self.folder / "admin.conf"
        return [
            "metrics-server",
            *(f"--{of}kubeconfig={access}" for of in ("", "authentication-", "authorization-")),
            *("--cert-dir", f"{self.folder}/metrics-pki", "--secure-port", str(_METRICS_PORT)),
            *("--bind-address", ADDRESS),
            *("--metric-resolution", "10s", "--kubelet-request-timeout", "5s"),
            "--kubelet-insecure-tls",
            "--kubelet-preferred-address-types=InternalIP",
        ]

    def kubectl(self, *arguments: str) -> list[str]:
        """A command of the administrator."""
        access = ("--kubeconfig", str(self.folder / "admin.conf"))
        return [str(self.kube), "kubectl", *access, *arguments]

    def _certificate(
        self, name: str, subject: str, *, authority: str = "ca", names: list[str] | None = None
    ) -> None:
        self._openssl(
            f"req -newkey rsa:2048 -nodes -subj {subject} -keyout {name}.key -out {name}.csr"
        )
        with tempfile.NamedTemporaryFile("w", dir=self.folder, suffix=".ext") as extensions:
            if names:
                extensions.write(f"subjectAltName={','.join(names)}")
                extensions.flush()
            self._openssl(
                f"x509 -req -in {name}.csr -CA {authority}.crt -CAkey {authority}.key"
                f" -CAcreateserial -days 30 -out {name}.crt -extfile {extensions.name}"
            )

    def _openssl(self, arguments: str) -> None:
        command = ["openssl", *arguments.split()]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)

    def _access(self, token: str) -> object:
        authority = str(self.folder / "ca.crt")
        server = {"server": f"https://{ADDRESS}:{_PORT}", "certificate-authority": authority}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "x",
            "clusters": [{"name": "x", "cluster": server}],
            "users": [{"name": "x", "user": {"token": token}}],
            "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        }

    def _write(self, name: str, content: object) -> None:
        (self.folder / name).write_text(json.dumps(content))


def _admission() -> object:
    """Pods are `restricted` everywhere but in kube-system, and what is not is warned of."""
    modes = ("enforce", "audit", "warn")
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AdmissionConfiguration",
        "plugins": [
            {
                "name": "PodSecurity",
                "configuration": {
                    "apiVersion": "pod-security.admission.config.k8s.io/v1",
                    "kind": "PodSecurityConfiguration",
                    "defaults": {
                        **dict.fromkeys(modes, "restricted"),
                        **{f"{mode}-version": "latest" for mode in modes},
                    },
                    "exemptions": {"namespaces": ["kube-system"]},
                },
            }
        ],
    }
