"""A project from a tiny template, whose next version is one call away."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from blueprint_cli.__main__ import main
from tests.conftest import COPIER_YML, OF_THE_TERMINAL
from tests.updating.scenarios import LONG, MINE, Files, Result, commit, edited, write

Update = Callable[..., Result]
ROOT = Path(__file__).parents[2]
# `make updaters` gets them: what Debian had in 2021, and newer than any distribution's.
GITS = {"installed": None, "oldest": ".venv-gits/bin", "newest": ".venv-updaters/bin"}


class Shop:
    """A project, the template that it was rendered from, and the program."""

    def __init__(self, root: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self.project = project
        self._capsys = capsys

    def template(self, files: Files, *, layers: str = "- {from: files}", extra: str = "") -> None:
        """Replace the template."""
        shutil.rmtree(self.root, ignore_errors=True)
        write(self.root, "copier.yml", COPIER_YML)
        description = f"name: monolith\nsummary: s\nprocesses: one\n{extra}layers:\n  {layers}\n"
        write(self.root, "monolith/pattern.yaml", description)
        for path, content in files.items():
            write(self.root, path if path.startswith("layers/") else f"files/{path}", content)

    def new(self, *arguments: str) -> None:
        """Make the project, with a commit."""
        done = self.run("new", "shop", "--defaults", "--output", str(self.project), *arguments)
        assert done.code == 0, done.said

    def run(self, *arguments: str) -> Result:
        """Run the program; standing in the project makes no difference."""
        code = main(list(arguments))
        out, err = self._capsys.readouterr()
        return Result(self.project, code, out + err)

    def update(self, *arguments: str) -> Result:
        return self.run("update", str(self.project), *arguments)

    def diff(self, *arguments: str) -> Result:
        return self.run("diff", str(self.project), *arguments)

    def edit(self, path: str, content: str | bytes) -> None:
        write(self.project, path, content)

    def read(self, path: str) -> str:
        return (self.project / path).read_bytes().decode()

    def with_conflict(self, before: Files, after: Files) -> None:
        """Make a project with an edit of a.txt, where the template's next version changes it."""
        self.template(before)
        self.new()
        self.edit("a.txt", edited(LONG, 3, MINE))
        self.commit()
        self.template(after)

    def commit(self) -> None:
        commit(self.project)


@pytest.fixture(autouse=True)
def clean(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests reaches the program; git has an identity."""
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
    )
    for name in list(os.environ):
        if name.startswith(("GIT_", "COPIER_", "XDG_")) or name in OF_THE_TERMINAL:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shop:
    root = tmp_path / "templates of the test"
    monkeypatch.setattr("blueprint_cli.templates.builtin.builtin_root", lambda: root)
    monkeypatch.chdir(tmp_path)
    return Shop(root, tmp_path / "project", capsys)


@pytest.fixture(params=GITS)
def git_version(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> str:
    """Put one git in front of all others."""
    name = str(request.param)
    folder = GITS[name]
    if folder is not None:
        program = ROOT / folder / "git"
        if not program.exists():
            pytest.skip(f"there is no {folder}/git: make updaters")
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/git").symlink_to(program)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
        assert Path(shutil.which("git") or "") == tmp_path / "bin/git"
    return name
