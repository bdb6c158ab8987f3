"""What stands where a file has to be written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from blueprint_cli.git.entries import Entry
    from blueprint_cli.git.merge_repository import MergeRepository
    from blueprint_cli.git.repository import ProjectRepository
    from blueprint_cli.updating.merge import Outcome


def in_the_way(
    repository: ProjectRepository,
    merging: MergeRepository,
    outcome: Outcome,
    writes: Mapping[str, Entry],
    removals: Collection[str],
) -> Iterator[str]:
    """Yield what has to be written over and is in no commit: untracked, ignored or overlooked.

    A submodule is in the way as a whole: what is below it is another repository's.
    """
    project, before = repository.project, outcome.before
    touched = {*writes, *removals}
    yield from (path for path in repository.overlooked() if path in touched)
    for module in (path for path, entry in before.items() if entry.kind == "160"):
        if module in touched or any(path.startswith(f"{module}/") for path in touched):
            yield module
    new = {path: entry for path, entry in writes.items() if path not in before}
    contents = merging.read_blobs(
        entry.oid for path, entry in new.items() if (project / path).is_file()
    )
    removed, seen = set(removals), set[str]()
    for path, entry in new.items():
        for obstacle in obstacles(project, path, removed):
            same = obstacle == path and _holds(project / path, contents.get(entry.oid))
            if not same and obstacle not in seen:
                seen.add(obstacle)
                yield obstacle


def _holds(place: Path, content: bytes | None) -> bool:
    return not place.is_symlink() and place.is_file() and place.read_bytes() == content


def obstacles(project: Path, path: str, removed: Collection[str]) -> Iterator[str]:
    """Yield what is in the way of a file, itself included; what is removed first is not."""
    parts = path.split("/")
    for length in range(1, len(parts)):
        above = "/".join(parts[:length])
        place = project / above
        if os.path.lexists(place) and (place.is_symlink() or not place.is_dir()):
            if above not in removed:
                yield above
            return
    place = project / path
    if place.is_dir() and not place.is_symlink():
        for folder, _, names in os.walk(place):
            below = Path(folder).relative_to(project).as_posix()
            yield from (f"{below}/{name}" for name in names if f"{below}/{name}" not in removed)
    elif os.path.lexists(place):
        yield path
