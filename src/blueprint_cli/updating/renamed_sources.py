"""Where the files of a renamed entity are now: edits follow it, whatever its files look like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.changes import changes_between
from blueprint_cli.domain.naming import module_of

if TYPE_CHECKING:
    from blueprint_cli.domain.model import Model

# A file of a layer for an entity, or for a command of one: described/command[clinic.Visit.move]/….
_OF_AN_ENTITY: Final = re.compile(
    r"(?P<layer>[^\[]+)\[(?P<context>\w+)\.(?P<entity>\w+)(?P<command>(?:\.\w+)?)\](?P<file>/.+)"
)


class RenamedSources:
    """What the files that two models were rendered from are called, where an entity's name is not.

    As the manifest calls them: the template's file, with what it was rendered for.
    """

    def __init__(self, old: Model, new: Model) -> None:
        self._entities = {
            (one.context, one.name): one.now
            for one in changes_between(old, new)
            if one.what == "entity" and one.now
        }

    def __call__(self, source: str) -> str:
        """Return what the new render calls a source of the old one."""
        found = _OF_AN_ENTITY.fullmatch(source) if self._entities else None
        now = found and self._entities.get((found["context"], found["entity"]))
        if not found or not now:
            return source
        module = re.escape(module_of(found["entity"]))
        file = re.sub(rf"(?<=[/_]){module}(?=[/.])", module_of(now), found["file"])
        return f"{found['layer']}[{found['context']}.{now}{found['command']}]{file}"
