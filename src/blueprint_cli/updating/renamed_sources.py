"""Where the files of a renamed context or entity are now: edits follow, whatever they look like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.changes import pairs
from blueprint_cli.domain.naming import module_of

if TYPE_CHECKING:
    from blueprint_cli.domain.model import Model

# A file of a layer for a context, or for an entity or command of it:
# described/context[clinic]/…, described/command[clinic.Visit.move]/….
_OF_A_CONTEXT: Final = re.compile(
    r"(?P<layer>[^\[]+)\[(?P<context>\w+)(?:\.(?P<entity>\w+))?(?P<rest>[^\]]*)\](?P<file>/.+)"
)
# Files of other layers are called as the context's service is.
_DESCRIBED: Final = "described/"
_MIGRATION: Final = "/adapters/migrations/versions/"


class RenamedSources:
    """What the files that two models were rendered from are called, where a name is not.

    As the manifest calls them: the template's file, with what it was rendered for.
    """

    def __init__(self, old: Model, new: Model) -> None:
        both = [(was, now) for was, now in pairs(old.contexts, new.contexts) if was and now]
        self._contexts = {was.name: now.name for was, now in both if was.name != now.name}
        self._services = {
            was.name: (was.service, now.service) for was, now in both if was.service != now.service
        }
        self._entities = {
            (was.name, before.name): after.name
            for was, now in both
            for before, after in pairs(was.entities, now.entities)
            if before and after and before.name != after.name
        }

    def __call__(self, source: str) -> str:
        """Return what the new render calls a source of the old one."""
        anything = self._contexts or self._services or self._entities
        found = _OF_A_CONTEXT.fullmatch(source) if anything else None
        if not found:
            return source
        context, entity, file = found["context"], found["entity"], found["file"]
        named = [self._contexts.get(context, context)]
        if not found["layer"].startswith(_DESCRIBED):
            file = _renamed(file, *self._services.get(context, ("", "")))
        elif not file.startswith(_MIGRATION):
            file = _renamed(file, context, named[0])
        if entity:
            named.append(self._entities.get((context, entity), entity))
            file = _renamed(file, module_of(entity), module_of(named[1]))
        return f"{found['layer']}[{'.'.join(named)}{found['rest']}]{file}"


def _renamed(file: str, old: str, new: str) -> str:
    """Return a path with another name of a module: whole, or after what it is a part of."""
    return re.sub(rf"(?<=[/_]){re.escape(old)}(?=[/._])", new, file) if old != new else file
