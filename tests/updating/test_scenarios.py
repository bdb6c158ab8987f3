"""Every case of docs/update.md comes out right, with every git that there is to try."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.updating.conftest import Shop
from tests.updating.scenarios import SCENARIOS, Scenario

ROOT = Path(__file__).parents[2]
# `make updaters` gets them: what Debian had in 2021, and newer than any distribution's.
GITS = {"installed": None, "oldest": ".venv-gits/bin", "newest": ".venv-updaters/bin"}


@pytest.fixture(params=GITS)
def git(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
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


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[each.name for each in SCENARIOS])
def test_it_comes_out_right(scenario: Scenario, shop: Shop, git: str) -> None:
    shop.template(scenario.before)
    shop.new()
    scenario.edit(shop.project)
    if scenario.commits:
        shop.commit()
    moves = "".join(f"  {old}: {new}\n" for old, new in scenario.moves.items())
    shop.template(scenario.after, extra=f"moves:\n{moves}" if moves else "")
    result = shop.update()
    assert scenario.judge(result) == [], f"git: {git}\n{result.said}"


def test_the_oldest_git_is_old_and_the_newest_new(git: str) -> None:
    said = subprocess.check_output(["git", "version"], text=True)
    minor = int(said.split()[2].split(".")[1])
    assert {"oldest": minor == 30, "newest": minor >= 50, "installed": True}[git], said
