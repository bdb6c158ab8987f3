"""A project of an earlier version, with edits, is updated by a later wheel."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import uncounted
from tests.updating.scenarios import commit, git

ROOT = Path(__file__).parents[2]
NEXT = "99.1.0"


def released() -> list[str]:
    """The tags of releases; a clone without tags has none."""
    said = subprocess.run(
        ["git", "tag", "--list", "v*"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return said.stdout.split()


def source(folder: Path, reference: str) -> Path:
    """The repository at a reference; what is not committed yet belongs to ``HEAD``."""
    folder.mkdir()
    if reference == "HEAD":
        for name in ("src", "templates"):
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
            shutil.copy(ROOT / name, folder / name)
        return folder
    archive = subprocess.check_output(["git", "archive", reference], cwd=ROOT)
    subprocess.run(["tar", "-x"], cwd=folder, input=archive, check=True)
    return folder


def build(checkout: Path, wheels: Path) -> Path:
    """Build every distribution that a version has, into one folder."""
    for place in (checkout, checkout / "templates"):
        if (place / "pyproject.toml").exists():
            subprocess.run(
                [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels],
                cwd=place, check=True, capture_output=True,
            )  # fmt: skip
    return wheels


def installed(wheels: Path, folder: Path) -> Path:
    """What pip would unpack; the dependencies are those of the running Python."""
    folder.mkdir()
    for wheel in wheels.glob("*.whl"):
        shutil.unpack_archive(wheel, folder, "zip")
    return folder


def blueprint(site: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "blueprint_cli", *arguments],
        cwd=cwd, env=uncounted() | {"PYTHONPATH": str(site)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The next version: a file has moved, another has changed, one is new."""
    folder = tmp_path_factory.mktemp("later")
    checkout = source(folder / "source", "HEAD")
    project = checkout / "pyproject.toml"
    project.write_text(
        re.sub(r'^version = ".*"', f'version = "{NEXT}"', project.read_text(), flags=re.MULTILINE)
    )
    layer = checkout / "templates/monolith/project"
    (layer / "docs/runbook.md.jinja").rename(layer / "docs/operations.md.jinja")
    description = checkout / "templates/monolith/pattern.yaml"
    description.write_text(
        description.read_text()
        + "moves:\n  monolith/project/docs/runbook.md: monolith/project/docs/operations.md\n"
    )
    dockerfile = layer / "Dockerfile.jinja"
    dockerfile.write_text("# The next version says so.\n" + dockerfile.read_text())
    (layer / "NEW.md").write_text("New.\n")
    return installed(build(checkout, folder / "wheels"), folder / "site")


@pytest.mark.parametrize("reference", ["HEAD", *released()])
def test_a_project_is_updated_from_one_wheel_to_the_next(
    reference: str, later: Path, tmp_path: Path
) -> None:
    checkout = source(tmp_path / "source", reference)
    site = installed(build(checkout, tmp_path / "wheels"), tmp_path / "site")
    project = tmp_path / "shop"
    made = blueprint(site, "new", "shop", "--example", "shop", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    version = made_version(project)
    for path, mine in (
        ("docs/runbook.md", "\nAsk Ada.\n"),
        ("Dockerfile", "\nLABEL mine=true\n"),
        ("src/orders/domain/order.py", "\nMINE = True\n"),
    ):
        with (project / path).open("a", encoding="utf-8") as stream:
            stream.write(mine)
    (project / "src/orders/domain/mine.py").write_text("X = 1\n")
    commit(project)

    assert blueprint(site, "diff", cwd=project).returncode == 0
    shown = blueprint(later, "diff", cwd=project)
    assert shown.returncode == 1, shown.stderr
    assert f"monolith {version} → monolith {NEXT}" in shown.stdout
    done = blueprint(later, "update", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert made_version(project) == NEXT
    assert "Ask Ada." in (project / "docs/operations.md").read_text()
    assert not (project / "docs/runbook.md").exists()
    dockerfile = (project / "Dockerfile").read_text()
    assert dockerfile.startswith("# The next version says so.")
    assert "LABEL mine=true" in dockerfile
    assert "MINE = True" in (project / "src/orders/domain/order.py").read_text()
    assert (project / "NEW.md").exists()
    commit(project)
    assert blueprint(later, "diff", cwd=project).returncode == 0

    older = blueprint(site, "update", cwd=project)
    assert (older.returncode, f"Upgrade to {NEXT}" in older.stderr) == (2, True)


def made_version(project: Path) -> str:
    found = re.search(r'"version": "([^"]+)"', (project / ".blueprint/template.json").read_text())
    assert found
    return found[1]


@pytest.mark.skipif(shutil.which("python3") is None, reason="no python3 on PATH")
def test_the_command_that_rebuilds_a_lost_base_works(later: Path, tmp_path: Path) -> None:
    checkout = source(tmp_path / "source", "HEAD")
    wheels = build(checkout, tmp_path / "wheels")
    site = installed(wheels, tmp_path / "site")
    blueprint(site, "new", "shop", "--example", "shop", cwd=tmp_path)
    project = tmp_path / "shop"
    (archive,) = (project / ".blueprint").glob("*.tar")
    archive.unlink()
    said = blueprint(later, "update", str(project), cwd=tmp_path)
    assert said.returncode == 3, said.stdout
    commands = [line.strip() for line in said.stderr.splitlines() if line.startswith("  ")]
    assert len(commands) == 3
    place = commands[0].split()[-1]
    elsewhere = [command.replace(place, str(tmp_path / "its venv")) for command in commands]
    environment = {**os.environ, "PIP_FIND_LINKS": str(wheels)}
    environment.pop("PYTHONPATH", None)
    quoted = [
        command.replace(str(tmp_path / "its venv"), f"'{tmp_path}/its venv'")
        for command in elsewhere
    ]
    for command in quoted:
        done = subprocess.run(
            ["/bin/sh", "-c", command], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert git(project, "status", "--porcelain") == ""
    assert blueprint(later, "diff", str(project), cwd=tmp_path).returncode == 1
