"""A project on the node by Helm: its chart with the values for development, and what is added."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.deploy.cluster.deployed import Deployed
from tests.deploy.kubernetes import programs
from tests.deploy.kubernetes.programs import CHECKERS

_HELM = Path(__file__).with_name("helm.py")
_ENVIRONMENT = "development"


@dataclass
class Chart(Deployed):
    """A project with `deploy: [helm]`; `values` are those of its environment, and these."""

    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.project / "deploy/helm"

    @property
    def namespace(self) -> str:
        return f"{self.project.name}-by-helm"

    def manifests(self) -> str:
        made = programs.helm(self.folder, _ENVIRONMENT, **self.values)
        assert made["refused"] == ""
        return str(made["manifests"])

    def prepare(self) -> None:
        """The namespace and its secrets, as its README says."""
        self.cluster.kubectl("create", "namespace", self.namespace)
        self.make_secrets()

    def install(self, tag: str) -> dict[str, Any]:
        """What `helm install` says of the release."""
        return self._helm("install", tag)

    def upgrade(self, tag: str) -> dict[str, Any]:
        """What `helm upgrade` says of the release."""
        return self._helm("upgrade", tag)

    def roll_back(self) -> dict[str, Any]:
        """To the revision before; what `helm status` says then."""
        return self._helm("rollback", "")

    def _helm(self, action: str, tag: str) -> dict[str, Any]:
        asked = {
            "action": action,
            "access": str(self.cluster.folder / "admin.conf"),
            "chart": str(self.folder),
            "name": self.project.name,
            "namespace": self.namespace,
            "values": str(self.folder / f"values-{_ENVIRONMENT}.yaml"),
            "more": {**self.values, "image": {"registry": "", "tag": tag}},
        }
        done = self.cluster.run(CHECKERS / "python", _HELM, given=json.dumps(asked))
        assert done.returncode == 0, f"{done.stdout[-4000:]}\n{self.told()}"
        said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return said
