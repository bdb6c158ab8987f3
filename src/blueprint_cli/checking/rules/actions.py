"""GitHub's actions are pinned by commit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.checking.text import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject

YAML: Final = (".yml", ".yaml")
USES: Final = r"(?m)^[ \t]*(?:-[ \t]+)?uses:[ \t]*[\"']?([^\s\"'#]+)"
PINNED: Final = r"@[0-9a-f]{40}$|^\./|^docker://.+@sha256:[0-9a-f]{64}$"


def _unpinned(project: CheckedProject) -> Iterator[Found]:
    for path, text in project.texts():
        if path.endswith(YAML) and is_read_by_github(path):
            for use in re.finditer(USES, text):
                if not re.search(PINNED, use[1]):
                    line = line_of(text, use.start(1))
                    yield Found(path, f"{use[1]} can change at any time", line, use[1])


def is_read_by_github(path: str) -> bool:
    """Whether a file holds a workflow or an action."""
    name = path.rpartition("/")[2]
    return path.startswith(".github/") or name in {"action.yml", "action.yaml"}


UNPINNED: Final = Rule(
    id="BP604",
    name="unpinned-action",
    severity="error",
    title="An action is not pinned by commit",
    why="A tag can be moved to other code, which then runs with this repository's tokens.",
    fix=(
        "Write the commit's 40 digits after the @ and the version as a comment; "
        "Dependabot raises both."
    ),
    look=_unpinned,
)
