"""The cases of docs/update.md, with a team's template of either kind."""

import shutil
from pathlib import Path

import pytest

from tests.engines.written import commit, write
from tests.program import Run
from tests.updating.scenarios import SCENARIOS, Files, Result, Scenario
from tests.updating.scenarios import commit as commit_all

# Where a file goes can be said in our own templates alone.
CASES = [scenario for scenario in SCENARIOS if not scenario.moves]


def release(folder: Path, kind: str, files: Files, tag: str) -> None:
    """Make a version of a template whose files are these."""
    for place in folder.iterdir() if folder.is_dir() else ():
        if place.name != ".git":
            shutil.rmtree(place) if place.is_dir() else place.unlink()
    if kind == "copier":
        write(folder, {"copier.yml": "_subdirectory: files\n"})
        below = "files"
    else:
        write(folder, {"cookiecutter.json": '{"name": "shop"}'})
        below = "{{cookiecutter.name}}"
    commit(write(folder, {f"{below}/{path}": content for path, content in files.items()}), tag)


@pytest.mark.parametrize("scenario", CASES, ids=[each.name for each in CASES])
@pytest.mark.parametrize("kind", ["copier", "cookiecutter"])
def test_it_comes_out_right(kind: str, scenario: Scenario, run: Run, tmp_path: Path) -> None:
    source, project = tmp_path / "template", tmp_path / "project"
    release(source, kind, scenario.before, "v1.0.0")
    new = ("new", "shop", "--template", source, "--defaults", "--output", project)
    made = run(*new)
    assert made.code == 0, made.err
    scenario.edit(project)
    if scenario.commits:
        commit_all(project)
    release(source, kind, scenario.after, "v2.0.0")
    done = run("update", project)
    result = Result(project, done.code, done.out + done.err)
    assert scenario.judge(result) == [], result.said
