"""Writing a change into a project so that it can be taken back whole, also after a kill.

``.blueprint/update/`` exists while a change is under way. ``before/`` holds every file that the
change touches as it was, ``after/`` what is to be written, and ``journal.json`` says how far it
got: without it nothing was touched yet.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import GitFailed, ProjectRefused, UpdateUnfinished
from blueprint_cli.layout import STATE
from blueprint_cli.locks import try_lock
from blueprint_cli.record.journal import JOURNAL
from blueprint_cli.updating.obstacles import obstacles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from blueprint_cli.git.repository import ProjectRepository
    from blueprint_cli.record.journal import Journal

BEFORE, AFTER, INDEX, LOCK = "before", "after", "index", "lock"
# Beside what it will replace, for that may lie on another file system than the project.
ASIDE: Final = ".blueprint-aside"


@contextlib.contextmanager
def only_one(project: Path) -> Iterator[Path]:
    """Hold the project's state folder; what was prepared and never begun is removed from it.

    Raises:
        UpdateUnfinished: where another process is at it.
    """
    folder = project / STATE
    lock = _lock(folder)
    try:
        if not (folder / JOURNAL).exists():
            _empty(folder)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        try:
            yield folder
        finally:
            if not (folder / JOURNAL).exists():
                _remove(folder)
    finally:
        os.close(lock)


def _lock(folder: Path) -> int:
    """Make the folder and lock it; a lock counts while its file is the one that lies there."""
    while True:
        made = _make(folder)
        try:
            lock = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        except FileNotFoundError:  # Another process has just removed the folder.
            continue
        try:
            alone = try_lock(lock)
        except OSError:
            os.close(lock)
            if made:
                _remove(folder)
            raise
        if alone and _lies_there(folder / LOCK, lock):
            return lock
        os.close(lock)
        if not alone:
            raise UpdateUnfinished(
                f"another blueprint is changing {folder.parents[1]}",
                hint="Wait for it to end, then again.",
            )


def _make(folder: Path) -> bool:
    """Make a folder; False where it is there already."""
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def _lies_there(place: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), place.stat())
    except FileNotFoundError:
        return False


def _remove(folder: Path) -> None:
    """Remove the folder, its lock last: until then nobody else is let in."""
    with contextlib.suppress(OSError):
        _empty(folder)
        _unlink(folder / LOCK)
        folder.rmdir()  # Not where somebody else is in it already.


def back_up(project: Path, folder: Path, paths: Iterable[str], index: Path | None) -> None:
    """Copy everything that will be touched."""
    before = folder / BEFORE
    before.mkdir()
    for path in paths:
        source = project / path
        if _is_file(source):
            _make_parents(before, path, like=project)
            shutil.copy2(source, before / path, follow_symlinks=False)
    if index is not None and index.exists():
        shutil.copy2(index, folder / INDEX)


def missing_folders(project: Path, paths: Iterable[str]) -> list[str]:
    """Return the folders above some paths that are not there, the deepest last."""
    above = {folder for path in paths for folder in _folders(path)}
    return sorted(folder for folder in above if not (project / folder).is_dir())


def apply(project: Path, folder: Path, paths: Iterable[str]) -> None:
    """Bring paths to what ``after/`` holds of them; a path that it has not is removed."""
    after = folder / AFTER
    present = [path for path in paths if _is_file(after / path)]
    for path in sorted(set(paths).difference(present)):
        _unlink(project / path)
        for above in reversed(_folders(path)):  # As git does it: no empty folder stays.
            with contextlib.suppress(OSError):
                (project / above).rmdir()
    for path in present:
        _put(folder, AFTER, path, project)


def undone(project: Path, folder: Path, paths: Iterable[str]) -> list[str]:
    """Return the paths that are as they were before, though the change left them otherwise."""
    return [
        path
        for path in paths
        if _same(project / path, folder / BEFORE / path)
        and not _same(folder / AFTER / path, folder / BEFORE / path)
    ]


def edited(project: Path, folder: Path, paths: Iterable[str]) -> list[str]:
    """Return the paths that hold neither what was there before nor what the change wrote."""
    return [
        path
        for path in paths
        if _is_file(project / path)
        and not _same(project / path, folder / BEFORE / path)
        and not _same(project / path, folder / AFTER / path)
    ]


def _same(one: Path, other: Path) -> bool:
    """Whether two files hold the same, or neither is there."""
    if not (_is_file(one) and _is_file(other)):
        return _is_file(one) == _is_file(other)
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()
    mode = stat.S_IXUSR & (one.stat().st_mode ^ other.stat().st_mode)
    return not mode and one.read_bytes() == other.read_bytes()


def restore(project: Path, folder: Path, journal: Journal, repository: ProjectRepository) -> None:
    """Take everything back to what ``before/`` holds; doing it twice does no harm.

    Raises:
        ProjectRefused: where something of the user's is in the way; nothing was touched then.
        GitFailed: where another git is at the index; the files are back then, and may be again.
    """
    present = [path for path in journal.paths if _is_file(folder / BEFORE / path)]
    _refuse_obstacles(project, present, journal)
    for path in set(journal.paths).difference(present):
        if not (project / path).is_dir() or (project / path).is_symlink():
            _unlink(project / path)
    for path in journal.paths:
        _unlink((project / path).with_name(ASIDE))  # Left there where it was killed.
    for made in reversed(journal.made):
        with contextlib.suppress(OSError):
            (project / made).rmdir()
    for path in present:
        _put(folder, BEFORE, path, project)
    if (folder / INDEX).exists():
        _restore_index(folder, repository.index)


def _refuse_obstacles(project: Path, present: Iterable[str], journal: Journal) -> None:
    found = sorted(
        {
            obstacle
            for path in present
            for obstacle in obstacles(project, path, journal.paths)
            if obstacle != path
        }
    )
    if found:
        raise ProjectRefused(
            f"where files have to come back to {project}, there is now: {', '.join(found)}",
            hint=f"Move that away, then again: blueprint {journal.command} --abort",
        )


def _restore_index(folder: Path, index: Path) -> None:
    """Bring the index back as git writes one: whoever makes index.lock may replace the index.

    The lock is a link to a finished copy, so one of an earlier attempt is known by its inode.
    """
    copy, lock = index.with_name("index.blueprint"), index.with_name("index.lock")
    if index.exists() and index.read_bytes() == (folder / INDEX).read_bytes():
        copy.unlink(missing_ok=True)
        return
    if not (copy.exists() and lock.exists() and copy.samefile(lock)):
        shutil.copy2(folder / INDEX, copy)
        try:
            os.link(copy, lock)
        except FileExistsError:
            copy.unlink()
            raise GitFailed(
                f"{lock} is there: another git is at work, or one was killed",
                hint="Let it end, or remove that file if none is running; then again with --abort.",
            ) from None
        except OSError:  # A file system without links: the lock is not to be had at once.
            copy.replace(index)
            return
    lock.replace(index)
    copy.unlink(missing_ok=True)


def close(folder: Path) -> None:
    """Forget the change: it is done, or taken back."""
    (folder / JOURNAL).unlink(missing_ok=True)


def _put(folder: Path, side: str, path: str, project: Path) -> None:
    """Copy a file beside its place and put it there at once.

    Raises:
        OSError: which names the place.
    """
    _make_parents(project, path, like=folder / side)
    place = project / path
    aside = place.with_name(ASIDE)
    try:
        _unlink(aside)
        shutil.copy2(folder / side / path, aside, follow_symlinks=False)
        if place.is_dir() and not place.is_symlink():  # Files in it were refused before.
            for empty, _, _ in os.walk(place, topdown=False):
                os.rmdir(empty)  # noqa: PTH106 - it is a name, from os.walk
        try:
            aside.replace(place)
        except OSError as error:
            if error.errno != errno.EBUSY or place.is_symlink() or aside.is_symlink():
                raise
            shutil.copy2(aside, place)  # The file itself is a mount: it cannot be replaced.
            _unlink(aside)
    except OSError as error:
        with contextlib.suppress(OSError):
            _unlink(aside)
        raise OSError(error.errno, error.strerror, str(place)) from error


def _make_parents(root: Path, path: str, *, like: Path) -> None:
    for folder in _folders(path):
        if not (root / folder).is_dir():
            (root / folder).mkdir()
            (root / folder).chmod((like / folder).stat().st_mode & 0o7777)


def _folders(path: str) -> list[str]:
    """Return the folders above a path, the outermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _is_file(place: Path) -> bool:
    """Whether it is a file or a link, wherever that leads; a folder may stand there as well."""
    return place.is_symlink() or place.is_file()


def _unlink(place: Path) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        place.unlink()


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.name == LOCK:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
