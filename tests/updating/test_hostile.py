"""What users and machines do to an update; nothing that anybody wrote is lost without a word."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from blueprint_cli.locks import try_lock
from blueprint_cli.updating import writing
from blueprint_cli.updating.apply import bring_in
from blueprint_cli.updating.plan import planned
from tests.updating.conftest import Shop
from tests.updating.scenarios import LONG, MINE, THEIRS, edited, git
from tests.updating.snapshot import snapshot

BEFORE = {"a.txt": LONG, "b.txt": f"b\n{LONG}", "d/c.txt": f"c\n{LONG}"}
AFTER = {"a.txt": edited(LONG, 3, THEIRS), "d/c.txt": f"c\n{LONG}", "d/new.txt": THEIRS}


@pytest.fixture
def conflicting(shop: Shop) -> Shop:
    """A project whose update conflicts in a.txt, removes b.txt and adds d/new.txt."""
    shop.with_conflict(BEFORE, AFTER)
    return shop


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_an_edit_that_git_was_told_to_overlook(flag: str, shop: Shop) -> None:
    shop.template(BEFORE)
    shop.new()
    git(shop.project, "update-index", flag, "a.txt")
    shop.edit("a.txt", edited(LONG, 18, MINE))
    shop.template(AFTER)
    assert json.loads(shop.diff("--json").said)["changes"]["in_the_way"] == ["a.txt"]
    before = snapshot(shop.project)
    refused = shop.update()
    assert (refused.code, "--no-assume-unchanged" in refused.said) == (2, True)
    assert snapshot(shop.project) == before
    shop.template({**AFTER, "a.txt": LONG})  # What the template leaves alone is in nobody's way.
    assert shop.update().code == 0
    assert MINE in shop.read("a.txt")


def test_the_lock_of_another_git_is_never_taken(conflicting: Shop) -> None:
    lock = conflicting.project / ".git/index.lock"
    lock.write_text("another git's")
    before = snapshot(conflicting.project)
    refused = conflicting.update()
    assert (refused.code, "index.lock" in refused.said) == (3, True)
    assert snapshot(conflicting.project) == before

    lock.unlink()
    assert conflicting.update().code == 1
    lock.write_text("another git's")
    refused = conflicting.update("--abort")
    assert (refused.code, "remove that file if none is running" in refused.said) == (3, True)
    assert lock.read_text() == "another git's"
    lock.unlink()
    assert conflicting.update("--abort").code == 0
    assert snapshot(conflicting.project) == before


def test_an_index_comes_back_where_there_are_no_links(
    conflicting: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(conflicting.project)
    assert conflicting.update().code == 1

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert conflicting.update("--abort").code == 0
    assert snapshot(conflicting.project) == before


def test_a_submodule_where_the_template_adds_a_file(shop: Shop, tmp_path: Path) -> None:
    shop.template(BEFORE)
    shop.new()
    module = tmp_path / "module"
    module.mkdir()
    git(module, "init", "--quiet")
    (module / "theirs.txt").write_text(MINE)
    git(module, "add", "--all")
    git(module, "commit", "--quiet", "--message", "m")
    git(shop.project, "rm", "-rq", "d")
    git(
        shop.project, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
        str(module), "d",
    )  # fmt: skip
    shop.commit()
    shop.template(AFTER)
    before = snapshot(shop.project)
    refused = shop.update()
    assert (refused.code, refused.said.splitlines()[0].endswith(": d")) == (2, True)
    assert snapshot(shop.project) == before
    spec = shop.read("blueprint.yaml")
    shop.edit("blueprint.yaml", spec.replace("owned: []", "owned: [{path: d, reason: a module}]"))
    assert shop.update().code == 0
    assert THEIRS in shop.read("a.txt")
    assert MINE in shop.read("d/theirs.txt")


def test_an_abort_that_would_run_over_a_folder_says_so(conflicting: Shop) -> None:
    before = snapshot(conflicting.project)
    assert conflicting.update().code == 1
    conflicting.edit("b.txt/mine", MINE)
    state = snapshot(conflicting.project)
    refused = conflicting.update("--abort")
    assert (refused.code, "b.txt/mine" in refused.said) == (2, True)
    assert snapshot(conflicting.project) == state
    (conflicting.project / "b.txt/mine").unlink()  # An empty folder is in nobody's way.
    assert conflicting.update("--abort").code == 0
    assert snapshot(conflicting.project) == before


def test_an_abort_leaves_a_folder_that_stands_where_a_file_was_added(conflicting: Shop) -> None:
    assert conflicting.update().code == 1
    (conflicting.project / "d/new.txt").unlink()
    conflicting.edit("d/new.txt/mine", MINE)
    assert conflicting.update("--abort").code == 0
    assert conflicting.read("d/new.txt/mine") == MINE


def test_an_empty_folder_where_the_template_adds_a_file(conflicting: Shop) -> None:
    (conflicting.project / "d/new.txt/empty").mkdir(parents=True)
    assert conflicting.update().code == 1
    assert conflicting.read("d/new.txt") == THEIRS


def test_an_update_that_another_one_overtook_is_refused(conflicting: Shop) -> None:
    conflicting.edit("a.txt", LONG)
    conflicting.commit()
    with planned(conflicting.project) as plan:
        assert conflicting.update().code == 0
        conflicting.edit("a.txt", MINE)
        conflicting.commit()
        with pytest.raises(Exception, match="another blueprint has changed"):
            bring_in(plan)
    assert conflicting.read("a.txt") == MINE


@pytest.mark.parametrize("torn", ["<<<<<<< HEAD\n", '{"format": 1}', None])
def test_a_torn_record_says_how_it_comes_back(torn: str | None, shop: Shop) -> None:
    shop.template(BEFORE)
    shop.new()
    place = shop.project / ".blueprint/template.json"
    if torn is None:
        place.unlink()
    else:
        place.write_text(torn)
    for command in ("update", "diff"):
        result = shop.run(command, str(shop.project))
        assert (result.code, "Restore it from git" in result.said) == (3, True)
    checked = shop.run("check", str(shop.project))
    assert checked.code == 1
    assert ": .blueprint/template.json" in checked.said


def test_a_base_that_is_whole_is_not_rebuilt(conflicting: Shop) -> None:
    spec = conflicting.read("blueprint.yaml")
    conflicting.edit("blueprint.yaml", spec.replace("p95_ms: 100", "p95_ms: 70"))
    conflicting.commit()
    before = snapshot(conflicting.project)
    assert conflicting.update("--rebuild-base").code == 0
    assert snapshot(conflicting.project) == before
    assert conflicting.update().code == 1
    refused = conflicting.update("--rebuild-base")
    assert (refused.code, "has conflicts left" in refused.said) == (2, True)


def test_no_setting_of_the_user_reaches_the_merge(
    conflicting: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = conflicting.diff("--patch").said
    (tmp_path / "settings").write_text("[diff]\n\texternal = false\n[merge]\n\tff = only\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "settings"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "diff.noprefix")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    assert conflicting.diff("--patch").said == plain
    assert "+new in the template" in plain


def test_markers_of_another_size_are_no_resolution_either(conflicting: Shop) -> None:
    conflicting.edit(".gitattributes", "a.txt conflict-marker-size=20\n")
    conflicting.commit()
    assert conflicting.update().code == 1
    git(conflicting.project, "add", "--all")
    assert conflicting.update("--continue").code == 1


def test_a_signal_after_the_last_write_changes_nothing_any_more(
    conflicting: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blueprint_cli.updating import apply, writing  # noqa: PLC0415 - for its last step

    close = writing.close

    def interrupted(folder: Path) -> None:
        os.kill(os.getpid(), 2)
        close(folder)

    monkeypatch.setattr(apply, "close", interrupted)
    assert conflicting.update().code == 1
    assert conflicting.update("--abort").code == 0
    conflicting.edit("a.txt", LONG)
    conflicting.commit()
    assert conflicting.update().code == 0


def partial_clone(project: Path, *folders: str) -> None:
    """Put a clone in a project's place that has nothing but some folders, and loses its remote."""
    origin = project.with_name("origin")
    project.rename(origin)
    git(origin, "config", "uploadpack.allowFilter", "true")
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(
        origin.parent, "clone", "--quiet", "--filter=blob:none", "--no-checkout", origin.as_uri(),
        str(project),
    )  # fmt: skip
    if folders:
        git(project, "sparse-checkout", "init", "--cone")
        git(project, "sparse-checkout", "set", *folders)
    git(project, "checkout", "--quiet", "main")
    origin.rename(project.with_name("out of reach"))


@pytest.mark.usefixtures("git_version")
def test_a_partial_clone_asks_no_remote(shop: Shop) -> None:
    shop.template(BEFORE)
    shop.new()
    shop.edit("a.txt", edited(LONG, 18, MINE))
    shop.commit()
    partial_clone(shop.project)
    shop.template(AFTER)
    result = shop.update()
    assert result.code == 0, result.said
    assert (MINE in shop.read("a.txt"), THEIRS in shop.read("a.txt")) == (True, True)


@pytest.mark.usefixtures("git_version")
def test_a_sparse_partial_clone_works_with_what_it_has(shop: Shop) -> None:
    shop.template({**BEFORE, "far/away.txt": f"far\n{LONG}", "far/mine.txt": f"mine\n{LONG}"})
    shop.new()
    shop.commit()
    partial_clone(shop.project, ".blueprint", "d", "docs")
    assert not (shop.project / "far").exists()
    same = {"far/away.txt": f"far\n{LONG}", "far/mine.txt": f"mine\n{LONG}"}
    shop.template({**AFTER, **same})
    result = shop.update()  # The template does not touch what is far away.
    assert result.code == 0, result.said
    assert THEIRS in shop.read("a.txt")
    assert not (shop.project / "far").exists()
    shop.commit()

    shop.template({**AFTER, **same, "far/away.txt": THEIRS})
    before = snapshot(shop.project)
    refused = shop.update()
    assert (refused.code, "git sparse-checkout disable" in refused.said) == (2, True)
    assert "far/away.txt" in refused.said
    assert snapshot(shop.project) == before


def test_a_partial_clone_without_the_users_own_edit_is_refused(shop: Shop) -> None:
    shop.template({**BEFORE, "far/mine.txt": f"mine\n{LONG}"})
    shop.new()
    shop.edit("far/mine.txt", MINE)
    shop.commit()
    partial_clone(shop.project, ".blueprint", "d")
    shop.template({**AFTER, "far/mine.txt": f"mine\n{LONG}{THEIRS}"})
    for result in (shop.update(), shop.diff()):
        assert (result.code, "this is a partial clone" in result.said) == (2, True), result.said
        assert "far/mine.txt" in result.said


@pytest.mark.usefixtures("git_version")
def test_a_linked_worktree(conflicting: Shop) -> None:
    linked = conflicting.project.with_name("linked work tree")
    main = snapshot(conflicting.project)
    git(conflicting.project, "worktree", "add", "--quiet", "-b", "linked", str(linked))
    conflicting.project = linked
    before = snapshot(linked)
    assert conflicting.update().code == 1
    assert "UU a.txt" in git(linked, "status", "--porcelain")
    assert conflicting.update("--abort").code == 0
    assert snapshot(linked) == before
    assert git(linked, "status", "--porcelain") == ""
    assert conflicting.update().code == 1
    conflicting.edit("a.txt", "resolved")
    git(linked, "add", "a.txt")
    assert conflicting.update("--continue").code == 0
    conflicting.project = linked.with_name("project")
    assert snapshot(conflicting.project) == main


def test_a_project_that_is_a_submodule(conflicting: Shop, tmp_path: Path) -> None:
    around = tmp_path / "around"
    around.mkdir()
    git(around, "init", "--quiet")
    git(
        around, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
        str(conflicting.project), "apps/shop",
    )  # fmt: skip
    git(around, "commit", "--quiet", "--message", "m")
    conflicting.project = around / "apps/shop"
    before = snapshot(around)
    assert conflicting.update().code == 1
    assert "UU a.txt" in git(conflicting.project, "status", "--porcelain")
    assert conflicting.update("--abort").code == 0
    assert snapshot(around) == before


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Mount another file system on a folder; what was in it is copied there."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    mounted: list[Path] = []

    def put(folder: Path) -> None:
        shutil.copytree(folder, tmp_path / "moved", symlinks=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=False)
        if done.returncode:
            pytest.skip("this machine does not let root mount a file system")
        mounted.append(folder)
        shutil.copytree(tmp_path / "moved", folder, symlinks=True, dirs_exist_ok=True)

    yield put
    for folder in mounted:
        subprocess.run(["umount", folder], check=True)


def test_a_folder_may_be_another_file_system(
    conflicting: Shop, mount: Callable[[Path], None]
) -> None:
    mount(conflicting.project / "d")
    before = snapshot(conflicting.project)
    assert conflicting.update().code == 1
    assert conflicting.read("d/new.txt") == THEIRS
    assert conflicting.update("--abort").code == 0
    assert snapshot(conflicting.project) == before


def test_a_file_may_be_another_file_system(conflicting: Shop, tmp_path: Path) -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a file")
    source, place = tmp_path / "source", conflicting.project / "a.txt"
    shutil.copy2(place, source)
    if subprocess.run(["mount", "--bind", source, place], check=False).returncode:
        pytest.skip("this machine does not let root mount a file")
    try:
        before = snapshot(conflicting.project)
        assert conflicting.update().code == 1
        assert "<<<<<<<" in conflicting.read("a.txt")
        assert conflicting.update("--abort").code == 0
        assert snapshot(conflicting.project) == before
    finally:
        subprocess.run(["umount", place], check=True)


def test_what_cannot_be_written_is_named(
    conflicting: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(conflicting.project)
    real = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self.name == ".blueprint-aside" and target.name == "new.txt":
            raise OSError(13, "Permission denied", str(self), None, str(target))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    refused = conflicting.update()
    assert refused.code == 3
    assert f"{conflicting.project / 'd/new.txt'}: Permission denied" in refused.said
    assert snapshot(conflicting.project) == before


def test_an_update_that_starts_while_an_abort_clears_away_is_not_let_in(
    conflicting: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(conflicting.project)
    assert conflicting.update().code == 1
    real, met = writing._empty, []  # noqa: SLF001 - where it pauses

    def pause(folder: Path) -> None:
        real(folder)
        monkeypatch.setattr(writing, "_empty", real)
        met.append(conflicting.update())

    monkeypatch.setattr(writing, "_empty", pause)
    assert conflicting.update("--abort").code == 0
    assert [(one.code, "another blueprint is changing" in one.said) for one in met] == [(2, True)]
    assert snapshot(conflicting.project) == before


def test_an_update_that_starts_when_the_lock_is_gone_keeps_what_it_needs(
    conflicting: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(conflicting.project)
    assert conflicting.update().code == 1
    real, met = writing._unlink, []  # noqa: SLF001 - where it pauses

    def pause(place: Path) -> None:
        real(place)
        if place.name == "lock":
            monkeypatch.setattr(writing, "_unlink", real)
            met.append(conflicting.update())

    monkeypatch.setattr(writing, "_unlink", pause)
    assert conflicting.update("--abort").code == 0
    assert [one.code for one in met] == [1]
    assert conflicting.update("--abort").code == 0
    assert snapshot(conflicting.project) == before


def test_what_git_says_of_a_remedy_is_said(
    conflicting: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    refused = conflicting.update()
    assert refused.code == 3
    assert "detected dubious ownership" in refused.said
    assert "git config --global --add safe.directory" in refused.said


def test_a_lock_whose_file_is_removed_in_this_moment_is_taken_again(
    conflicting: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks: list[bool] = []

    def late(descriptor: int) -> bool:
        locks.append(try_lock(descriptor))
        if len(locks) == 1:
            shutil.rmtree(conflicting.project / ".blueprint/update")
        return locks[-1]

    monkeypatch.setattr("blueprint_cli.updating.writing.try_lock", late)
    assert (conflicting.update().code, locks) == (1, [True, True])
    assert conflicting.update("--abort").code == 0


def test_a_lock_that_cannot_be_had_changes_nothing(
    conflicting: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> bool:
        raise OSError(5, "Input/output error")

    before = conflicting.read("a.txt")
    monkeypatch.setattr("blueprint_cli.updating.writing.try_lock", fail)
    refused = conflicting.update()
    assert (refused.code, "Input/output error" in refused.said) == (3, True)
    assert conflicting.read("a.txt") == before
