"""What the projects of a fleet are to be updated to, and which of them that is about."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from blueprint_cli.errors import BlueprintError, SourceFailed
from blueprint_cli.record.render import BUILTIN, read_render
from blueprint_cli.sources.address import read_address
from blueprint_cli.sources.repository import open_repository
from blueprint_cli.updating.target import Target
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from blueprint_cli.fleet.members import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A version of a team's template, or for projects of the built-in ones the installed version.

    Args:
        target: the version of a team's template; the newest tag where it names none.
        source: where the template is, if it is about that one alone.
        templates: where the built-in ones are.
        online: ask the hosts for what they have now.
    """

    target: Target = field(default_factory=Target)
    source: str = ""
    templates: Path | None = None
    online: bool = False

    def concerns(self, member: Member) -> bool:
        """Whether a project is of the template that is meant.

        Raises:
            BlueprintError: where nobody can tell.
        """
        if member.root is None:
            return True
        source = read_render(member.root).source
        if self.source:
            return _place(source) == _place(self.source)
        version = self.target.to.removeprefix("v")
        return source != BUILTIN or version in {"", installed_version()}

    def target_for(self, member: Member) -> Target:
        """Return the target, which asks no host where `refresh` has asked for all."""
        return replace(self.target, offline=member.address is None or not self.online)

    def refresh(self, members: Sequence[Member], scratch: Path) -> None:
        """Ask the host of each template once, if hosts are to be asked."""
        if not self.online:
            return
        for source in sorted({found for one in members if (found := _source_of(one))}):
            address = read_address(source)
            if address.kind == "git" and (not self.source or _place(self.source) == _place(source)):
                open_repository(address, scratch)


def _source_of(member: Member) -> str:
    """Return where a project's template is; empty for the built-in ones and for what is none."""
    try:
        source = read_render(member.root).source if member.root else BUILTIN
    except BlueprintError:
        return ""
    return "" if source == BUILTIN else source


def _place(source: str) -> tuple[str, str]:
    if source == BUILTIN:
        return BUILTIN, ""
    address = read_address(source)
    return address.location, address.inside


def how_to_ask(error: BlueprintError) -> BlueprintError:
    """Add to what was not found here that it can be asked for."""
    if isinstance(error, SourceFailed) and not error.hint:
        error.hint = "`--online` asks for what its host has now."
    return error
