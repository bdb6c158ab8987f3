"""`blueprint fleet try`: what an update would do, before anybody makes it; nothing is touched."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.program import Run, badly_broken, git, program
from tests.rendered import files_of
from tests.updating.scenarios import LONG, MINE, THEIRS, commit, edited, write

ALL = ["behind", "changed", "conflicting", "damaged", "fine", "mono/three", "nothing",
       "unfinished", "without-git"]  # fmt: skip
COPIER = "name: {type: str, default: x}\n_subdirectory: files\n"
ANSWERS = {"{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}"}


def tried(run: Run, *arguments: str | Path) -> dict[str, dict[str, Any]]:
    """What the document says of each project, by its name."""
    document = json.loads(run("fleet", "try", *arguments, "--json").out)
    return {each["project"]["name"]: each for each in document["projects"]}


def test_it_says_who_is_clean_and_where_the_conflicts_are(run: Run, fleet: Path) -> None:
    del fleet
    result = run("fleet", "try", *ALL)
    assert result.code == 1
    assert result.out.splitlines()[-1] == (
        "9 projects: 2 clean; 2 with nothing to do; 2 conflicts: conflicting and three; "
        "3 that cannot be updated: damaged, nothing and unfinished."
    )
    assert "  a.txt: you and the template changed the same place" in result.out
    found = tried(run, *ALL)
    assert {name: each["state"] for name, each in found.items()} == {
        "behind": "clean",
        "changed": "clean",
        "conflicting": "conflicts",
        "damaged": "failed",
        "fine": "unchanged",
        "three": "conflicts",
        "nothing": "failed",
        "unfinished": "failed",
        "without-git": "unchanged",
    }
    assert [one["kind"] for one in found["conflicting"]["conflicts"]] == ["both-changed"]
    assert found["unfinished"]["problem"]["code"] == "update-unfinished"
    assert run("fleet", "try", "behind", "fine", "changed").code == 0


def test_every_project_stays_as_it_is_byte_for_byte(run: Run, copy: Path, tmp_path: Path) -> None:
    write(copy / "changed", "a.txt", edited(LONG, 5, "not committed\n"))
    write(copy / "changed", "untracked.txt", "x\n")
    write(copy / "behind", "staged.txt", "x\n")
    git(copy / "behind", "add", "--all")
    before = files_of(copy)
    run("fleet", "try", *ALL, "--html", tmp_path / "try.html", "--diffs", tmp_path / "diffs")
    assert files_of(copy) == before


def test_its_diffs_are_what_an_update_does(run: Run, copy: Path, tmp_path: Path) -> None:
    """For the clean ones the patch and `blueprint update` bring the same; the record aside."""
    diffs = tmp_path / "diffs"
    run("fleet", "try", *ALL, "--diffs", diffs)
    assert sorted(path.name for path in diffs.iterdir()) == [
        "behind.diff", "changed.diff", "conflicting.diff", "mono-three.diff"
    ]  # fmt: skip
    for name in ("behind", "changed"):
        updated = tmp_path / "updated" / name
        shutil.copytree(copy / name, updated)
        assert run("update", updated).code == 0
        git(copy / name, "apply", str(diffs / f"{name}.diff"))
        assert without_record(copy / name) == without_record(updated)
    document = json.loads(run("fleet", "try", "conflicting", "--json").out)
    (conflicting,) = document["projects"]
    assert conflicting["patch"] == (diffs / "conflicting.diff").read_text()


def without_record(project: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path: file
        for path, file in files_of(project).items()
        if not path.startswith((".git/", ".blueprint/"))
    }


def test_diffs_replace_nothing(run: Run, fleet: Path, tmp_path: Path) -> None:
    del fleet
    write(tmp_path, "diffs/mine.txt", "x\n")
    result = run("fleet", "try", "behind", "--diffs", tmp_path / "diffs")
    assert result.code == 2
    assert "is there already" in result.err


def test_it_fits_the_terminal(run: Run, fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del fleet
    some = ["behind", "conflicting", "nothing", "unfinished"]
    wide = run("fleet", "try", *some).out
    monkeypatch.setenv("COLUMNS", "60")
    assert badly_broken(run("fleet", "try", *some).out, wide, 60) == []


@pytest.fixture
def team(tmp_path: Path) -> str:
    """A team's template with a released version, and a candidate on its branch."""
    source = tmp_path / "team-template"
    write(source, "copier.yml", COPIER)
    for path, text in {**ANSWERS, "a.txt": LONG}.items():
        write(source, f"files/{path}", text)
    git(source, "init", "--quiet", "--initial-branch", "main")
    commit(source)
    git(source, "tag", "v1.0.0")
    write(source, "files/a.txt", edited(LONG, 18, THEIRS))
    commit(source)
    return f"git+{source.as_uri()}"


def test_a_candidate_that_is_not_released_is_tried(
    run: Run, copy: Path, team: str, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        made = run("new", name, "--template", team, "--ref", "v1.0.0", "--defaults")
        assert made.code == 0, made.err
    write(copy / "second", "a.txt", edited(LONG, 18, MINE))
    commit(copy / "second")
    everyone = ["first", "second", "behind"]
    before = files_of(copy)
    found = tried(run, *everyone, "--to", "main")
    states = {name: each["state"] for name, each in found.items()}
    assert states == {"first": "clean", "second": "conflicts", "behind": "skipped"}
    assert THEIRS in found["first"]["patch"]
    assert found["first"]["from"]["version"] == "1.0.0"
    assert found["first"]["to"]["version"].startswith("1.0.0.post1+g")
    assert files_of(copy) == before
    # Without a reference it is the newest tag, which they have.
    assert tried(run, *everyone, "--template", team)["first"]["state"] == "unchanged"
    later = tmp_path / "team-template"
    write(later, "files/new.txt", "x\n")
    commit(later)
    assert "new.txt" not in tried(run, "first", "--to", "main")["first"]["patch"]
    assert "new.txt" in tried(run, "first", "--to", "main", "--online")["first"]["patch"]
    gone = tried(run, "first", "--to", "nowhere")["first"]
    assert gone["problem"]["code"] == "source-refused"


def test_an_interrupt_leaves_nothing_behind(made: tuple[Path, Path], tmp_path: Path) -> None:
    """Ctrl-C in the middle: exit code 130, no process, no temporary file, no change."""
    folder, root = made
    before = files_of(folder)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    started = start(root, scratch, folder)
    started.send_signal(signal.SIGINT)
    said = started.communicate(timeout=30)[1]
    assert started.returncode == 130, said
    assert "nothing was changed" in said
    assert list(scratch.iterdir()) == []
    assert processes_with(scratch) == []
    assert files_of(folder) == before


def test_it_ends_with_whoever_began_it(made: tuple[Path, Path], tmp_path: Path) -> None:
    folder, root = made
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    started = start(root, scratch, folder)
    started.kill()
    started.communicate(timeout=30)
    until(lambda: processes_with(scratch) == [])


def start(root: Path, scratch: Path, folder: Path) -> subprocess.Popen[str]:
    """Begin a trial, and return when its processes are at work."""
    started = subprocess.Popen(
        program(root, "fleet", "try", *[str(folder / name) for name in ALL], "--jobs", "2"),
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: any(scratch.glob("*/try-*")))
    return started


def until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    pytest.fail("it did not come to that within 30 s")


def processes_with(word: Path) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(word) in line]


def test_two_at_once_know_nothing_of_each_other(
    made: tuple[Path, Path], team: str, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both clone the same repository, too."""
    folder, root = made
    monkeypatch.chdir(tmp_path)
    assert run("new", "first", "--template", team, "--ref", "v1.0.0", "--defaults").code == 0
    named = [tmp_path / "first", (folder / "mono").as_uri(), *(folder / name for name in ALL)]
    command = program(root, "fleet", "try", *map(str, named), "--json", "--online", "--to", "main")
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [one.communicate(timeout=120) for one in both]
    assert said[0] == said[1]
    states = [one["state"] for one in json.loads(said[0][0])["projects"]]
    assert states[0] == "clean"
