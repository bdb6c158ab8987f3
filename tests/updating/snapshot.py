"""Everything that a user could miss after an abort: contents, modes, links, folders, the index."""

import os
from pathlib import Path


def snapshot(folder: Path, *, index: bool = True) -> dict[str, tuple[int, bytes]]:
    """Path to mode and content, of all but what git keeps for itself."""
    found: dict[str, tuple[int, bytes]] = {}
    for place in folder.rglob("*"):
        path = place.relative_to(folder).as_posix()
        if ".git" in path.split("/") and not (index and path.endswith(".git/index")):
            continue
        mode = place.lstat().st_mode
        if place.is_symlink():
            found[path] = (mode, os.fsencode(place.readlink()))
        else:
            found[path] = (mode, place.read_bytes() if place.is_file() else b"")
    return found
