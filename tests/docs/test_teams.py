"""docs/teams.md is a day: its commands run, one after another, from an empty folder."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GITCONFIG = "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"


def commands() -> list[str]:
    text = (ROOT / "docs/teams.md").read_text(encoding="utf-8")
    return re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)


@pytest.mark.project
def test_the_day_can_be_played(tmp_path: Path) -> None:
    updaters = ROOT / ".venv-updaters/bin"
    if not (updaters / "cruft").exists():
        pytest.skip("there is no cruft: make updaters")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(GITCONFIG)
    # Behind the others: there is a git in it without its subcommands.
    path = os.pathsep.join([str(ROOT / ".venv/bin"), os.environ["PATH"], str(updaters)])
    place = tmp_path / "acme"
    place.mkdir()
    done = subprocess.run(
        ["bash", "-c", "\n".join(["set -e", *commands()])],
        cwd=place,
        env={**os.environ, "HOME": str(home), "PATH": path, "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for said in (
        "3 projects: 2 clean; 1 conflict: shop.",
        "3 projects: 2 committed; 1 conflict: shop.",
        "the standard acme-standard 1.1.0 locks it",
        "the pipeline fails",
        "Took over old-shop: Copier made it",
        "Took over example: cruft made it",
    ):
        assert said in done.stdout
