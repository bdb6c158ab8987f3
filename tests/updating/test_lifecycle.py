"""Conflicts, --continue, --abort, refusals, and what is said on the way."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.program import badly_broken
from tests.records import rendered_as
from tests.updating.conftest import Shop
from tests.updating.scenarios import LONG, MINE, THEIRS, edited, git, write
from tests.updating.snapshot import snapshot

BEFORE = {"a.txt": LONG, "b.txt": f"b\n{LONG}", ".gitignore": "*.local\n"}
AFTER = {"a.txt": edited(LONG, 3, THEIRS), "new/c.txt": THEIRS, ".gitignore": "*.local\n"}


@pytest.fixture
def conflicting(shop: Shop) -> Shop:
    """A project whose update conflicts in a.txt, adds a file and removes another."""
    shop.with_conflict(BEFORE, AFTER)
    shop.edit("untracked.txt", "u")
    shop.edit("ignored.local", "i")
    return shop


def recorded(shop: Shop) -> str:
    return shop.read(".blueprint/template.json")


def test_a_conflict_is_resolved_and_only_then_the_record_advances(conflicting: Shop) -> None:
    before = recorded(conflicting)
    result = conflicting.update()
    assert (result.code, recorded(conflicting)) == (1, before)
    assert "a.txt: you and the template changed the same place" in result.said
    assert "UU a.txt" in git(conflicting.project, "status", "--porcelain")
    assert ".blueprint/update" not in git(
        conflicting.project, "status", "--porcelain", "--untracked-files=all"
    )

    again = conflicting.update()
    assert (again.code, "has conflicts left" in again.said) == (2, True)
    assert conflicting.diff().code == 2

    assert conflicting.update("--continue").code == 1
    conflicting.edit("a.txt", edited(LONG, 3, MINE + THEIRS))
    still = conflicting.update("--continue")  # Resolved in the file, not in the index.
    assert (still.code, "a.txt" in still.said) == (1, True)
    git(conflicting.project, "add", "a.txt")
    done = conflicting.update("--continue")
    assert (done.code, recorded(conflicting) != before) == (0, True)
    assert not (conflicting.project / ".blueprint/update").exists()
    assert len(list((conflicting.project / ".blueprint").glob("base-*.tar"))) == 1
    conflicting.commit()
    assert conflicting.diff().code == 0


def test_a_summary_is_as_wide_as_the_terminal(
    conflicting: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "a folder/with/" + "long-names/" * 8 + "of mine.txt"
    conflicting.edit(path, MINE)
    conflicting.commit()
    conflicting.template({**AFTER, "a folder/new.txt": LONG, path: THEIRS})
    wide = conflicting.diff().said
    monkeypatch.setenv("COLUMNS", "60")
    for command in (conflicting.diff, conflicting.update):
        narrow, _, remedy = command().said.partition("Edit the files,")
        assert f"\n  {path}:\n    you and the template added it\n" in narrow
        broken = badly_broken(narrow, f"{wide} conflicts are left", 60)
        assert [it for it in broken if path not in it] == []
    assert "blueprint update --abort" in remedy
    assert max(map(len, remedy.splitlines())) <= 60


def test_markers_that_were_added_to_the_index_are_no_resolution(conflicting: Shop) -> None:
    conflicting.update()
    git(conflicting.project, "add", "--all")
    assert conflicting.update("--continue").code == 1


def test_an_abort_restores_every_byte_and_the_index(conflicting: Shop) -> None:
    before = snapshot(conflicting.project)
    assert conflicting.update().code == 1
    assert snapshot(conflicting.project) != before
    conflicting.edit("a.txt", "half resolved")
    git(conflicting.project, "add", "a.txt")
    aborted = conflicting.update("--abort")
    assert aborted.code == 0
    assert snapshot(conflicting.project) == before
    assert conflicting.update("--abort").code == 2


def test_an_abort_after_a_commit_leaves_what_was_committed(conflicting: Shop) -> None:
    conflicting.update()
    conflicting.edit("a.txt", "resolved")
    conflicting.commit()
    aborted = conflicting.update("--abort")
    assert (aborted.code, "forgotten" in aborted.said) == (0, True)
    assert conflicting.read("a.txt") == "resolved"
    assert git(conflicting.project, "status", "--porcelain") == ""


def test_without_git_markers_alone_say_what_is_left(conflicting: Shop) -> None:
    import shutil  # noqa: PLC0415 - for this test alone

    shutil.rmtree(conflicting.project / ".git")
    before = snapshot(conflicting.project)
    assert conflicting.update().code == 1
    assert "<<<<<<<" in conflicting.read("a.txt")
    assert conflicting.update("--abort").code == 0
    assert snapshot(conflicting.project) == before
    conflicting.update()
    assert conflicting.update("--continue").code == 1
    conflicting.edit("a.txt", "resolved")
    assert conflicting.update("--continue").code == 0
    assert conflicting.update().said.startswith("monolith 0.1.0: nothing to do")


def test_dry_run_diff_and_update_tell_the_same(conflicting: Shop) -> None:
    before = snapshot(conflicting.project)
    dry = conflicting.update("--dry-run", "--json")
    shown = conflicting.diff("--json")
    assert (dry.code, shown.code, dry.said) == (1, 1, shown.said)
    assert snapshot(conflicting.project) == before
    planned, done = json.loads(dry.said), conflicting.update("--json")
    document = json.loads(done.said.partition("\nEdit the files")[0])
    assert document["changes"] == planned["changes"]
    assert (
        document["conflicts"]
        == planned["conflicts"]
        == [
            {
                "path": "a.txt",
                "kind": "both-changed",
                "why": "you and the template changed the same place",
            }
        ]
    )
    assert planned["changes"]["added"] == ["new/c.txt"]
    assert planned["changes"]["removed"] == ["b.txt"]
    assert planned["changes"]["yours"]["edited"] == ["a.txt"]
    assert (planned["state"], document["state"]) == ("planned", "conflicts")


def test_the_first_decision_is_nothing_that_the_user_added(shop: Shop) -> None:
    shop.template({"a.txt": LONG})
    shop.new()
    assert shop.read("docs/decisions/0001-architecture.md")
    assert json.loads(shop.diff("--json").said)["changes"]["yours"]["added"] == []
    shop.edit("docs/decisions/0002-mine.md", MINE)
    git(shop.project, "add", "--all")
    yours = json.loads(shop.diff("--json").said)["changes"]["yours"]
    assert yours["added"] == ["docs/decisions/0002-mine.md"]


def test_the_patch_shows_every_line(conflicting: Shop) -> None:
    said = conflicting.diff("--patch").said
    assert "+new in the template" in said
    assert json.loads(conflicting.diff("--patch", "--json").said)["patch"] in said


def test_options_that_exclude_each_other(conflicting: Shop) -> None:
    assert conflicting.update("--abort", "--continue").code == 2
    for option in ("--abort", "--continue"):
        assert "no update" in conflicting.update(option).said


def test_an_edited_spec_is_an_update_in_the_same_version(shop: Shop) -> None:
    shop.template({"slo.txt.jinja": "[= slo.p95_ms =]\n", "a.txt": LONG})
    shop.new()
    shop.edit("blueprint.yaml", shop.read("blueprint.yaml").replace("p95_ms: 100", "p95_ms: 70"))
    result = shop.update()
    assert (result.code, shop.read("slo.txt")) == (0, "70\n")
    assert "p95_ms: 70" in shop.read("blueprint.yaml")
    assert " M blueprint.yaml" in git(shop.project, "status", "--porcelain")
    shop.commit()
    assert shop.diff().code == 0


def test_what_is_owned_is_left_alone(shop: Shop) -> None:
    shop.template({"mine/a.txt": LONG, "b.txt": LONG})
    shop.new()
    spec = shop.read("blueprint.yaml")
    shop.edit("blueprint.yaml", spec.replace("owned: []", "owned: [{path: mine, reason: ours}]"))
    shop.edit("mine/a.txt", edited(LONG, 3, MINE))
    shop.commit()
    shop.template({"mine/a.txt": edited(LONG, 3, THEIRS), "mine/new.txt": "n", "b.txt": "b\n"})
    shown = json.loads(shop.diff("--json").said)["changes"]
    assert shown["owned"] == ["mine/a.txt", "mine/new.txt"]
    assert shop.update().code == 0
    assert (shop.read("b.txt"), MINE in shop.read("mine/a.txt")) == ("b\n", True)
    assert not (shop.project / "mine/new.txt").exists()


def test_another_pattern_is_refused_and_evolve_named(shop: Shop) -> None:
    shop.template({"a.txt": LONG})
    shop.new()
    spec = shop.read("blueprint.yaml")
    shop.edit("blueprint.yaml", spec.replace("pattern: monolith", "pattern: microservices"))
    for result in (shop.update(), shop.diff()):
        assert result.code == 2
        assert "blueprint evolve --to microservices" in result.said


def test_a_project_of_a_later_version_says_to_which_to_upgrade(shop: Shop) -> None:
    shop.template({"a.txt": LONG})
    shop.new()
    rendered_as(shop.project, {"version": "12.10.1"})
    for result in (shop.update(), shop.diff()):
        assert (result.code, "Upgrade to 12.10.1" in result.said) == (2, True)


def test_an_unknown_spec_version_is_refused(shop: Shop) -> None:
    shop.template({"a.txt": LONG})
    shop.new()
    shop.edit("blueprint.yaml", shop.read("blueprint.yaml").replace("blueprint: 1", "blueprint: 9"))
    result = shop.update()
    assert (result.code, "written by a newer blueprint" in result.said) == (2, True)


def test_a_lost_base_is_explained_and_rebuilt(shop: Shop) -> None:
    shop.template({"a.txt": LONG})
    shop.new()
    before = snapshot(shop.project)
    (archive,) = (shop.project / ".blueprint").glob("*.tar")
    archive.unlink()
    result = shop.update()
    assert result.code == 3
    (command,) = (line for line in result.said.splitlines() if "--rebuild-base" in line)
    rebuilt = shop.run(*command.replace(str(shop.project), "PATH").split()[1:-1], str(shop.project))
    assert (rebuilt.code, snapshot(shop.project)) == (0, before)
    assert shop.diff().code == 0

    archive.unlink()
    shop.edit("blueprint.yaml", shop.read("blueprint.yaml") + "# a note\n")
    noted = shop.update("--rebuild-base")
    assert (noted.code, "blueprint.yaml was edited since" in noted.said) == (0, True)
    document = json.loads(shop.update("--rebuild-base", "--json").said)
    assert document == {"project": str(shop.project), "version": "0.1.0", "same": True}


def test_a_base_of_another_version_is_not_rebuilt_by_this_one(shop: Shop) -> None:
    shop.template({"a.txt": LONG})
    shop.new()
    rendered_as(shop.project, {"version": "0.0.9"})
    result = shop.update("--rebuild-base")
    assert (result.code, "pip install backend-blueprint==0.0.9" in result.said) == (2, True)


def test_a_monorepos_subdirectory(shop: Shop, tmp_path: Path) -> None:
    repository = tmp_path / "mono repo"
    shop.project = repository / "apps/shop"
    repository.mkdir()
    git(repository, "init", "--quiet")
    write(repository, "other.txt", "other")
    shop.template(BEFORE)
    shop.new()
    refused = shop.update()
    assert refused.code == 0, refused.said  # Nothing to do, so nothing to refuse.
    shop.template(AFTER)
    refused = shop.update()
    assert (refused.code, ".blueprint/" in refused.said) == (2, True)
    shop.edit("a.txt", edited(LONG, 3, MINE))
    from tests.updating.scenarios import commit  # noqa: PLC0415 - of the whole repository

    commit(repository)
    write(repository, "other.txt", "dirty, and nobody's business")
    before = snapshot(repository)
    assert shop.update().code == 1
    status = git(repository, "status", "--porcelain", "--no-renames", "--untracked-files=no")
    assert status.splitlines() == [
        "UU apps/shop/a.txt",
        " D apps/shop/b.txt",
        " M other.txt",
    ]
    assert shop.update("--abort").code == 0
    assert snapshot(repository) == before
    shop.update()
    shop.edit("a.txt", "resolved")
    git(shop.project, "add", "a.txt")
    assert shop.update("--continue").code == 0
    assert shop.read("new/c.txt") == THEIRS


def test_a_project_that_its_repository_ignores_is_like_one_without_git(
    shop: Shop, tmp_path: Path
) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".gitignore").write_text("/project/\n")
    shop.template(BEFORE)
    shop.new("--no-git")
    shop.edit("a.txt", edited(LONG, 18, MINE))
    shop.template(AFTER)
    assert shop.update().code == 0
    assert MINE in shop.read("a.txt")
    assert THEIRS in shop.read("a.txt")


def test_the_users_own_line_endings_on_disk(shop: Shop) -> None:
    shop.template({"a.txt": LONG, "b.txt": LONG + "b\n"})
    shop.new()
    git(shop.project, "config", "core.autocrlf", "true")
    for name in ("a.txt", "b.txt"):
        (shop.project / name).unlink()
    git(shop.project, "checkout", "--", "a.txt", "b.txt")
    assert "\r\n" in shop.read("a.txt")
    shop.template({"a.txt": edited(LONG, 3, THEIRS), "b.txt": LONG + "b\n", "c.txt": LONG})
    assert shop.update().code == 0
    assert shop.read("a.txt").count("\r\n") == shop.read("c.txt").count("\r\n") == 20


@pytest.mark.parametrize("those", [{4}, {1, 5, 9, 12}, {*range(20)} - {7}, {*range(12)}])
@pytest.mark.parametrize("conflict", [False, True])
def test_a_file_with_both_line_endings_keeps_each(
    *, those: set[int], conflict: bool, shop: Shop
) -> None:
    def ended(text: str) -> list[str]:
        return [
            line.replace("\n", "\r\n") if number in those else line
            for number, line in enumerate(text.splitlines(keepends=True))
        ]

    shop.template({"a.txt": LONG})
    shop.new()
    mine = ended(edited(LONG, 3, MINE))
    shop.edit("a.txt", "".join(mine))
    shop.commit()
    shop.template({"a.txt": edited(LONG, 3 if conflict else 18, THEIRS)})
    assert shop.update().code == (1 if conflict else 0)
    found = shop.read("a.txt").splitlines(keepends=True)
    changed = [] if conflict else [line for line in mine if line not in found]
    assert len(changed) == (0 if conflict else 1)
    assert [line for line in found if line in mine] == [line for line in mine if line in found]
    if conflict:
        assert shop.update("--abort").code == 0
        assert shop.read("a.txt") == "".join(mine)


def test_a_repository_of_sha256(shop: Shop) -> None:
    shop.template(BEFORE)
    shop.new("--no-git")
    git(shop.project, "init", "--quiet", "--object-format=sha256")
    shop.edit("a.txt", edited(LONG, 3, MINE))
    shop.commit()
    shop.template(AFTER)
    assert shop.update().code == 1
    assert "UU a.txt" in git(shop.project, "status", "--porcelain")


def test_a_link_that_leads_out_of_the_project_is_not_followed(shop: Shop, tmp_path: Path) -> None:
    shop.template(BEFORE)
    shop.new()
    (tmp_path / "outside").mkdir()
    write(shop.project, ".git/info/exclude", "new\n")
    (shop.project / "new").symlink_to(tmp_path / "outside")
    shop.template(AFTER)
    result = shop.update()
    assert (result.code, list((tmp_path / "outside").iterdir())) == (2, [])


def test_a_folder_of_ignored_files_in_the_way_of_a_file(shop: Shop) -> None:
    shop.template(BEFORE)
    shop.new()
    shop.edit("new.local/x", MINE)
    shop.template({**BEFORE, "new.local": THEIRS})
    result = shop.update()
    assert (result.code, "new.local/x" in result.said) == (2, True)
    (shop.project / "new.local/x").unlink()
    (shop.project / "new.local").rmdir()
    shop.edit("new.local", THEIRS)  # The very same content is no obstacle.
    assert shop.update().code == 0


def test_a_file_becomes_a_folder_and_the_reverse(shop: Shop) -> None:
    shop.template({"a": LONG, "b/c.txt": f"c\n{LONG}"})
    shop.new()
    before = snapshot(shop.project)
    shop.template({"a/x.txt": LONG, "b": f"c\n{LONG}"})
    assert shop.update().code == 0
    assert (shop.read("a/x.txt"), shop.read("b")) == (LONG, f"c\n{LONG}")
    git(shop.project, "stash", "--include-untracked", "--quiet")
    assert snapshot(shop.project, index=False) == {
        path: entry for path, entry in before.items() if path != ".git/index"
    }


def test_only_in_a_project(shop: Shop, tmp_path: Path) -> None:
    for arguments in (("update", str(tmp_path)), ("diff",), ("update", "--abort")):
        result = shop.run(*arguments)
        assert (result.code, "is no blueprint project" in result.said) == (2, True)


def test_a_journal_that_nobody_can_read(conflicting: Shop) -> None:
    conflicting.update()
    conflicting.edit(".blueprint/update/journal.json", "{")
    assert conflicting.update("--abort").code == 3
    conflicting.edit(".blueprint/update/journal.json", '{"format": 2}')
    assert conflicting.update("--abort").code == 3


def test_two_at_once(conflicting: Shop) -> None:
    from blueprint_cli.updating.writing import only_one  # noqa: PLC0415 - for this test alone

    with only_one(conflicting.project):
        result = conflicting.update()
    assert (result.code, "another blueprint is changing" in result.said) == (2, True)
    assert conflicting.update().code == 1


def test_without_a_git_program_it_says_so(
    conflicting: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    result = conflicting.update()
    assert (result.code, "git is not installed" in result.said) == (3, True)


def test_nothing_of_the_merge_is_left_in_the_temporary_folder(
    conflicting: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    conflicting.update()
    conflicting.update("--abort")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_gits_objects_and_references_are_untouched_by_an_update_without_conflicts(
    shop: Shop,
) -> None:
    shop.template(BEFORE)
    shop.new()
    everything = [path for path in sorted((shop.project / ".git").rglob("*")) if path.is_file()]
    contents = {path: path.read_bytes() for path in everything}
    shop.template(AFTER)
    assert shop.update().code == 0
    assert {path: path.read_bytes() for path in everything} == contents
    assert subprocess.check_output(["git", "fsck", "--strict"], cwd=shop.project) == b""


def test_a_project_of_an_unreleased_version_is_refused_by_every_command(shop: Shop) -> None:
    shop.template(BEFORE)
    shop.new()
    old = '{"name": "monolith", "source": "builtin", "version": "0.1.0", "tree": "1", "base": "2"'
    identity = f'{{"format": 1,\n "render": {old}, "seal": "3"}}}}\n'
    shop.edit(".blueprint/template.json", identity)
    shop.commit()
    before = snapshot(shop.project)
    project = str(shop.project)
    for arguments in (
        ("check", project),
        ("diff", project),
        ("update", project),
        ("update", project, "--dry-run"),
        ("update", project, "--rebuild-base"),
        ("evolve", project, "--to", "microservices"),
    ):
        result = shop.run(*arguments)
        assert (result.code, "made before the first release" in result.said) == (2, True), arguments
        assert "Make the project anew and copy your edits" in result.said
    assert snapshot(shop.project) == before
