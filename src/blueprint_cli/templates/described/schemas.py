"""The JSON Schemas of what a context describes: what it answers, takes, and tells others.

They are those that FastAPI and Pydantic write of the rendered classes, word for word and in their
order; a test compares them. What is answered comes in FastAPI's order of keys, what is taken and
published in the order of the alphabet.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.templates.described.json_schema import (
    PLAIN,
    Schema,
    answered,
    body_of,
    default_of,
    in_order,
    named,
    or_null,
    published,
    taken,
    titled,
)
from blueprint_cli.templates.marks import without_marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from blueprint_cli.domain.model import EventField, Field, Type
    from blueprint_cli.templates.described.commands import CommandView
    from blueprint_cli.templates.described.contexts import ContextView, EventView
    from blueprint_cli.templates.described.entities import EntityView, Filter


@dataclass(frozen=True)
class Schemas:
    """The schemas of a context."""

    context: ContextView

    def view(self, entity: EntityView) -> Schema:
        """Return what a reader sees of an entity."""
        fields = [
            ("id", PLAIN["uuid"]),
            *((one.name, answered(one.field)) for one in entity.shown),
            *([("status", named(status_name(entity)))] if entity.states else []),
            ("version", PLAIN["int"]),
            ("created_at", PLAIN["datetime"]),
            ("updated_at", PLAIN["datetime"]),
        ]
        of_fields = {name: titled(name, schema) for name, schema in fields}
        said = f"{entity.a_capital} as clients see it."
        return _object(f"{entity.entity.name}View", said, of_fields, list(of_fields))

    def of_view(self, entity: EntityView) -> dict[str, Schema]:
        """Return the schemas that a view names."""
        found = {kind.name: self._own(kind) for kind in _own(one.field for one in entity.shown)}
        if entity.states:
            found[status_name(entity)] = _states(entity)
        return found

    def body(self, command: CommandView) -> tuple[Schema, dict[str, Schema]]:
        """Return what a command takes, and the schemas that it names."""
        given = command.taken_in_order
        fields = {one.name: taken(one.field, default=command.is_create) for one in given}
        required = [one.name for one in given if one.required and command.is_create]
        schema = _object(body_name(command), command.body_sentence, fields, required)
        own = _own(one.field for one in given)
        values = {f"{one.name}Body": self._body(one) for one in own if one.kind == "value"}
        enums = {one.name: self._own(one) for one in own if one.kind == "enum"}
        return _closed(schema), in_order(values | enums)

    def filter(self, entity: EntityView, one: Filter) -> Schema:
        """Return what a filter of a list may be."""
        several = one.absent == "()"
        field = one.name if several else one.name.rpartition("_")[0]
        found = entity.entity.by_name.get(field)
        if found is not None:
            schema = self._filtered(found.type)
        elif field == "status":
            schema = _states(entity)
        else:
            other = PLAIN["int" if field == "version" else "datetime"]
            schema = PLAIN["uuid"] if field == "id" else other
        any_of = {"type": "array", "items": schema, "default": []} if several else or_null(schema)
        ordered: Schema = in_order(titled(one.name, any_of))
        return ordered

    def event(self, view: EventView) -> Schema:
        """Return an event's data, without what says of which dialect it is."""
        own = _own(view.event.fields)
        values = {one.name: self._value(one) for one in own if one.kind == "value"}
        definitions = {"$defs": values} if values else {}
        ordered: Schema = in_order(definitions | _event(view.cls, view.sentence, view.event.fields))
        return ordered

    def _filtered(self, kind: Type) -> Schema:
        if kind.kind in {"text", "email", "url", "int"}:
            return PLAIN[kind.kind]
        return self._own(kind) if kind.kind == "enum" else body_of(kind)

    def _own(self, kind: Type) -> Schema:
        """Return a type of the context as it is answered."""
        if kind.kind == "enum":
            return _enumeration(kind.name, self._sentence(kind), kind.values)
        fields = {}
        for one in kind.fields:
            fields[one.name] = titled(one.name, answered(one))
            if one.has_default:
                fields[one.name]["default"] = default_of(one)
        required = [one.name for one in kind.fields if _required(one)]
        return _object(kind.name, self._sentence(kind), fields, required)

    def _body(self, kind: Type) -> Schema:
        """Return a value object as it is taken."""
        given = sorted(kind.fields, key=lambda one: not _required(one))
        fields = {one.name: taken(one, default=True) for one in given}
        required = [one.name for one in given if _required(one)]
        return _closed(_object(f"{kind.name}Body", self._sentence(kind), fields, required))

    def _value(self, kind: Type) -> Schema:
        """Return a value object as it is published."""
        return _event(kind.name, self._sentence(kind), kind.fields)

    def _sentence(self, kind: Type) -> str:
        said = {one.name: one.sentence for one in self.context.enums}
        said |= {one.name: one.sentence for one in self.context.value_objects}
        return said[kind.name]


def status_name(entity: EntityView) -> str:
    """Return the class of an entity's states."""
    return without_marks(entity.status_cls)


def body_name(command: CommandView) -> str:
    """Return the class of a command's body."""
    return without_marks(command.body_cls)


def _own(fields: Iterable[Field | EventField]) -> list[Type]:
    """Return the enumerations and value objects that fields are made of, each once."""
    found: dict[str, Type] = {}
    waiting = [one.type for one in fields]
    while waiting:
        kind = waiting.pop()
        if kind.kind in {"enum", "value"}:
            found[kind.name] = kind
        waiting += [one.type for one in kind.fields]
        waiting += [] if kind.of is None else [kind.of]
    return list(found.values())


def _required(field: Field) -> bool:
    return not (field.optional or field.has_default)


def _states(entity: EntityView) -> Schema:
    values = [one.text for one in entity.states]
    return _enumeration(status_name(entity), entity.states_sentence, values)


def _enumeration(name: str, said: str, values: Sequence[str]) -> Schema:
    told = {"title": name, "description": inspect.cleandoc(said)}
    return {"type": "string", "enum": list(values), **told}


def _object(name: str, said: str, fields: Mapping[str, Schema], required: list[str]) -> Schema:
    needed = {"required": required} if required else {}
    told = {"title": name, "description": inspect.cleandoc(said)}
    return {"properties": dict(fields), "type": "object", **needed, **told}


def _closed(schema: Schema) -> Schema:
    """Allow nothing unknown."""
    closed: Schema = in_order({**schema, "additionalProperties": False})
    return closed


def _event(name: str, said: str, fields: Sequence[Field | EventField]) -> Schema:
    required = [one.name for one in fields if not one.optional]
    return _object(name, said, {one.name: published(one) for one in fields}, required)
