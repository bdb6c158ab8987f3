"""What a merge leaves behind that is not finished, and what a move found no place for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.checking.text import line_of
from blueprint_cli.record.left_behind import read_left_behind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject

MARKER: Final = r"(?m)^(?:<{7}|>{7}|\|{7})(?: .*)?$"


def _markers(project: CheckedProject) -> Iterator[Found]:
    for path, text in project.texts():
        if "<<<<<<<" not in text and ">>>>>>>" not in text:
            continue
        for number, marker in enumerate(re.finditer(MARKER, text)):
            shown = marker[0] if len(marker[0]) < 40 else f"{marker[0][:40]}…"  # noqa: PLR2004
            yield Found(
                path, f"holds `{shown}`", line_of(text, marker.start()), subject=str(number)
            )


def _rejected(project: CheckedProject) -> Iterator[Found]:
    for path in project.files:
        if path.endswith(".rej"):
            yield Found(path, "holds changes that could not be applied", line=1)


def _without_place(project: CheckedProject) -> Iterator[Found]:
    there = set(project.files)
    for path in read_left_behind(project.root):
        if path in there:
            yield Found(path, f"has no place in {project.pattern or 'the template'}")


CONFLICT_MARKER: Final = Rule(
    id="BP201",
    name="conflict-marker",
    severity="error",
    title="A conflict marker was left in a file",
    why="Half of the file is one side's and half the other's; no program can read it.",
    fix="Decide between the two sides, remove the marker lines, and run the tests.",
    look=_markers,
    silenced_by_owned=False,
)
REJECTED_CHANGE: Final = Rule(
    id="BP202",
    name="rejected-change",
    severity="error",
    title="A rejected change was left beside its file",
    why="A .rej file holds what a tool could not merge: until somebody does, it is missing.",
    fix="Bring what it holds into the file of that name by hand, then delete it.",
    look=_rejected,
    silenced_by_owned=False,
)
NO_PLACE: Final = Rule(
    id="BP203",
    name="left-behind",
    severity="warning",
    title="A file was left behind by a move to another pattern",
    why=(
        "The pattern that it belonged to is gone: nothing builds, tests or runs it where it is, "
        "and what it did is missing."
    ),
    fix=(
        "Bring what it holds to where that belongs now (docs/migration-*.md), then delete it; or "
        "take it over in blueprint.yaml: owned: [{path: <the file or a folder>, reason: <why>}]."
    ),
    look=_without_place,
)
