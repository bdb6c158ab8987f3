"""What the repository's pyproject.toml says of both distributions, for the one of this folder."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

SHARED = ("version", "license", "requires-python", "keywords", "classifiers")


class FromTheRepository(MetadataHookInterface):
    """The program of the same version, and what only rendering needs."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill in what ``dynamic`` lists; a source distribution holds it already."""
        if Path(self.root, "PKG-INFO").is_file():
            return
        repository = Path(self.root).parent
        described = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
        project = described["project"]
        metadata |= {name: project[name] for name in SHARED}
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": (repository / project["readme"]).read_text(encoding="utf-8"),
        }
        metadata["dependencies"] = [
            f"{project['name']}=={project['version']}",
            *described["dependency-groups"]["rendering"],
        ]
