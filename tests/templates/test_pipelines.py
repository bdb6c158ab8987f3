"""GitLab's pipelines do what GitHub's workflows do, in fixed versions and with no rights."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rendered import render

IMAGE = re.compile(
    r"python:(?:3\.\d+|\$PYTHON)-trixie|docker:\d+\.\d+\.\d+-(?:cli|dind)"
    r"|prom/prometheus:v\d+\.\d+\.\d+"
)
COMMAND = re.compile(
    r"make [^\n|;]+|blueprint check|kit_kafka\.commands\.contracts check"
    # The packages, the alerts, and the image: by an action there, by its program here.
    r"|pip-audit==[\d.]+|pip_audit [^\n|]+|test rules [^\n]+|HIGH,CRITICAL"
)


def read(path: Path) -> dict[Any, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def commands(text: str) -> set[str]:
    """What runs, without what each host calls its runner's Python."""
    return {each.strip() for each in COMMAND.findall(text)}


@pytest.mark.parametrize("pattern", ["monolith", "microservices", "event-driven"])
def test_both_hosts_run_the_same(pattern: str, tmp_path: Path) -> None:
    projects = {
        ci: render(
            tmp_path / ci, "--example", "shop", "--pattern", pattern, "--set", f"platform.ci={ci}"
        )
        for ci in ("github", "gitlab")
    }
    workflows = sorted(projects["github"].glob(".github/workflows/*.yml"))
    root = projects["gitlab"] / ".gitlab-ci.yml"
    pipelines = [root, *sorted(projects["gitlab"].glob(".gitlab/pipelines/*.yml"))]
    assert not (projects["gitlab"] / ".github").exists()
    # `blueprint check` is a job of GitHub's first workflow, and a file of its own for GitLab.
    assert len(workflows) + 1 == len(pipelines)
    read_by = {
        name: commands("".join(path.read_text(encoding="utf-8") for path in paths))
        for name, paths in (("github", workflows), ("gitlab", pipelines))
    }
    assert read_by["github"] == read_by["gitlab"]
    text = root.read_text(encoding="utf-8")
    for context in ("identity", "catalog", "orders", "notifications"):
        assert (f"services/{context}/**/*" in text) == (pattern != "monolith")

    jobs: dict[str, dict[str, Any]] = {}
    for path in pipelines:
        jobs |= {
            name: job
            for name, job in read(path).items()
            if isinstance(job, dict) and {"script", "extends"} & job.keys()
        }
    images = [job["image"] for job in jobs.values() if "image" in job]
    images = [image["name"] if isinstance(image, dict) else image for image in images]
    images += [image for job in jobs.values() for image in job.get("services", [])]
    assert images
    assert {"pip-audit==2.10.1", "HIGH,CRITICAL"} <= read_by["gitlab"]
    assert [image for image in images if not IMAGE.fullmatch(image)] == []
    for name, job in jobs.items():
        assert not {"id_tokens", "secrets"} & job.keys(), name
        for base in job.get("extends", []):
            assert base in read(root), name
