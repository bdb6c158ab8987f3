"""What a node is started with, so that pods run: containerd, kubelet, kube-proxy, kube-router."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.cluster.plane import ADDRESS, NODE, PODS, SERVICES, Plane

DNS = "10.96.0.10"
PAUSE = "registry.example/pause:local"
_SUBNET = "10.244.0.0/24"
# Without the right to lower a process's score no container starts where it is to be lowered.
_CONTAINERD = """\
version = 2
root = "{folder}/containerd"
state = "{folder}/run"
[grpc]
  address = "{folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
"""


@dataclass(frozen=True)
class Node:
    """A node's files in a folder, and the commands of its programs."""

    folder: Path
    plane: Plane

    @property
    def socket(self) -> Path:
        """Where containerd listens."""
        return self.folder / "containerd.sock"

    def prepare(self) -> None:
        """Make the bridge of its pods, and write what its programs read."""
        for command in (
            "ip link set lo up",
            "ip link add cni0 type bridge",
            f"ip addr add {ADDRESS}/24 dev cni0",
            "ip link set cni0 up",
            # What the node itself asks of a service needs a way before it is given a pod's address.
            f"ip route add {SERVICES} dev cni0",
            # What goes from pod to pod over the bridge passes the rules of network policies.
            "sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1",
        ):
            subprocess.run(command.split(), check=True)
        (self.folder / "cni").mkdir()
        self._write("cni/10-pods.conflist", self._network())
        text = _CONTAINERD.format(folder=self.folder, pause=PAUSE)
        (self.folder / "containerd.toml").write_text(text)
        self._write("kubelet.json", self._kubelet())
        self._write("kube-proxy.json", self._proxy())

    def containerd(self) -> list[str]:
        return ["containerd", "--config", str(self.folder / "containerd.toml")]

    def kubelet(self) -> list[str]:
        return [
            "kubelet",
            *("--config", f"{self.folder}/kubelet.json"),
            *("--kubeconfig", f"{self.folder}/node.conf"),
            *("--hostname-override", NODE, "--node-ip", ADDRESS),
            *("--root-dir", f"{self.folder}/kubelet", "--cert-dir", f"{self.folder}/kubelet-pki"),
        ]

    def proxy(self) -> list[str]:
        return ["kube-proxy", "--config", str(self.folder / "kube-proxy.json")]

    def router(self) -> list[str]:
        return [
            "kube-router",
            *("--kubeconfig", f"{self.folder}/admin.conf", "--hostname-override", NODE),
            *("--service-cluster-ip-range", SERVICES),
        ]

    def ctr(self, *arguments: str) -> list[str]:
        """A command of containerd's, on the images and containers of the pods."""
        return ["ctr", "--address", str(self.socket), "--namespace", "k8s.io", *arguments]

    def _network(self) -> object:
        addresses = {
            "type": "host-local",
            "dataDir": str(self.folder / "addresses"),
            "ranges": [[{"subnet": _SUBNET}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        }
        bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True}
        return {
            "cniVersion": "0.4.0",
            "name": "pods",
            "plugins": [
                {**bridge, "hairpinMode": True, "mtu": 1400, "ipam": addresses},
                {"type": "portmap", "capabilities": {"portMappings": True}},
            ],
        }

    def _kubelet(self) -> object:
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": ADDRESS,
            "cgroupDriver": "cgroupfs",
            "failCgroupV1": False,
            "failSwapOn": False,
            "containerRuntimeEndpoint": f"unix://{self.socket}",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(self.folder / "ca.crt")},
            },
            "authorization": {"mode": "Webhook"},
            "clusterDomain": "cluster.local",
            "clusterDNS": [DNS],
            "resolvConf": "",
            # Neither the disk of a busy machine nor its memory makes it send pods away.
            "evictionHard": {
                "memory.available": "100Mi",
                "nodefs.available": "1%",
                "imagefs.available": "1%",
            },
            "imageGCHighThresholdPercent": 100,
            "imageGCLowThresholdPercent": 99,
            "nodeStatusUpdateFrequency": "5s",
        }

    def _proxy(self) -> object:
        return {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "clientConnection": {"kubeconfig": str(self.folder / "admin.conf")},
            "mode": "iptables",
            "clusterCIDR": PODS,
            "hostnameOverride": NODE,
            "healthzBindAddress": "127.0.0.1:20256",
            "metricsBindAddress": "127.0.0.1:20249",
            "conntrack": {"maxPerCore": 0},
            "nodePortAddresses": ["127.0.0.0/8", _SUBNET],
        }

    def _write(self, name: str, content: object) -> None:
        (self.folder / name).write_text(json.dumps(content))
