"""The programs that read manifests and charts: kubectl, Helm, kube-score, checkov, and schemas."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKERS = Path(__file__).parents[3] / ".venv-checkers" / "bin"
HERE = Path(__file__).parent
Objects = dict[tuple[str, str], dict[str, Any]]
OF_A_MAP = {"configMap", "configMapRef", "configMapKeyRef"}

checkers = pytest.mark.skipif(
    not (CHECKERS / "kubectl").exists(),
    reason="the programs that check rendered files are not installed: make checkers",
)


def run(*command: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run one of them; what it says is in `stdout`."""
    return subprocess.run(
        command,
        input=given,
        env={**os.environ, "CHECKOV_RUN_SCA_PACKAGE_SCAN": "false"},
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def kustomized(folder: Path) -> str:
    """What `kubectl apply --kustomize` would apply."""
    result = run(CHECKERS / "kubectl", "kustomize", folder)
    assert result.returncode == 0, result.stdout
    return result.stdout


def helm(chart: Path, environment: str, **values: object) -> dict[str, Any]:
    """What Helm says of a chart with an environment's values, and more of them.

    ``manifests``, why the values are ``refused``, and the ``messages`` of its linter.
    """
    asked = json.dumps(
        {"chart": str(chart), "values": str(chart / f"values-{environment}.yaml"), "more": values}
    )
    result = run(CHECKERS / "python", HERE / "helm.py", given=asked)
    assert result.returncode == 0, result.stdout
    # What Helm writes of its own accord stands before.
    answered: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return answered


def objects(text: str) -> list[dict[str, Any]]:
    """The objects of a stream of YAML."""
    return [one for one in yaml.safe_load_all(text) if one]


def named(found: Iterable[dict[str, Any]]) -> Objects:
    """Objects by kind and name."""
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def validated(version: str, *files: Path) -> str:
    """What the schemas of a version of Kubernetes find in files; empty where it is nothing."""
    options = ("--quiet", "--strict", "-k", version)
    return run(CHECKERS / "kubernetes-validate", *options, *files).stdout


def checkov(folder: Path, ignored: Iterable[str]) -> list[dict[str, str]]:
    """What fails of checkov's checks on the files of a folder: ``check``, ``file``."""
    result = run(
        CHECKERS / "checkov",
        *("--framework", "kubernetes", "--directory", folder, "--skip-check", ",".join(ignored)),
        *("--compact", "--quiet", "--skip-download", "--output", "json"),
    )
    report = json.loads(result.stdout)
    return [
        {"check": one["check_id"], "file": one["file_path"]}
        for one in report["results"]["failed_checks"]
    ]


def pods(found: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The pod of each object that makes some."""
    for one in found:
        spec = one.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "containers" in spec.get("template", {}).get("spec", {}):
            yield spec["template"]


def same(found: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    """Objects with what only tells the two tools apart taken out.

    A ConfigMap stands where it is named: Kustomize appends a hash to its name. Helm's hooks and
    checksums, the namespaces, the order of what has names.
    """
    maps = {one["metadata"]["name"]: one["data"] for one in found if one["kind"] == "ConfigMap"}

    def plain(value: object) -> object:
        if isinstance(value, list):
            return sorted(map(plain, value), key=lambda one: json.dumps(one, sort_keys=True))
        return of_mapping(value) if isinstance(value, dict) else value

    def of_mapping(value: dict[str, Any]) -> dict[str, object]:
        held = {
            key: maps[one["name"]] if key in OF_A_MAP and one["name"] in maps else plain(one)
            for key, one in value.items()
            if not key.startswith(("helm.sh/", "checksum/")) and key != "namespace"
        }
        return {key: one for key, one in held.items() if key != "annotations" or one}

    return {
        (one["kind"], one["metadata"]["name"]): plain(one)
        for one in found
        if one["kind"] not in {"ConfigMap", "Namespace"}
    }
