"""`blueprint fleet update`: a branch for each, made of the last commit; nothing else is touched."""

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.fleet.hosts import commands_for
from tests.fleet.conftest import IDENTITY
from tests.program import Run, git
from tests.rendered import files_of
from tests.updating.scenarios import LONG, commit, edited, write

BRANCH = "blueprint-update"


def branched(run: Run, *arguments: str | Path) -> dict[str, Any]:
    """What the document says, with the projects by their names."""
    out = run("fleet", "update", *arguments, "--branch", BRANCH, "--json").out
    document: dict[str, Any] = json.loads(out)
    document["projects"] = {one["project"]["name"]: one for one in document["projects"]}
    return document


def besides_the_branch(folder: Path) -> dict[str, tuple[int, bytes]]:
    """All files, but those of git's that a new branch adds."""
    return {
        path: file
        for path, file in files_of(folder).items()
        if "/.git/objects/" not in path and not path.endswith(f"/{BRANCH}")
    }


def test_the_clean_ones_have_a_branch_and_the_others_are_listed(run: Run, copy: Path) -> None:
    write(copy / "behind", "b.txt", "not committed\n")
    write(copy / "changed", "staged.txt", "staged\n")
    git(copy / "changed", "add", "staged.txt")
    before = besides_the_branch(copy)
    everyone = ["behind", "changed", "conflicting", "damaged", "fine", "nothing", "unfinished",
                "without-git"]  # fmt: skip
    result = run("fleet", "update", *everyone, "--branch", BRANCH)
    assert result.code == 1
    assert result.out.splitlines()[-1] == (
        "8 projects: 2 committed; 1 with nothing to do; 1 conflict: conflicting; "
        "4 that cannot be updated: damaged, nothing, unfinished and without-git."
    )
    assert besides_the_branch(copy) == before
    for name in everyone:
        if (copy / name / ".git").exists():
            made = git(copy / name, "branch", "--list", BRANCH)
            assert bool(made) is (name in {"behind", "changed"}), name


def test_the_branch_holds_what_an_update_makes_of_the_last_commit(
    run: Run, copy: Path, tmp_path: Path
) -> None:
    updated = shutil.copytree(copy / "changed", tmp_path / "updated")
    assert run("update", updated).code == 0
    commit(updated)
    write(copy / "changed", "a.txt", edited(LONG, 18, "in the way, were it looked at\n"))
    found = branched(run, "changed")
    assert found["projects"]["changed"]["state"] == "committed"
    told = git(copy / "changed", "log", "-1", "--format=%H%n%P%n%an%n%s", BRANCH).splitlines()
    head = git(copy / "changed", "rev-parse", "HEAD")
    assert told[:3] == [found["projects"]["changed"]["commit"], head, "Ada"]
    assert told[3].startswith("Update changed from monolith 0.0.1 to monolith ")
    trees = [git(folder, "rev-parse", f"{ref}^{{tree}}")
             for folder, ref in ((copy / "changed", BRANCH), (updated, "HEAD"))]  # fmt: skip
    assert trees[0] == trees[1]
    assert git(copy / "changed", "fsck", "--strict") == ""


def test_projects_of_one_repository_share_a_branch(run: Run, copy: Path) -> None:
    found = branched(run, "mono")
    states = {name: one["state"] for name, one in found["projects"].items()}
    assert states == {"one": "committed", "three": "conflicts", "two": "committed"}
    log = git(copy / "mono", "log", "--format=%H %s", f"HEAD..{BRANCH}").splitlines()
    assert [line.split()[0] for line in log] == [
        found["projects"]["two"]["commit"], found["projects"]["one"]["commit"]
    ]  # fmt: skip
    assert found["repositories"] == [
        {"path": str(copy / "mono"), "commit": log[0].split()[0], "commands": []}
    ]
    changed = git(copy / "mono", "diff", "--name-only", f"HEAD..{BRANCH}").splitlines()
    assert {path.split("/")[0] for path in changed} == {"one", "two"}


@pytest.mark.parametrize("branch", ["a..b", "-b", "a b", ""])
def test_what_is_no_name_of_a_branch_is_refused(branch: str, run: Run, copy: Path) -> None:
    before = files_of(copy)
    assert run("fleet", "update", "behind", f"--branch={branch}").code == 2
    assert files_of(copy) == before


def test_a_branch_that_is_there_stays_as_it_is(run: Run, copy: Path) -> None:
    git(copy / "behind", "branch", BRANCH)
    before = files_of(copy)
    found = branched(run, "behind")
    assert (
        "has a branch blueprint-update already" in found["projects"]["behind"]["problem"]["message"]
    )
    assert files_of(copy) == before


def test_no_hook_runs_and_git_has_to_know_who_commits(run: Run, copy: Path) -> None:
    for name in ("pre-commit", "commit-msg", "post-commit", "reference-transaction"):
        hook = copy / "behind/.git/hooks" / name
        write(hook.parent, name, f"#!/bin/sh\ntouch '{copy}/a hook ran'\nexit 1\n")
        hook.chmod(0o755)
    home = Path.home() / ".gitconfig"
    home.write_text("")
    refused = branched(run, "behind")["projects"]["behind"]["problem"]
    assert refused["message"] == "git does not know who commits"
    git(copy / "behind", "config", "user.name", "Grace")
    git(copy / "behind", "config", "user.email", "grace@example.com")
    assert branched(run, "behind")["projects"]["behind"]["state"] == "committed"
    assert git(copy / "behind", "log", "-1", "--format=%ae", BRANCH) == "grace@example.com"
    assert not (copy / "a hook ran").exists()
    home.write_text(IDENTITY)


def test_a_repository_elsewhere_has_to_be_cloned_first(run: Run, copy: Path) -> None:
    (found,) = branched(run, (copy / "fine").as_uri())["projects"].values()
    assert "git clone" in found["problem"]["hint"]


@pytest.mark.parametrize(
    ("remote", "opens"),
    [
        ("git@github.com:acme/shop.git", "gh pr create --repo acme/shop"),
        (
            "https://github.example.com/acme/shop",
            "gh pr create --repo github.example.com/acme/shop",
        ),
        ("ssh://git@gitlab.com:22/acme/web/shop.git", "glab mr create --repo acme/web/shop"),
        (
            "https://gitlab.acme.example/a/b.git",
            "glab mr create --repo https://gitlab.acme.example/a/b",
        ),
        ("https://code.example.com/acme/shop.git", ""),
        ("", None),
    ],
)
def test_the_commands_fit_the_host(remote: str, opens: str | None, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch", "trunk")
    if remote:
        git(tmp_path, "remote", "add", "upstream", remote)
    commands = commands_for(tmp_path, BRANCH, "It's a title", "text")
    if opens is None:
        assert commands == ()
        return
    assert shlex.split(commands[0]) == [
        "git", "-C", str(tmp_path), "push", "--set-upstream", "upstream", BRANCH
    ]  # fmt: skip
    assert len(commands) == 1 + bool(opens)
    for command in commands[1:]:
        assert command.startswith(opens)
        assert {"It's a title", BRANCH, "trunk"} <= set(shlex.split(command))
