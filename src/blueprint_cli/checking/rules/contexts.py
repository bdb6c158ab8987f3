"""``blueprint.yaml`` and the tree name the same contexts.

Where a context lies is read from the render itself: the folders that it made for every context.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.spec.document import Document
from blueprint_cli.spec.names import nearest_context_name, why_no_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject

PACKAGE: Final = "/__init__.py"
HOLE: Final = "{context}"


def _without_folder(project: CheckedProject) -> Iterator[Found]:
    for context in project.contexts:
        if context in project.without_entities:
            continue
        for place in _places(project):
            folder = place.replace(HOLE, context)
            if not (project.root / folder).is_dir() and not project.is_owned(folder):
                message = f"contexts.{context} has no folder {folder}"
                if context in project.by_hand:
                    message += ", which you write: docs/add-a-context.md says what belongs into it"
                yield Found(SPEC_FILE, message, _line(project, context), folder)


def _not_in_spec(project: CheckedProject) -> Iterator[Found]:
    for place in _places(project):
        rendered = {place.replace(HOLE, context) for context in project.rendered_with_code}
        parts = set.intersection(*(_folders_in(project, folder) for folder in rendered))
        for folder, context in _like(project, place, parts).items():
            ours = folder not in rendered and _folders_in(project, folder)
            if context not in project.contexts and not ours:
                message = f"is a context, but {SPEC_FILE} has no contexts.{context}"
                yield Found(folder, f"{message}: {_missing_line(project, context)}")


def _missing_line(project: CheckedProject, context: str) -> str:
    """Say which line belongs under `contexts`, or what the folder could be called instead."""
    if context in project.rendered_with_code:
        return f"add `{context}: {{}}`"
    reason = why_no_context(context, project.contexts)
    if reason:
        nearest = nearest_context_name(context, project.contexts)
        return f"none can be called that, because {reason}; rename it, such as to {nearest}"
    return f"add `{context}: {{by: hand}}`, then `blueprint update`"


def _places(project: CheckedProject) -> list[str]:
    """Where the render put the package of every context, with a hole for the context's name."""
    record, contexts = project.record, project.rendered_with_code
    if record is None or not contexts:
        return []
    first = contexts[0]
    candidates = {
        re.sub(rf"(?<![^/]){re.escape(first)}(?![^/])", HOLE, path.removesuffix(PACKAGE))
        for path in record.base
        if path.endswith(f"/{first}{PACKAGE}")
    }
    return sorted(
        place
        for place in candidates
        if all(f"{place.replace(HOLE, context)}{PACKAGE}" in record.base for context in contexts)
    )


def _folders_in(project: CheckedProject, folder: str) -> set[str]:
    """The folders that the render has in a folder; of a context: domain, adapters and so on."""
    base = project.record.base if project.record else ()
    below = [path[len(folder) + 1 :] for path in base if path.startswith(f"{folder}/")]
    return {path.partition("/")[0] for path in below if "/" in path}


def _like(project: CheckedProject, place: str, parts: set[str]) -> dict[str, str]:
    """Folders where a context could lie that have a part which every context has: their names."""
    where = re.compile(_regex(place) + r"/(?P<part>[^/]+)/")
    matches = (where.match(path) for path in project.files)
    names = {match["context"] for match in matches if match and match["part"] in parts}
    return {place.replace(HOLE, name): name for name in sorted(names)}


def _regex(place: str) -> str:
    first, *others = (re.escape(part) for part in place.split(HOLE))
    return f"{first}(?P<context>[^/]+)" + "(?P=context)".join(others)


def _line(project: CheckedProject, context: str) -> int | None:
    spec = project.spec
    position = spec.keys.get(("contexts", context)) if isinstance(spec, Document) else None
    return position.line if position else None


WITHOUT_FOLDER: Final = Rule(
    id="BP501",
    name="context-without-folder",
    severity="error",
    title="blueprint.yaml names a context that has no folder",
    why="The spec is what other commands go by; they would deal with a context that is not there.",
    fix=(
        "Bring the folder back, or take the context out of blueprint.yaml. One that is by hand you "
        "write: docs/add-a-context.md."
    ),
    look=_without_folder,
)
NOT_IN_SPEC: Final = Rule(
    id="BP502",
    name="context-not-in-spec",
    severity="warning",
    title="A context is missing from blueprint.yaml",
    why="Import contracts, deployment and updates know only the contexts that the spec names.",
    fix=(
        "Add the line under `contexts` and run `blueprint update`: the rest of the project knows "
        "the context then, and leaves what is inside it alone."
    ),
    look=_not_in_spec,
)
