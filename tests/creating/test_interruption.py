"""Whatever stops it (a signal, a full disk, a closed folder, another run): nothing half is left."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.creating import create, staging
from blueprint_cli.creating.create import NewProject, create_project
from blueprint_cli.errors import DestinationRefused, Interrupted
from blueprint_cli.interruption import signals_raise
from blueprint_cli.tree import write_tree
from tests.program import Run, WriteTemplates, program

# Copier's sandbox lets a range have 100,000 steps: two of them outlast every test.
SLOW = "[% for i in range(99999) %][% for j in range(99999) %][% endfor %][% endfor %]"
STAGING = ".blueprint-new"


@pytest.fixture
def slow(templates: WriteTemplates) -> Path:
    return templates(
        {"first/a.jinja": "done", "files/[= package =].jinja": SLOW},
        description="name: monolith\nsummary: s\nprocesses: one\n"
        "layers: [{from: first}, {from: files}]\n",
    )


STARTED: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def nothing_runs_on() -> Iterator[None]:
    """A test that fails leaves no process behind."""
    yield
    while STARTED:
        process = STARTED.pop()
        process.kill()
        process.communicate()


def start(templates_root: Path, cwd: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start `blueprint new`, and wait until it renders."""
    process = subprocess.Popen(
        program(templates_root, "new", "shop", "--defaults", *arguments),
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    STARTED.append(process)
    give_up = time.monotonic() + 60
    while not _renders(cwd, process.pid):
        if process.poll() is not None or time.monotonic() > give_up:
            process.kill()
            pytest.fail(f"it does not render: {process.communicate()}")
        time.sleep(0.02)
    return process


def _renders(cwd: Path, process: int) -> bool:
    """Whether a file whose name has a hole is staged, after all others; or what git writes is."""
    return any(
        "a" in files or ("named-" in folder and any(name.endswith(".jinja") for name in files))
        for folder, _, files in os.walk(cwd)  # Other than a glob, it bears folders that vanish.
        if f"{STAGING}-{process}-" in folder
    )


@pytest.mark.parametrize(
    ("number", "where"),
    [
        (signal.SIGINT, "new"),
        (signal.SIGTERM, "existing"),
        (signal.SIGHUP, "deeper"),
    ],
)
def test_a_signal_in_the_middle_of_a_render_leaves_nothing(
    number: signal.Signals, where: str, slow: Path, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    if where == "existing":
        (work / "shop").mkdir()
    before = sorted(work.rglob("*"))
    output = ["--output", "a/b/shop"] if where == "deeper" else []

    process = start(slow, work, *output)
    process.send_signal(number)
    process.send_signal(number)  # An impatient user does not disturb the cleaning up.
    out, err = process.communicate(timeout=60)

    assert (process.returncode, out) == (130, b"")
    assert err == b"Interrupted: nothing was changed.\n"
    assert sorted(work.rglob("*")) == before


def test_a_signal_while_git_commits_leaves_nothing(
    templates: WriteTemplates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text(
        "#!/bin/sh\ntest $1 != version || exec echo git version 2\n: > a\nexec sleep 60\n"
    )
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    work = tmp_path / "work"
    work.mkdir()
    process = start(templates({"files/x": ""}), work)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert (process.returncode, list(work.iterdir())) == (130, [])


def test_a_signal_in_a_callback_whose_exceptions_are_lost_stops_it_all_the_same() -> None:
    class Forgotten: ...

    forgotten = Forgotten()
    reference = weakref.ref(forgotten, lambda _: signal.raise_signal(signal.SIGTERM))

    def work() -> None:
        nonlocal forgotten
        del forgotten
        subprocess.run(["sleep", "60"], check=False)

    begun = time.monotonic()
    with pytest.raises(Interrupted), signals_raise():
        work()
    assert reference() is None
    assert time.monotonic() - begun < 30, "it waited for what it ran"


def test_what_nohup_ignores_stays_ignored(tmp_path: Path, slow: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = start(slow, work)
    finally:
        signal.signal(signal.SIGHUP, previous)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130


def test_what_a_killed_run_left_is_removed_by_the_next(slow: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    killed, alive = start(slow, work), start(slow, work)
    killed.kill()
    killed.communicate(timeout=60)
    assert len(list(work.glob(f"{STAGING}-*"))) == 2

    quick = tmp_path / "quick"
    shutil.copytree(slow, quick)
    (quick / "files/[= package =].jinja").write_text("quick")
    done = subprocess.run(
        program(quick, "new", "shop", "--defaults", "--no-git"),
        cwd=work,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr

    (left,) = work.glob(f"{STAGING}-*")
    assert f"-{alive.pid}-" in left.name
    alive.send_signal(signal.SIGINT)
    alive.communicate(timeout=60)
    assert [path.name for path in work.iterdir()] == ["shop"]


def test_a_staging_folder_without_a_lock_is_left_alone_while_it_is_young(tmp_path: Path) -> None:
    young, old, mine = (tmp_path / f".blueprint-new-1-{name}" for name in ("young", "old", "file"))
    young.mkdir()
    old.mkdir()
    mine.write_text("a file of this name is the user's")
    os.utime(old, (0, 0))
    staging.remove_abandoned(tmp_path)
    assert sorted(tmp_path.iterdir()) == [mine, young]


def test_of_two_runs_at_once_one_makes_the_project(
    templates: WriteTemplates, tmp_path: Path
) -> None:
    root = templates({f"files/{number}.jinja": "[= project.name =]" for number in range(40)})
    for exists in (False, True):
        work = Path(tempfile.mkdtemp(dir=tmp_path))
        if exists:
            (work / "shop").mkdir()
        command = program(root, "new", "shop", "--defaults")
        both = [
            subprocess.Popen(command, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(2)
        ]
        said = [process.communicate(timeout=120) for process in both]
        assert sorted(process.returncode for process in both) == [0, 2], said
        assert [path.name for path in work.iterdir()] == ["shop"]
        assert len(list((work / "shop").glob("*"))) == 44
        assert list((work / "shop").glob(f"{STAGING}-*")) == []


def test_a_destination_that_appears_meanwhile_is_not_touched(
    tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def appear_and_write(*arguments: Any) -> None:  # noqa: ANN401 - passed on as they are
        write_tree(*arguments)
        (tiny / "shop").mkdir(exist_ok=True)
        (tiny / "shop" / "README.md").write_text("mine")

    monkeypatch.setattr(create, "write_tree", appear_and_write)
    for exists in (False, True):
        shutil.rmtree(tiny / "shop", ignore_errors=True)
        if exists:
            (tiny / "shop").mkdir()
        result = run("new", "shop", "--defaults")
        assert (result.code, "has appeared in the meantime" in result.err) == (2, True)
        assert [path.name for path in tiny.rglob("*")] == ["shop", "README.md"]
        assert (tiny / "shop" / "README.md").read_text() == "mine"


def test_moving_in_is_taken_back_where_one_step_fails(tmp_path: Path) -> None:
    project, destination = tmp_path / "project", tmp_path / "destination"
    for folder in (project, destination):
        folder.mkdir()
    for name in ("a", "b", "c"):
        (project / name).write_text(name)
    (destination / "c").write_text("mine")
    with pytest.raises(DestinationRefused):
        staging.move_in(project, destination)
    assert [path.name for path in sorted(project.iterdir())] == ["a", "b", "c"]
    assert [path.name for path in destination.iterdir()] == ["c"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EROFS, "you may not write there"),
        (errno.EIO, "Input/output error"),
    ],
)
@pytest.mark.parametrize("step", ["write_tree", "put_in_place"])
def test_a_disk_that_refuses_leaves_nothing(  # noqa: PLR0913, PLR0917 - cases and fixtures
    number: int, expected: str, step: str, tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(create, step, refuse)
    result = run("new", "shop", "--defaults", "--output", "a/b")
    assert (result.code, list(tiny.iterdir())) == (2, [])
    assert f"cannot be written: {expected}" in result.err


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can mount a small disk"
)
@pytest.mark.parametrize("files", [30, 600])
def test_a_disk_that_is_really_full_leaves_nothing(
    files: int, templates: WriteTemplates, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k,nr_inodes=500", "tmpfs", disk],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("this machine does not let root mount a small disk")
    try:
        root = templates({f"files/{number}": "x" * 9000 for number in range(files)})
        done = subprocess.run(
            program(root, "new", "shop", "--defaults"), cwd=disk, check=False, capture_output=True
        )
        assert list(disk.iterdir()) == []
        assert (done.returncode, b"the disk is full" in done.stderr) == (2, True), done.stderr
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_folder_that_is_closed_to_the_user_is_named(
    templates: WriteTemplates, tmp_path: Path
) -> None:
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and setpriv is not installed")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    as_nobody = (
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
         "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        if os.geteuid() == 0
        else []
    )  # fmt: skip
    command = program(templates({"files/a": ""}), "new", "shop", "--defaults")
    done = subprocess.run([*as_nobody, *command], cwd=closed, check=False, capture_output=True)
    assert (done.returncode, list(closed.iterdir())) == (2, [])
    assert b"cannot be written: you may not write there" in done.stderr


def test_the_core_works_in_a_thread_where_signals_cannot_be_handled(tiny: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - for this test alone

    from blueprint_cli.interruption import signals_raise  # noqa: PLC0415

    def make() -> str:
        with signals_raise():
            return create_project(NewProject(name="shop", git=False)).name

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(make).result() == "shop"
    assert (tiny / "shop").is_dir()
