"""What git makes of the place of a new project is what git says, and nobody's guess."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.program import Run, git


def new(run: Run, *arguments: str | Path) -> dict[str, object]:
    result = run("new", "shop", "--defaults", "--json", *arguments)
    assert result.code == 0, result.err
    return dict(json.loads(result.out))


def state(document: dict[str, object]) -> object:
    found = document["git"]
    assert isinstance(found, dict)
    return found["state"]


def committed(project: Path) -> bool:
    return git(project, "rev-list", "--count", "HEAD") == "1"


def test_a_link_to_a_repository_that_is_gone_is_none(tiny: Path, run: Run) -> None:
    with (Path(os.environ["HOME"]) / ".gitconfig").open("a") as config:
        config.write("[init]\n\tdefaultBranch = trunk\n")
    (tiny / ".git").write_text("gitdir: /nowhere/.git/worktrees/work\n")
    assert state(new(run, "--dry-run")) == "planned"
    assert state(new(run)) == "committed"
    assert git(tiny / "shop", "symbolic-ref", "--short", "HEAD") == "trunk"
    assert run("check", "shop").code == 0
    assert run("update", "shop").code == 0
    (tiny / ".git").write_text("junk\n")
    assert state(new(run, "--output", "other")) == "committed"


def test_a_broken_repository_at_the_place_itself_is_not_replaced(tiny: Path, run: Run) -> None:
    (tiny / "shop").mkdir()
    marker = tiny / "shop/.git"
    marker.write_text("gitdir: /nowhere\n")
    refused = run("new", "shop", "--defaults")
    assert (refused.code, "git finds no repository by it" in refused.err) == (2, True)
    assert [*(tiny / "shop").iterdir()] == [marker]
    assert state(new(run, "--no-git")) == "declined"
    assert run("check", "shop").code == 0
    marker.unlink()
    assert run("update", "shop").code == 0
    marker.write_text("gitdir: /nowhere\n")
    refused = run("update", "shop")
    assert (refused.code, "git finds no repository by it" in refused.err) == (3, True)


def test_beside_work_trees_of_a_bare_repository(tiny: Path, run: Run) -> None:
    git(tiny, "init", "--quiet", "--bare", ".bare")
    (tiny / ".git").write_text("gitdir: ./.bare\n")
    empty = git(tiny, "hash-object", "-t", "tree", "-w", "/dev/null")
    commit = git(tiny, "commit-tree", empty, "-m", "first")
    git(tiny, "branch", "main", commit)
    git(tiny, "worktree", "add", "--quiet", "main", "main")
    assert state(new(run)) == "committed"
    assert committed(tiny / "shop")
    assert run("update", "shop").code == 0
    inside = new(run, "--output", "main/shop")
    assert inside["git"] == {
        "state": "enclosed",
        "repository": str(tiny / "main"),
        "branch": None,
    }


def test_a_place_that_the_repository_ignores_is_outside_of_it(tiny: Path, run: Run) -> None:
    git(tiny, "init", "--quiet")
    (tiny / ".gitignore").write_text("/build/\n/here/\n")
    assert state(new(run, "--output", "build/a/shop", "--dry-run")) == "planned"
    assert state(new(run, "--output", "build/a/shop")) == "committed"
    assert committed(tiny / "build/a/shop")
    (tiny / "here").mkdir()
    assert state(new(run, "--output", "here")) == "committed"
    assert state(new(run, "--output", "there")) == "enclosed"


def test_where_git_does_not_look_further_there_is_none(
    tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tiny, "init", "--quiet")
    (tiny / "mount").mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tiny))
    assert state(new(run, "--output", "mount/shop")) == "committed"


def test_a_repository_of_another_user_is_named_with_the_remedy(
    tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tiny, "init", "--quiet")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    result = run("new", "shop", "--defaults")
    assert result.code == 0
    assert f"{tiny} is a git repository that git refuses" in result.err
    assert f"git config --global --add safe.directory {tiny}" in result.err
    assert not (tiny / "shop/.git").exists()
    assert run("new", "shop", "--defaults", "--no-git", "--output", "other").err == ""


@pytest.mark.parametrize("text", ["gitdir: /nowhere\n", "junk\n", None])
def test_without_git_only_what_leads_to_a_repository_counts(
    text: str | None, tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    if text is None:
        git(tiny, "init", "--quiet", "--separate-git-dir", str(tiny.parent / "separate"))
    else:
        (tiny / ".git").write_text(text)
    monkeypatch.setenv("PATH", str(tiny.parent / "nothing"))
    assert state(new(run)) == ("enclosed" if text is None else "missing")


@pytest.mark.parametrize("options", [(), ("--no-git",)])
def test_rendered_files_that_are_ignored_are_named_with_the_command(
    options: tuple[str, ...], tiny: Path, run: Run
) -> None:
    git(tiny, "init", "--quiet")
    (tiny / ".gitignore").write_text(".*\n!.gitignore\ndocs/\n")
    would = run("new", "shop", "--defaults", "--dry-run", *options)
    assert ", docs/decisions/0001-architecture.md: they would be in no commit." in would.err
    made = run("new", "shop", "--defaults", *options)
    assert made.code == 0
    command = made.err.splitlines()[-1].strip()
    assert command == "git -C shop add --force -- .blueprint docs"
    subprocess.run(shlex.split(command), check=True)
    git(tiny, "add", "--all")
    assert len(git(tiny, "ls-files", "shop").splitlines()) == 9
    document = new(run, "--output", "with space", *options)
    ignored = document["ignored"]
    assert isinstance(ignored, list)
    assert ignored[-1] == "docs/decisions/0001-architecture.md"
    assert len(ignored) == 5
