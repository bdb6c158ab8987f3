"""The GitHub Action and the pre-commit hook of this repository, run as GitHub and pre-commit do."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.checking.test_rules import PEM, Edit
from tests.program import git

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.project


@pytest.fixture
def repository(shop: Path) -> Path:
    """A repository that holds a project in a folder, and a violation outside of it."""
    folder = shop.parent / "repository"
    folder.mkdir()
    shutil.move(shop, folder / "the shop")
    Edit("", "elsewhere.pem", PEM).plant(folder)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    return folder


def run_step(
    name: str, repository: Path, temporary: Path, **inputs: str
) -> subprocess.CompletedProcess[str]:
    """Run a step of action.yml as a runner does."""
    action = YAML(typ="safe", pure=True).load((ROOT / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    assert inputs.keys() <= action["inputs"].keys()
    (step,) = (each for each in action["runs"]["steps"] if each["name"] == name)
    assert step["shell"] == "bash"
    environment = dict(step["env"])
    for option, declared in action["inputs"].items():
        given = inputs.get(option, declared["default"])
        for key, text in environment.items():
            environment[key] = text.replace(f"${{{{ inputs.{option} }}}}", given)
    runner = {
        "RUNNER_TEMP": str(temporary),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(temporary / "output"),
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=repository,
        env={**os.environ, **runner, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_the_action_installs_annotates_and_fails(repository: Path, tmp_path: Path) -> None:
    def check(**inputs: str) -> tuple[int, str]:
        done = run_step("blueprint check", repository, tmp_path, **inputs)
        return done.returncode, done.stdout

    for _ in range(2):
        looked = run_step("Look at what would be installed", repository, tmp_path)
        assert looked.returncode == 0, looked.stdout
    first, second = (tmp_path / "output").read_text().splitlines()
    assert re.fullmatch(r"sum=\d+-\d+", first)
    assert first == second, "the same program is the same entry of the cache"
    installed = run_step("Install blueprint", repository, tmp_path)
    assert installed.returncode == 0, installed.stdout
    (packages,) = (tmp_path / "blueprint/lib").glob("python*/site-packages")
    assert not (packages / "copier").exists()
    assert not (packages / "blueprint_templates").exists()
    assert check(path="the shop") == (0, "shop (monolith 0.1.0): nothing to report.\n")
    Edit("", "the shop/src/kit/clock.py", "x").plant(repository)
    code, said = check(path="the shop", sarif="report.sarif")
    assert code == 1
    assert "::error file=the shop/src/kit/clock.py,line=" in said
    assert '"ruleId": "BP102"' in (repository / "report.sarif").read_text()
    program = tmp_path / "blueprint/bin/blueprint"
    accept: list[str | Path] = [program, "check", "the shop", "--write-baseline", "accepted.json"]
    subprocess.run(accept, cwd=repository, check=True)
    assert check(path="the shop", baseline="accepted.json")[0] == 0
    assert check(path="nowhere", sarif="report.sarif")[0] == 2
    generated_workflow(repository / "the shop", tmp_path / "blueprint/bin")


def generated_workflow(shop: Path, programs: Path) -> None:
    """The workflow in the project installs what its variable names, annotates and fails.

    Part of the test above, because the environment with all dependencies is there.
    """
    workflow = YAML(typ="safe", pure=True).load((shop / ".github/workflows/ci.yml").read_text())
    job = workflow["jobs"]["blueprint"]
    assert job["if"] == "vars.BLUEPRINT_REQUIREMENT != ''"
    install, check = (step for step in job["steps"] if "run" in step)
    assert install["env"] == {"BLUEPRINT_REQUIREMENT": "${{ vars.BLUEPRINT_REQUIREMENT }}"}
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "BLUEPRINT_REQUIREMENT": f"backend-blueprint-core @ {ROOT.as_uri()}",
    }

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=shop, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    gone = run("python -m pip uninstall --quiet --yes backend-blueprint-core")
    assert gone.returncode == 0, gone.stderr
    assert not (programs / "blueprint").exists()
    done = run(install["run"])
    assert done.returncode == 0, done.stderr
    found = run(check["run"])
    assert (found.returncode, "::error file=" in found.stdout) == (1, True), found.stderr
    git(shop, "checkout", "--quiet", "--", ".")
    assert run(check["run"]).returncode == 0


def test_the_hook_fails_on_a_violation(repository: Path, tmp_path: Path) -> None:
    home = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}
    program = shutil.which("pre-commit", path=str(Path(sys.executable).parent))
    assert program

    def hook() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, "run", "--all-files"],
            cwd=repository,
            env=home,
            capture_output=True,
            text=True,
            check=False,
        )

    source = tmp_path / "published"
    copied = ("src", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
    for name in copied:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name)
        else:
            shutil.copy(ROOT / name, source / name)
    git(source, "init", "--quiet")
    git(source, "add", "--all")
    git(source, "commit", "--quiet", "--message", "x")
    revision = git(source, "rev-parse", "HEAD")
    (repository / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {source}\n  rev: {revision}\n  hooks:\n  - id: blueprint-check\n"
    )
    git(repository, "add", "--all")
    passed = hook()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    Edit("", "the shop/src/kit/clock.py", "x").plant(repository)
    failed = hook()
    assert failed.returncode == 1
    assert "BP102" in failed.stdout
