"""An unfinished update belongs to the commit that it began at, and to the files as it left them."""

import pytest

from tests.updating.conftest import Shop
from tests.updating.scenarios import LONG, MINE, THEIRS, edited, git
from tests.updating.snapshot import snapshot

BEFORE = {"a.txt": LONG, "b.txt": f"b\n{LONG}", "d/c.txt": f"c\n{LONG}"}
AFTER = {"a.txt": edited(LONG, 3, THEIRS), "b.txt": f"b\n{LONG}{THEIRS}", "d/new.txt": THEIRS}


@pytest.fixture
def conflicting(shop: Shop) -> Shop:
    """A project whose update conflicts in a.txt, writes b.txt and d/new.txt, removes d/c.txt."""
    shop.with_conflict(BEFORE, AFTER)
    git(shop.project, "branch", "other", "HEAD~1")
    assert shop.update().code == 1
    return shop


def elsewhere(shop: Shop) -> None:
    git(shop.project, "reset", "--quiet", "--hard")
    git(shop.project, "checkout", "--quiet", "other")


def test_work_on_another_branch_is_not_replaced(conflicting: Shop) -> None:
    elsewhere(conflicting)
    conflicting.edit("a.txt", "work on the other branch")
    before = snapshot(conflicting.project)
    refused = conflicting.update("--abort")
    assert refused.code == 2
    assert "another commit is checked out" in refused.said
    assert "a.txt, d/new.txt" in refused.said
    assert f"git checkout {git(conflicting.project, 'rev-parse', 'main')[:12]}" in refused.said
    assert snapshot(conflicting.project, index=False) == without_index(before)


def without_index(files: dict[str, tuple[int, bytes]]) -> dict[str, tuple[int, bytes]]:
    return {path: entry for path, entry in files.items() if not path.endswith(".git/index")}


def test_the_way_back_that_is_named_works(conflicting: Shop) -> None:
    elsewhere(conflicting)
    conflicting.edit("a.txt", "work on the other branch")
    git(conflicting.project, "stash", "--quiet")
    git(conflicting.project, "checkout", "--quiet", "main")
    assert conflicting.update("--abort").code == 0
    assert git(conflicting.project, "status", "--porcelain") == ""
    assert conflicting.update().code == 1  # And it may begin again.


def test_an_update_of_which_nothing_is_left_is_forgotten(conflicting: Shop) -> None:
    elsewhere(conflicting)
    (conflicting.project / "d/new.txt").unlink()
    conflicting.edit("b.txt", f"b\n{MINE}")
    conflicting.commit()
    before = snapshot(conflicting.project)
    aborted = conflicting.update("--abort")
    assert (aborted.code, "its files stay as they are" in aborted.said) == (0, True)
    left = {
        path: entry for path, entry in before.items() if not path.startswith(".blueprint/update")
    }
    assert snapshot(conflicting.project, index=False) == without_index(left)
    assert conflicting.update("--abort").code == 2  # Nothing is under way.


@pytest.mark.parametrize("place", ["main", "another branch", "no branch"])
@pytest.mark.parametrize("path", ["a.txt", "b.txt"])
def test_work_at_the_same_commit_is_not_replaced(path: str, place: str, conflicting: Shop) -> None:
    git(conflicting.project, "reset", "--quiet", "--hard")
    match place:
        case "another branch":
            git(conflicting.project, "checkout", "--quiet", "-b", "same")
        case "no branch":
            git(conflicting.project, "checkout", "--quiet", "--detach")
    conflicting.edit(path, "work since then")
    refused = conflicting.update("--abort")
    assert (refused.code, f"would be lost: {path}" in refused.said) == (2, True)
    assert conflicting.read(path) == "work since then"
    if place == "another branch":
        assert "began on main, and same is checked out" in refused.said
    git(conflicting.project, "stash", "--quiet")
    assert conflicting.update("--abort").code == 0
    git(conflicting.project, "stash", "pop", "--quiet")
    assert conflicting.read(path) == "work since then"


def test_where_only_the_conflict_was_written_a_reset_shows(shop: Shop) -> None:
    shop.with_conflict({"a.txt": LONG}, {"a.txt": edited(LONG, 3, THEIRS)})
    assert shop.update().code == 1
    shop.edit("a.txt", MINE)  # What resolves a conflict goes with it.
    git(shop.project, "add", "a.txt")
    assert shop.update("--abort").code == 0
    assert shop.update().code == 1
    git(shop.project, "reset", "--quiet", "--hard")
    shop.edit("a.txt", "work since then")
    refused = shop.update("--abort")
    assert (refused.code, "would be lost: a.txt" in refused.said) == (2, True)
    git(shop.project, "checkout", "--quiet", "HEAD", "--", "a.txt")
    assert shop.update("--abort").code == 0


def test_what_was_taken_along_to_a_branch_is_finished_or_taken_back(conflicting: Shop) -> None:
    conflicting.edit("a.txt", edited(LONG, 3, MINE))
    git(conflicting.project, "add", "--all")
    git(conflicting.project, "checkout", "--quiet", "-b", "update")
    assert conflicting.update("--abort").code == 0  # It was resolved as it had been before.
    assert conflicting.update().code == 1
    conflicting.edit("a.txt", "resolved")
    git(conflicting.project, "add", "--all")
    git(conflicting.project, "checkout", "--quiet", "-b", "again")
    refused = conflicting.update("--abort")
    assert (refused.code, "would be lost: a.txt" in refused.said) == (2, True)
    assert conflicting.update("--continue").code == 0


@pytest.mark.parametrize("left", ["nothing", "what is new"])
def test_what_was_reset_is_not_finished(left: str, conflicting: Shop) -> None:
    record = conflicting.read(".blueprint/template.json")
    git(conflicting.project, "reset", "--quiet", "--hard")
    if left == "nothing":
        git(conflicting.project, "clean", "--quiet", "-fd")
    refused = conflicting.update("--continue")
    assert refused.code == 2
    assert "not there any more: b.txt, d/c.txt" in refused.said
    assert ("d/new.txt" in refused.said) == (left == "nothing")
    assert conflicting.read(".blueprint/template.json") == record
    assert conflicting.update("--abort").code == 0
    assert git(conflicting.project, "status", "--porcelain") == ""


def test_it_is_not_finished_on_another_branch(conflicting: Shop) -> None:
    elsewhere(conflicting)
    refused = conflicting.update("--continue")
    assert (refused.code, "is no part of what is checked out" in refused.said) == (2, True)


@pytest.mark.parametrize("resolution", [edited(LONG, 3, MINE), edited(LONG, 3, THEIRS)])
def test_resolved_and_committed_it_is_finished(resolution: str, conflicting: Shop) -> None:
    conflicting.edit("a.txt", resolution)
    conflicting.commit()
    assert conflicting.update("--continue").code == 0
    conflicting.commit()
    assert conflicting.read("a.txt") == resolution
    assert conflicting.update().said.startswith("monolith 0.1.0: nothing to do")
