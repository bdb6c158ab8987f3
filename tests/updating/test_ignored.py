"""Rendered files that an ignore file covers: they are the user's, and nobody deleted them."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.updating.conftest import Shop
from tests.updating.scenarios import LONG, MINE, THEIRS, commit, edited, git, write
from tests.updating.snapshot import snapshot

BEFORE = {"a.txt": LONG, "docs/b.txt": LONG, "docs/c.txt": LONG, ".editorconfig": LONG}
CHANGED = edited(LONG, 3, THEIRS)
AFTER = {
    "a.txt": CHANGED,
    "docs/b.txt": CHANGED,
    "docs/new.txt": THEIRS,
    ".editorconfig": CHANGED,
    "docs/c.txt": CHANGED,
}
DOCS = ["docs/b.txt", "docs/c.txt"]


@pytest.fixture
def inside(shop: Shop, tmp_path: Path) -> Shop:
    """A project in a repository that ignores docs/ and .editorconfig, all else committed."""
    repository = tmp_path / "mono repo"
    shop.project = repository / "apps/the shop"
    repository.mkdir()
    git(repository, "init", "--quiet")
    write(repository, ".gitignore", "docs/\n.editorconfig\n")
    shop.template(BEFORE)
    shop.new()
    commit(repository)
    return shop


def command_in(said: str) -> list[str]:
    (line,) = [line for line in said.splitlines() if "add --force" in line]
    return shlex.split(line[line.index("git -C") :])


def test_they_take_part_and_are_named_with_the_command(inside: Shop) -> None:
    inside.edit("docs/b.txt", edited(LONG, 18, MINE))
    inside.template(AFTER)
    shown = json.loads(inside.diff("--json").said.partition("\nNo commit takes")[0])
    assert shown["changes"]["yours"]["deleted"] == shown["changes"]["kept_deleted"] == []
    assert shown["changes"]["yours"]["edited"] == ["docs/b.txt"]
    done = inside.update()
    assert done.code == 0, done.said
    assert MINE in inside.read("docs/b.txt")
    assert THEIRS in inside.read("docs/b.txt")
    assert inside.read(".editorconfig") == CHANGED
    assert inside.read("docs/new.txt") == THEIRS
    listed = done.said.partition("Ignored by git, and so in no commit")[2]
    for path in (*DOCS, "docs/new.txt", ".editorconfig", "docs/decisions/0001-architecture.md"):
        assert f"  {path}\n" in listed
    assert "Deleted" not in done.said
    command = command_in(done.said)
    assert command[command.index("--") + 1 :] == [".editorconfig", "docs"]
    subprocess.run(command, check=True)
    assert {"docs/b.txt", "docs/new.txt", ".editorconfig"} < set(
        git(inside.project, "ls-files").splitlines()
    )
    inside.commit()
    assert "ignore" not in inside.update().said


def test_what_is_owned_is_nobodys_business(inside: Shop) -> None:
    spec = inside.read("blueprint.yaml")
    owned = "owned: [{path: docs, reason: ours}, {path: .editorconfig, reason: ours}]"
    inside.edit("blueprint.yaml", spec.replace("owned: []", owned))
    inside.template(AFTER)
    done = inside.update()
    assert (done.code, "Ignored" in done.said, "add --force" in done.said) == (0, False, False)
    assert inside.read("docs/b.txt") == LONG


def test_the_command_adds_nothing_else(inside: Shop) -> None:
    inside.edit("docs/secret.txt", "nobody else's")
    inside.template(AFTER)
    subprocess.run(command_in(inside.update().said), check=True)
    known = git(inside.project, "ls-files", "docs").splitlines()
    assert ("docs/new.txt" in known, "docs/secret.txt" in known) == (True, False)


def test_a_conflict_in_one_is_resolved_by_editing_or_taken_back(inside: Shop) -> None:
    inside.edit("docs/b.txt", edited(LONG, 3, MINE))
    inside.template(AFTER)
    before = snapshot(inside.project.parents[1])
    left = inside.update()
    assert left.code == 1
    assert "git ignores docs/b.txt: there, editing is enough" in left.said
    assert git(inside.project, "ls-files", "--unmerged") == ""
    assert inside.update("--continue").code == 1
    assert inside.update("--abort").code == 0
    assert snapshot(inside.project.parents[1]) == before
    assert inside.update().code == 1
    inside.edit("docs/b.txt", MINE)
    done = inside.update("--continue")
    assert done.code == 0
    assert command_in(done.said)[-1] == "docs/new.txt" or "docs" in command_in(done.said)[-1]


def test_a_clone_without_them_has_not_deleted_them(inside: Shop) -> None:
    repository = inside.project.parents[1]
    git(repository.parent, "clone", "--quiet", str(repository), "clone")
    inside.project = repository.parent / "clone/apps/the shop"
    inside.template(AFTER)
    done = inside.update("--json")
    assert done.code == 0, done.said
    changes = json.loads(done.said.partition("\nNo commit takes")[0])["changes"]
    assert changes["ignored_absent"] == [".editorconfig", *DOCS]
    assert changes["kept_deleted"] == changes["yours"]["deleted"] == []
    assert not (inside.project / "docs/b.txt").exists()


def test_a_record_that_is_ignored_is_added_by_what_is_said(inside: Shop) -> None:
    repository = inside.project.parents[1]
    write(repository, ".gitignore", ".*\n")
    git(inside.project, "rm", "--quiet", "--cached", "-r", ".blueprint")
    commit(repository)
    inside.template(AFTER)
    refused = inside.update()
    assert refused.code == 2
    assert "git ignores it" in refused.said
    subprocess.run(command_in(refused.said), check=True)
    inside.commit()
    done = inside.update()
    assert done.code == 0, done.said
    assert ".blueprint/base-" in done.said  # The new one is ignored as well.
    subprocess.run(command_in(done.said), check=True)
    inside.commit()
    git(repository.parent, "clone", "--quiet", str(repository), "clone")
    inside.project = repository.parent / "clone/apps/the shop"
    assert inside.update().code == 0


def test_what_nobody_has_committed_was_not_deleted(shop: Shop) -> None:
    shop.template(BEFORE)
    shop.new()
    git(shop.project, "rm", "--quiet", "--cached", "docs/b.txt")
    git(shop.project, "commit", "--quiet", "--message", "not that one")
    shop.template(AFTER)
    before = snapshot(shop.project)
    refused = shop.update()
    assert (refused.code, "not committed: docs/b.txt" in refused.said) == (2, True)
    assert snapshot(shop.project, index=False) == {
        path: entry for path, entry in before.items() if not path.endswith(".git/index")
    }
    git(shop.project, "add", "--all")
    shop.commit()
    assert shop.update().code == 0
    assert shop.read("docs/b.txt") == CHANGED


def test_without_git_the_projects_own_ignore_file_deletes_nothing(shop: Shop) -> None:
    shop.template({**BEFORE, ".gitignore": "*.log\n"})
    shop.new("--no-git")
    shop.edit(".gitignore", "*.log\ndocs/\n")
    shop.template({**AFTER, ".gitignore": "*.log\n"})
    done = shop.update()
    assert (done.code, "0 deleted" in done.said) == (0, True)
    assert shop.read("docs/b.txt") == CHANGED


def test_what_lies_behind_a_link_or_in_a_repository_of_its_own(inside: Shop) -> None:
    place = inside.project / "docs"
    place.rename(inside.project.parent / "elsewhere")
    place.symlink_to("../elsewhere")
    inside.template(AFTER)
    assert inside.diff().code == 1
    place.unlink()
    (inside.project.parent / "elsewhere").rename(place)
    git(place, "init", "--quiet")
    shown = inside.diff()
    assert (shown.code, "Deleted" in shown.said) == (1, False), shown.said
