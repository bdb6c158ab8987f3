"""Every case of docs/update.md comes out right, with every git that there is to try."""

import subprocess

import pytest

from tests.updating.conftest import Shop
from tests.updating.scenarios import SCENARIOS, Scenario


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[each.name for each in SCENARIOS])
def test_it_comes_out_right(scenario: Scenario, shop: Shop, git_version: str) -> None:
    shop.template(scenario.before)
    shop.new()
    scenario.edit(shop.project)
    if scenario.commits:
        shop.commit()
    moves = "".join(f"  {old}: {new}\n" for old, new in scenario.moves.items())
    shop.template(scenario.after, extra=f"moves:\n{moves}" if moves else "")
    result = shop.update()
    assert scenario.judge(result) == [], f"git: {git_version}\n{result.said}"


def test_the_oldest_git_is_old_and_the_newest_new(git_version: str) -> None:
    said = subprocess.check_output(["git", "version"], text=True)
    minor = int(said.split()[2].split(".")[1])
    assert {"oldest": minor == 30, "newest": minor >= 50, "installed": True}[git_version], said
