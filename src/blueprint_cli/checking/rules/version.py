"""A project whose template has moved on gets none of what was mended since."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.layout import IDENTITY
from blueprint_cli.record.render import BUILTIN
from blueprint_cli.version import installed_version, is_later

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject
    from blueprint_cli.record.render import Render


def _behind(project: CheckedProject) -> Iterator[Found]:
    if project.record is None:
        return
    if project.record.render.source != BUILTIN:
        yield from _behind_its_team(project, project.record.render)
        return
    rendered, installed = project.record.render.version, installed_version()
    if rendered == installed:
        return
    if is_later(installed, rendered):
        message = f"rendered by blueprint {rendered}; {installed} is installed"
    else:
        message = f"rendered by blueprint {rendered}; this is {installed}: upgrade it"
    yield Found(IDENTITY, message, line=2)


def _behind_its_team(project: CheckedProject, render: Render) -> Iterator[Found]:
    """Ask where a team's template comes from for a later version of it."""
    if not project.online:
        return
    from blueprint_cli.sources.address import read_address  # noqa: PLC0415 - only online
    from blueprint_cli.sources.newest import newer_version  # noqa: PLC0415 - the same

    with tempfile.TemporaryDirectory(prefix="blueprint-", ignore_cleanup_errors=True) as folder:
        address = read_address(render.source)
        newer = newer_version(address, render.ref, render.commit, Path(folder))
    if newer is not None:
        rendered = render.ref or render.version
        message = f"rendered by {render.name} {rendered}; {newer.ref} is there"
        yield Found(IDENTITY, message, line=2, subject=newer.ref)


BEHIND: Final = Rule(
    id="BP104",
    name="template-behind",
    severity="note",
    title="The project was rendered by another version",
    why="Later versions mend what earlier ones rendered; only an update brings that here.",
    fix="`blueprint diff` shows what would change, `blueprint update` merges it.",
    look=_behind,
)
