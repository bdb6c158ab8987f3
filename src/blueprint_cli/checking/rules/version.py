"""A project whose template has moved on gets none of what was mended since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.layout import IDENTITY
from blueprint_cli.record.render import BUILTIN
from blueprint_cli.version import installed_version, is_later

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject


def _behind(project: CheckedProject) -> Iterator[Found]:
    if project.record is None or project.record.render.source != BUILTIN:
        return
    rendered, installed = project.record.render.version, installed_version()
    if rendered == installed:
        return
    if is_later(installed, rendered):
        message = f"rendered by blueprint {rendered}; {installed} is installed"
    else:
        message = f"rendered by blueprint {rendered}; this is {installed}: upgrade it"
    yield Found(IDENTITY, message, line=2)


BEHIND: Final = Rule(
    id="BP104",
    name="template-behind",
    severity="note",
    title="The project was rendered by another version",
    why="Later versions mend what earlier ones rendered; only an update brings that here.",
    fix="`blueprint diff` shows what would change, `blueprint update` merges it.",
    look=_behind,
)
