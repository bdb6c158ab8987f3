"""What ``blueprint.yaml`` describes and what the code has are the same entities, events, routes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.described_code import (
    contract_fields,
    contracts_of,
    described_parts,
    folders_of_entities,
    parts_of_code,
)
from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.domain import naming
from blueprint_cli.domain.changes import pairs
from blueprint_cli.domain.event_changes import breaks, type_of
from blueprint_cli.domain.open_functions import open_functions
from blueprint_cli.domain.time_passing import rules_that_time_breaks
from blueprint_cli.layout import SPEC_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.described_code import Part, Placed
    from blueprint_cli.checking.project import CheckedProject


def _without_code(project: CheckedProject) -> Iterator[Found]:
    described, rendered = (
        described_parts(project.model),
        described_parts(project.rendered_model),
    )
    known = {context.name for context in project.rendered_model.contexts}
    absent = {
        part for part in described if part not in rendered and part.context in known
    }  # Of a context that is absent as a whole another rule tells.
    for part in _outermost(absent):
        message = f"{_named(part)} is not in the code yet: blueprint update"
        yield Found(SPEC_FILE, message, project.line_of(described[part]), str(part))
    there, as_rendered = _code(project)
    lost = {part for part in as_rendered if part in described and part not in there}
    for part in _outermost(lost):
        placed = as_rendered[part]
        message = f"{_named(part)} is described, and is not in {placed.path}"
        yield Found(SPEC_FILE, message, project.line_of(described[part]), str(part))


def _not_described(project: CheckedProject) -> Iterator[Found]:
    described = described_parts(project.model)
    there, as_rendered = _code(project)
    more = {part for part in there if part not in described}
    rendered = described_parts(project.rendered_model)
    for part in _outermost(more):
        if part in as_rendered and part not in rendered:
            continue  # The template's own.
        placed = there[part]
        message = f"{_named(part)} is in the code, and {SPEC_FILE} does not describe it"
        yield Found(placed.path, message, placed.line, str(part))
    for context in project.model.contexts:
        modules = {naming.module_of(entity.name) for entity in context.entities}
        for folder in folders_of_entities(project, context):
            name = folder.rpartition("/")[2]
            if name not in modules:
                message = f"{name} is an entity of {context.name}, and {SPEC_FILE} does not say so"
                yield Found(folder, message)


def _code(project: CheckedProject) -> tuple[dict[Part, Placed], dict[Part, Placed]]:
    """Return what the code of described contexts has, now and as it was rendered."""
    there: dict[Part, Placed] = {}
    rendered: dict[Part, Placed] = {}
    for context in project.rendered_model.contexts:
        there |= parts_of_code(project, context, rendered=False)
        rendered |= parts_of_code(project, context, rendered=True)
    return there, rendered


def _outermost(parts: set[Part]) -> list[Part]:
    """Leave out what belongs to an entity that is among them."""
    entities = {(one.context, one.entity) for one in parts if one.kind == "entity"}
    kept = (
        one for one in parts if one.kind == "entity" or (one.context, one.entity) not in entities
    )
    return sorted(kept, key=lambda one: (one.context, one.entity, one.kind, one.name))


def _named(part: Part) -> str:
    return f"the {part.kind} {part.context + '.' if part.kind != 'route' else ''}{part.name}"


def _open(project: CheckedProject) -> Iterator[Found]:
    for one in open_functions(project.model, project.files, project.text):
        yield Found(one.path, f"{one.name} is yours to write", one.line, one.name)


def _broken_events(project: CheckedProject) -> Iterator[Found]:
    before = {type_of(one): one for one in project.rendered_model.events}
    for event in project.model.events:
        old = before.get(type_of(event))
        for why in breaks(old, event) if old else ():
            line = project.line_of((event.context, "entities", event.entity))
            message = f"{type_of(event)}: {why}"
            yield Found(SPEC_FILE, message, line, message)
    yield from _broken_contracts(project)


def _broken_contracts(project: CheckedProject) -> Iterator[Found]:
    """Look for fields that people took out of a contract's class, or gave another type."""
    for context in project.rendered_model.contexts:
        for path in contracts_of(project, context.name):
            now = contract_fields(project.text(path))
            for name, (_, fields) in contract_fields(project.rendered_text(path)).items():
                line, there = now.get(name, (0, fields))
                for field, type_ in fields.items():
                    if (written := there.get(field)) != type_:
                        how = f"was {type_} and is {written}" if written else "is gone"
                        yield Found(path, f"{name}.{field} {how}", line, f"{name}.{field}")


def _broken_by_time(project: CheckedProject) -> Iterator[Found]:
    for path, rule in rules_that_time_breaks(project.model):
        message = (
            f"contexts.{'.'.join(path)}: the rule {rule.code} can cease to hold though nobody "
            "changes the row"
        )
        yield Found(SPEC_FILE, message, project.line_of(path), rule.code)


def _unknown_former_names(project: CheckedProject) -> Iterator[Found]:
    before = {one.name: one for one in project.rendered_model.contexts}
    for old, context in pairs(project.rendered_model.contexts, project.model.contexts):
        if context is None:
            continue
        words = _migrated(project, {context.name, context.was})
        if context.was and context.was not in before and context.was not in words:
            yield _note(project, (context.name, "was"), context.was)
        entities = {one.name: one for one in old.entities} if old else {}
        for entity in context.entities:
            path = (context.name, "entities", entity.name)
            table = naming.table_of(naming.path_of(entity.was)) if entity.was else ""
            if entity.was and entity.was not in entities and table not in words:
                yield _note(project, (*path, "was"), entity.was)
            former = entities.get(entity.name) or entities.get(entity.was)
            known = {one.name for one in former.fields} if former else set()
            for field in entity.fields:
                if field.was and field.was not in known and field.was not in words:
                    yield _note(project, (*path, "fields", field.name), field.was)


def _note(project: CheckedProject, path: tuple[str, ...], was: str) -> Found:
    message = f"contexts.{'.'.join(path)}: nothing was called {was}"
    return Found(SPEC_FILE, message, project.line_of(path), f"{path} {was}")


def _migrated(project: CheckedProject, contexts: set[str]) -> set[str]:
    """Return the words of a context's migrations: names that it has had."""
    return {
        word
        for path in project.files
        if "migrations" in path.split("/") and contexts & set(path.split("/"))
        for word in re.findall(r"\w+", project.text(path) or "")
    }


WITHOUT_CODE: Final = Rule(
    id="BP503",
    name="described-without-code",
    severity="error",
    title="The code lacks what blueprint.yaml describes",
    why="Whoever reads the description, or a client that follows it, relies on what is not there.",
    fix="Run `blueprint update`, bring back what was deleted, or take it out of blueprint.yaml.",
    look=_without_code,
)
NOT_DESCRIBED: Final = Rule(
    id="BP504",
    name="code-not-described",
    severity="warning",
    title="An entity, event or route of a described context is missing from blueprint.yaml",
    why="Documents, tests, rights and the next update follow the description and do not know it.",
    fix=(
        "Describe it (`blueprint add`), or move it into a context that is by hand; an `owned` file "
        "is not reported."
    ),
    look=_not_described,
)
OPEN_FUNCTION: Final = Rule(
    id="BP505",
    name="function-to-be-written",
    severity="warning",
    title="A rule, a guard or a test that is yours to write is not written yet",
    why=(
        "A command that reaches such a function answers 500 and changes nothing; such a test fails."
    ),
    fix="Write the body; of a function, True means that the rule holds.",
    look=_open,
)
BROKEN_EVENT: Final = Rule(
    id="BP506",
    name="event-schema-broken",
    severity="error",
    title="An event lost what its readers rely on, and kept its version",
    why="Readers of the event, in this project and in others, fail on what they cannot read.",
    fix=(
        "Run `blueprint update`: it publishes the event as it was beside a later version "
        "(`emits: AppointmentBooked.v2`). Where it cannot, leave the field as it was."
    ),
    look=_broken_events,
)
BROKEN_BY_TIME: Final = Rule(
    id="BP507",
    name="rule-broken-by-time",
    severity="warning",
    title="Time alone can break a rule",
    why="A row that was valid is refused at its next change, whatever that changes.",
    fix="Make it a guard: `needs` of the commands that it is meant for.",
    look=_broken_by_time,
)
UNKNOWN_FORMER_NAME: Final = Rule(
    id="BP508",
    name="former-name-unknown",
    severity="note",
    title="`was` names nothing that there was",
    why="No migration renames anything: a new column or table begins empty.",
    fix="Correct the former name, or take `was` out.",
    look=_unknown_former_names,
)
