"""What stands where a file has to be written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


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
