"""A project whose template has moved on gets none of what was mended since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.record.record import IDENTITY
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject

BUILTIN: Final = "builtin"


def _behind(project: CheckedProject) -> Iterator[Found]:
    if project.record is None or project.record.render.source != BUILTIN:
        return
    rendered, installed = project.record.render.version, installed_version()
    if rendered == installed:
        return
    if _order(rendered) < _order(installed):
        message = f"rendered by blueprint {rendered}; {installed} is installed"
    else:
        message = f"rendered by blueprint {rendered}; this is {installed}: upgrade it"
    yield Found(IDENTITY, message, line=2)


def _order(version: str) -> tuple[int, ...]:
    """Compare the numbers of a release; what follows them says nothing to a user."""
    numbers = []
    for part in version.split(".")[:3]:
        digits = "".join(c for c in part if c.isdigit())
        numbers.append(int(digits or 0))
    return tuple(numbers)


BEHIND: Final = Rule(
    id="BP104",
    name="template-behind",
    severity="note",
    title="The project was rendered by another version",
    why="Later versions mend what earlier ones rendered; only an update brings that here.",
    fix="`blueprint diff` shows what would change, `blueprint update` merges it.",
    look=_behind,
)
