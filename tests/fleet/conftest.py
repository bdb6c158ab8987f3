"""A handful of projects of a tiny template, most of them with something the matter, made once."""

import os
import shutil
from pathlib import Path

import pytest

from blueprint_cli.__main__ import main
from tests.conftest import COPIER_YML
from tests.program import git
from tests.records import archive_of, rendered_as
from tests.updating.scenarios import LONG, MINE, THEIRS, commit, edited, write

FILES = {"a.txt": LONG, "b.txt": "b\n", "kept/c.txt": "c\n"}
LATER = {"a.txt": edited(LONG, 18, THEIRS), "b.txt": "b\n", "kept/c.txt": "c\n", "d.txt": "new\n"}
DESCRIPTION = """\
name: monolith
summary: A tiny one.
processes: one
managed: [kept/**]
layers:
  - {from: files}
"""
IDENTITY = "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"


def template(root: Path, files: dict[str, str]) -> None:
    """Write the template, in place of what was there."""
    shutil.rmtree(root, ignore_errors=True)
    write(root, "copier.yml", COPIER_YML)
    write(root, "monolith/pattern.yaml", DESCRIPTION)
    for path, text in files.items():
        write(root, f"files/{path}", text)


def new(place: Path, *arguments: str, version: str = "") -> Path:
    """Make a project, rendered by an earlier version where one is given."""
    assert main(["new", place.name, "--defaults", "--output", str(place), *arguments]) == 0
    if version:
        rendered_as(place, {"version": version})
    if (place / ".git").exists():
        commit(place)
    return place


def owned_by(project: Path, owner: str) -> None:
    spec = project / "blueprint.yaml"
    spec.write_text(spec.read_text().replace('owner: ""', f'owner: "{owner}"'))
    commit(project)


def _projects(folder: Path, root: Path) -> None:
    template(root, FILES)
    owned_by(new(folder / "behind", version="0.0.1"), "@acme/team-behind")
    changed = new(folder / "changed", version="0.0.1")
    write(changed, "a.txt", edited(LONG, 3, MINE))
    (changed / "b.txt").unlink()
    commit(changed)
    for name in ("conflicting", "unfinished", "mono/three"):
        one = new(folder / name, *(["--no-git"] if "/" in name else []))
        write(one, "a.txt", edited(LONG, 18, MINE))
        if "/" not in name:
            commit(one)
    new(folder / "mono/one", "--no-git", version="0.0.1")
    new(folder / "mono/two", "--no-git", version="0.0.1")
    git(folder / "mono", "init", "--quiet")
    commit(folder / "mono")
    damaged = new(folder / "damaged")
    archive_of(damaged).write_bytes(b"not what it was")
    commit(damaged)
    template(root, LATER)
    new(folder / "fine")
    managed = new(folder / "managed")
    write(managed, "kept/c.txt", "edited\n")
    commit(managed)
    new(folder / "without-git", "--no-git")
    write(folder, "nothing/README.md", "No project.\n")
    assert main(["update", str(folder / "unfinished")]) == 1


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folder of the projects, and that of the template; nobody may change them."""
    base = tmp_path_factory.mktemp("fleet")
    folder, root = base / "projects", base / "templates"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_"))]:
            patched.delenv(name)
        write(base, "home/.gitconfig", IDENTITY)
        patched.setenv("HOME", str(base / "home"))
        patched.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patched.setattr("blueprint_cli.templates.builtin.builtin_root", lambda: root)
        _projects(folder, root)
    return folder, root


@pytest.fixture
def fleet(made: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the projects, where we stand; the template is in place of the built-in ones."""
    folder, root = made
    monkeypatch.setattr("blueprint_cli.templates.builtin.builtin_root", lambda: root)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def copy(fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all projects, which a test may change."""
    folder = tmp_path / "a copy"
    shutil.copytree(fleet, folder, symlinks=True)
    monkeypatch.chdir(folder)
    return folder
