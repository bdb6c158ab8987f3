"""``.blueprint/left-behind.json``: files that a move to another pattern found no place for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from blueprint_cli.layout import LEFT_BEHIND
from blueprint_cli.record.render import FORMAT
from blueprint_cli.tree import File

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def left_behind_file(paths: Iterable[str]) -> File:
    """Return the file that lists some paths."""
    document = {"format": FORMAT, "paths": sorted(paths)}
    return File(f"{json.dumps(document, ensure_ascii=False, indent=1)}\n".encode())


def read_left_behind(project: Path) -> tuple[str, ...]:
    """Return the paths that are listed; none where there is no such list, or nobody can read it.

    It is a reminder: nothing else depends on it.
    """
    try:
        found: Any = json.loads((project / LEFT_BEHIND).read_bytes())
        return tuple(path for path in found["paths"] if isinstance(path, str))
    except (OSError, ValueError, TypeError, KeyError):
        return ()
