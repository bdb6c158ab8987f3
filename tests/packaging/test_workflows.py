"""This repository's workflows: linted by the real linters, pinned, and with the least rights."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
CHECKERS = ROOT / ".venv-checkers" / "bin"
NAMES = ("ci.yml", "release.yml")
NAMED_PATH = re.compile(r"(?<![\w/.$-])(?:tests|\.ci)/[\w./-]+|requirements[\w-]*\.txt")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

needs_checkers = pytest.mark.skipif(
    not (CHECKERS.parent / "ready").exists(),
    reason="the programs that check workflows are not installed: make checkers",
)


def lint(repository: Path) -> dict[str, tuple[int, str]]:
    """Run both linters over a repository; each one's exit code and output by its name."""
    names = [f".github/workflows/{name}" for name in NAMES]
    commands: dict[str, list[str | Path]] = {
        "actionlint": [CHECKERS / "actionlint", "-no-color", *names],
        "zizmor": [
            *(CHECKERS / "zizmor", "--offline", "--no-progress", "--quiet", "--color", "never"),
            *("--persona", "auditor", ".github"),
        ],
    }
    found = {}
    for name, command in commands.items():
        done = subprocess.run(
            command,
            cwd=repository,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        found[name] = (done.returncode, done.stdout)
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with these workflows and nothing else, to plant faults in."""
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path


@needs_checkers
def test_both_linters_find_nothing() -> None:
    assert sorted(path.name for path in WORKFLOWS.iterdir()) == sorted(NAMES)
    for name, (code, said) in lint(ROOT).items():
        assert code == 0, f"{name}:\n{said}"


@needs_checkers
@pytest.mark.parametrize(
    ("name", "old", "new", "linter", "finding"),
    [
        ("ci.yml", r"(uses: actions/checkout)@\S+", r"\1@v7", "zizmor", "unpinned-uses"),
        ("release.yml", r"@[0-9a-f]{40} # v8", "@v8", "zizmor", "unpinned-uses"),
        ("ci.yml", r"    permissions:\n      contents: read\n", "    permissions: write-all\n",
         "zizmor", "excessive-permissions"),
        ("release.yml", r"permissions: \{\}", "permissions: {contents: write}",
         "zizmor", "excessive-permissions"),
        ("ci.yml", r"persist-credentials: false", "persist-credentials: true",
         "zizmor", "artipacked"),
        ("release.yml", r'"\$TAG" !=', '"${{ github.ref_name }}" !=',
         "zizmor", "template-injection"),
        ("ci.yml", r"runs-on: windows-2025", "runs-on: window-2025", "actionlint", "runner-label"),
        ("ci.yml", r"timeout-minutes", "timeout", "actionlint", "syntax-check"),
        ("release.yml", r"needs: build", "needs: built", "actionlint", "job-needs"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_caught(  # noqa: PLR0913, PLR0917 - a fault is five values
    name: str, old: str, new: str, linter: str, finding: str, repository: Path
) -> None:
    path = repository / ".github" / "workflows" / name
    text, count = re.subn(old, new, path.read_text(encoding="utf-8"), count=1)
    assert count == 1
    path.write_text(text, encoding="utf-8")

    code, said = lint(repository)[linter]
    assert code != 0
    assert finding in said


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in NAMES:
        workflow = yaml.safe_load((WORKFLOWS / name).read_text(encoding="utf-8"))
        assert workflow["permissions"] == {}, name
        assert workflow["concurrency"]["group"], name
        for job, described in workflow["jobs"].items():
            yield f"{name} {job}", described


def test_only_publishing_may_write_and_only_what_it_needs() -> None:
    rights = {name: job["permissions"] for name, job in jobs()}
    publish = rights.pop("release.yml publish")
    assert publish == {"contents": "read", "id-token": "write", "attestations": "write"}
    assert {str(each) for each in rights.values()} == {"{'contents': 'read'}"}
    environments = [name for name, job in jobs() if "environment" in job]
    assert environments == ["release.yml publish"]


def test_every_job_ends_and_no_step_keeps_credentials_or_holds_a_secret() -> None:
    for name, job in jobs():
        assert "timeout-minutes" in job or "uses" in job, name
        for step in job.get("steps", []):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, name
        assert "secrets" not in str(job), name


def test_nothing_is_published_that_was_not_tested_and_built_here() -> None:
    described = dict(jobs())
    assert described["release.yml test"]["uses"].endswith("/.github/workflows/ci.yml")
    assert described["release.yml build"]["needs"] == "test"
    assert described["release.yml publish"]["needs"] == "build"
    ran = [step["run"] for step in described["release.yml publish"]["steps"] if "run" in step]
    assert ran[-1].startswith("uv publish --trusted-publishing always ")


def test_every_path_that_a_workflow_names_is_there() -> None:
    named = {
        word
        for _, job in jobs()
        for step in job.get("steps", [])
        for word in NAMED_PATH.findall(str(step))
    }
    assert {".ci/run", "requirements-dev.txt", "tests/cli"} <= named
    assert [word for word in sorted(named) if not (ROOT / word).exists()] == []


@pytest.fixture
def compare_tag() -> Callable[[str], "subprocess.CompletedProcess[str]"]:
    """Run the step that compares tag and version, as a runner does."""
    (step,) = (
        step
        for step in dict(jobs())["release.yml build"]["steps"]
        if step.get("name") == "The tag is the version"
    )
    assert step["env"] == {"TAG": "${{ github.ref_name }}"}
    scripts = str(Path(sys.executable).parent)

    def run(tag: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=ROOT,
            env={**os.environ, "PATH": os.pathsep.join([scripts, os.environ["PATH"]]), "TAG": tag},
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    return run


def test_a_tag_that_is_the_version_passes(
    compare_tag: Callable[[str], "subprocess.CompletedProcess[str]"],
) -> None:
    done = compare_tag(f"v{VERSION}")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("tag", [VERSION, f"v{VERSION}.1", "v0", "v", f"v{VERSION}rc1"])
def test_another_tag_stops_the_release(
    tag: str, compare_tag: Callable[[str], "subprocess.CompletedProcess[str]"]
) -> None:
    done = compare_tag(tag)
    assert done.returncode == 1
    assert f"The tag is {tag}, the version {VERSION}" in done.stdout


def test_dependabot_looks_at_every_requirements_file() -> None:
    described = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text(encoding="utf-8"))
    looked = {each["package-ecosystem"]: each for each in described["updates"]}
    listing = subprocess.check_output(
        ["git", "ls-files", "requirements*.txt", "*/requirements*.txt"], cwd=ROOT, text=True
    )
    folders = {
        f"/{path.rpartition('/')[0]}"
        for path in listing.splitlines()
        if not path.startswith("templates/")
    }
    assert set(looked["pip"]["directories"]) == folders
    assert looked["github-actions"]["directory"] == looked["pre-commit"]["directory"] == "/"
