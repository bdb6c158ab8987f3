"""Projects on file systems that know no locks, and on those whose locks fail."""

import errno
import os
import time
from pathlib import Path

import pytest

from blueprint_cli.creating import staging
from blueprint_cli.locks import WITHOUT_LOCKS
from tests.program import Run, git


@pytest.mark.parametrize("number", sorted(WITHOUT_LOCKS))
def test_everything_works_without_locks_and_leaves_nothing(
    number: int, tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_flock(number, monkeypatch)
    (tiny / "shop").mkdir()
    assert run("new", "shop", "--defaults").code == 0
    assert [path.name for path in tiny.iterdir()] == ["shop"]
    (tiny / "shop/README.md").write_text("mine\n")
    template = tiny.parent / "some templates/files"
    (template / "README.md.jinja").write_text("# [= project.name =], later\n")
    git(tiny / "shop", "commit", "--quiet", "--all", "--message", "mine")
    for _ in range(2):
        assert run("update", "shop").code == 1
        assert run("update", "shop").code == 2  # It is unfinished, and nobody else's.
        assert run("update", "shop", "--abort").code == 0
    assert run("update", "shop").code == 1
    (tiny / "shop/README.md").write_text("# both\n")
    git(tiny / "shop", "add", "--all")
    assert run("update", "shop", "--continue").code == 0
    assert not (tiny / "shop/.blueprint/update").exists()


def test_without_locks_age_tells_what_is_abandoned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_flock(errno.ENOLCK, monkeypatch)
    working, killed = (tmp_path / f".blueprint-new-1-{name}" for name in ("working", "killed"))
    for folder, age in ((working, staging.GRACE_SECONDS + 1), (killed, 86_400)):
        folder.mkdir()
        (folder / staging.LOCK).touch()
        os.utime(folder, (time.time() - age,) * 2)
    staging.remove_abandoned(tmp_path)
    assert [*tmp_path.iterdir()] == [working]


def test_a_lock_that_fails_leaves_nothing(
    tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("new", "shop", "--defaults").code == 0
    template = tiny.parent / "some templates/files"
    (template / "README.md.jinja").write_text("# [= project.name =], later\n")
    without_flock(errno.EIO, monkeypatch)
    for arguments in (["update", "shop"], ["new", "other", "--defaults"]):
        failed = run(*arguments)
        assert os.strerror(errno.EIO) in failed.err
    assert not (tiny / "shop/.blueprint/update").exists()
    assert [path.name for path in tiny.iterdir()] == ["shop"]


def without_flock(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the system call itself fail."""
    fcntl = pytest.importorskip("fcntl")

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", fail)
