"""A project on the node by Kustomize: its overlay for development is what runs."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.cluster.deployed import Deployed


@dataclass
class Overlay(Deployed):
    """A project with `deploy: [kubernetes]`."""

    @property
    def folder(self) -> Path:
        return self.project / "deploy/kubernetes/overlays/development"

    @property
    def namespace(self) -> str:
        found = re.search(r"^namespace: (\S+)", self._kustomization.read_text(), re.MULTILINE)
        assert found
        return found[1]

    @property
    def _kustomization(self) -> Path:
        return self.folder / "kustomization.yaml"

    def manifests(self, overlay: str = "development") -> str:
        """What Kustomize makes of an overlay."""
        return self.cluster.kubectl("kustomize", str(self.folder.parent / overlay))

    def apply(self) -> str:
        """Everything, as its README says; what kubectl says, warnings included."""
        self.cluster.kubectl("apply", "--filename", str(self.folder / "namespace.yaml"))
        self.make_secrets()
        return self.release()

    def release(self, tag: str = "local") -> str:
        """Roll out those images, by the project's own script; what it says."""
        text = self._kustomization.read_text()
        self._kustomization.write_text(re.sub(r"newTag: \w+", f"newTag: {tag}", text))
        script = f"cd '{self.project}' && exec sh deploy/kubernetes/release.sh {self.folder.name}"
        done = self.cluster.run("env", *self.cluster.access(), "sh", "-c", script)
        assert done.returncode == 0, f"{done.stdout}\n{self.told()}"
        return done.stdout
