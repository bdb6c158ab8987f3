"""Which work tree a folder is in, and what of it git ignores: git's own answers, no guesses."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import GitFailed
from blueprint_cli.git.command import IN_THE_PROJECT, Git
from blueprint_cli.layout import FOLDER, STATE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# What git says where there is no work tree: no repository, one that is gone, or a bare one.
NONE: Final = ("fatal: not a git repository", "fatal: this operation must be run in a work tree")
POINTER: Final = b"gitdir: "


def find_work_tree(folder: Path) -> Path | None:
    """Return the work tree that git finds around a folder, or None.

    A link to a repository that is gone, a bare repository and one beyond a mount point are none.

    Raises:
        GitFailed: where git is missing, or refuses the repository that it found.
    """
    answer = ask_place(Git(folder, settings=IN_THE_PROJECT), "--show-toplevel", "--show-cdup")
    return (folder / answer[1]).resolve() if answer else None  # In our spelling, not in git's.


def ask_place(git: Git, *questions: str) -> list[str] | None:
    """Return what ``git rev-parse`` answers of a folder, a line each; None outside a work tree.

    Raises:
        GitFailed: where git is missing, or refuses the repository that it found.
    """
    done = git.run("rev-parse", *questions, check=False)
    if not done.returncode:
        return os.fsdecode(done.stdout).split("\n")
    said = done.stderr.decode(errors="replace")
    if any(line.startswith(NONE) for line in said.splitlines()):
        return None
    raise git.failure("rev-parse", done)


def prefix_in_repository(folder: Path) -> str | None:
    """Return a folder's path from the top of its work tree, ended by ``/``; None where git is not.

    Also where git refuses the repository: whoever reads the paths may have another git.
    """
    try:
        answer = ask_place(Git(folder, settings=IN_THE_PROJECT), "--show-toplevel", "--show-prefix")
    except GitFailed:
        around = marked_work_tree(folder)
        return prefix_below(around, folder) if around else None
    return answer[1] if answer else None


def prefix_below(top: Path, folder: Path) -> str:
    """Return a folder's path from one that it is in, ended by ``/``; empty where it is that one."""
    below = folder.relative_to(top).as_posix()
    return "" if below == "." else f"{below}/"


def marked_work_tree(folder: Path) -> Path | None:
    """Return the nearest folder that looks like a work tree, where git cannot be asked."""
    return next((place for place in (folder, *folder.parents) if _is_marked(place)), None)


def _is_marked(folder: Path) -> bool:
    marker = folder / ".git"
    try:
        if not marker.is_file():
            return (marker / "HEAD").exists()
        said = marker.read_bytes()
    except OSError:
        return False
    return (
        said.startswith(POINTER) and (folder / os.fsdecode(said[len(POINTER) :].strip())).exists()
    )


def is_ignored(folder: Path, around: Path) -> bool:
    """Whether the work tree around a folder, which need not exist, ignores all of it."""
    if folder == around:
        return False
    place = f"{folder.relative_to(around).as_posix()}/"
    return bool(ignored_among(Git(around, settings=IN_THE_PROJECT), [place]))


def ignored_among(git: Git, paths: Iterable[str]) -> list[str]:
    """Return which of some paths git ignores and does not track; they need not exist.

    None of them where git refuses to say: one is beyond a link, or in a submodule.
    """
    given = os.fsencode("".join(f"{path}\0" for path in paths))
    if not given:
        return []
    done = git.run("check-ignore", "-z", "--stdin", given=given, check=False)
    listed = done.stdout if done.returncode == 0 else b""
    return [os.fsdecode(path) for path in listed.split(b"\0") if path]


def adding_command(project: Path, paths: Collection[str]) -> str:
    """Return the command that has git track ignored files: these, the record whole, no others.

    It works in the current folder.

    Args:
        project: the folder that the paths are relative to.
        paths: the files; those that are not there cannot be added. Nothing is to be done for none.
    """
    others = frozenset(p for p in paths if _is_there(project, p) and not p.startswith(f"{FOLDER}/"))
    names = _together(project, "", others)
    if any(path.startswith(f"{FOLDER}/") for path in paths):
        names = [*_record(project), *names]
    if not names:
        return ""
    here = Path.cwd()
    place = os.path.relpath(project, here) if project.is_relative_to(here) else str(project)
    folder = [] if place == "." else ["-C", place]
    return shlex.join(["git", *folder, "add", "--force", "--", *names])


def _is_there(project: Path, path: str) -> bool:
    return os.path.lexists(project / path)


def _record(project: Path) -> list[str]:
    """Return what of the record belongs in a commit: not what is under way."""
    if not (project / STATE).exists():
        return [FOLDER]
    files = (entry for entry in (project / FOLDER).iterdir() if entry.is_file())
    return sorted(f"{FOLDER}/{entry.name}" for entry in files)


def _together(project: Path, folder: str, paths: frozenset[str]) -> list[str]:
    """Return files, and in their place the folders that hold nothing else."""
    names: list[str] = []
    for name in dict.fromkeys(path[len(folder) :].split("/")[0] for path in sorted(paths)):
        place = f"{folder}{name}"
        below = frozenset(path for path in paths if path.startswith(f"{place}/"))
        if not below or _holds_only(project, place, below):
            names.append(place)
        else:
            names += _together(project, f"{place}/", below)
    return names


def _holds_only(project: Path, folder: str, paths: frozenset[str]) -> bool:
    for place, _, names in os.walk(project / folder):
        below = Path(place).relative_to(project).as_posix()
        if any(f"{below}/{name}" not in paths for name in names):
            return False
    return True
