"""A context's own types: enumerations, constrained scalars, value objects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.domain import limits, naming, shape
from blueprint_cli.domain.fields import TYPES, read_field, read_type
from blueprint_cli.domain.mistakes import NotUnderstood
from blueprint_cli.domain.model import Field, Type

if TYPE_CHECKING:
    from blueprint_cli.domain.mistakes import Path
    from blueprint_cli.domain.model import Reference
    from blueprint_cli.domain.world import World

IN_QUOTES: Final = "a field's words are one text; a list of something wants quotes: '[Label]'"


class OwnTypes:
    """The types of one context, each read when it is first asked for."""

    def __init__(self, world: World, context: str, raw: dict[str, Any]) -> None:
        self._world = world
        self._context = context
        self._raw = raw
        self._path: Path = (context, "types")
        self._read: dict[str, Type | None] = {}
        self._open: list[str] = []

    def all(self) -> tuple[tuple[str, Type], ...]:
        """Read them all; those that hold a mistake are left out."""
        if len(self._raw) > limits.TYPES:
            self._world.report(
                self._path, f"has {len(self._raw)} types", allowed=_most(limits.TYPES)
            )
        for name in self._raw:
            path = (*self._path, name)
            if why := naming.why_no_class(name):
                nearest = naming.nearest_class(name)
                message = f"no type can be called that: {why}; did you mean {nearest}?"
                self._world.report(path, message, allowed=naming.CLASS_ALLOWED, at_key=True)
            self._find(name)
        return tuple((name, one) for name, one in self._read.items() if one is not None)

    def own_type(self, name: str) -> Type:
        """Return one of them.

        Raises:
            NotUnderstood: where there is none of that name, or it is made of itself; without a
                message where it holds a mistake.
        """
        if name not in self._raw:
            known = (*TYPES, *self._raw)
            entities = self._world.entities.get(self._context, ())
            hint = f"; did you mean ref {name}?" if name in entities else ""
            hint = hint or naming.did_you_mean(name, known)
            raise NotUnderstood(f"there is no type {name}{hint}", ", ".join(known))
        if name in self._open:
            ring = " of ".join([*self._open[self._open.index(name) :], name])
            raise NotUnderstood(f"a type cannot be made of itself: {ring}")
        found = self._find(name)
        if found is None:
            raise NotUnderstood("")
        return found

    def target(self, name: str) -> Reference:
        """Return the entity that a reference means, or raise NotUnderstood."""
        return self._world.target(self._context, name)

    def _find(self, name: str) -> Type | None:
        if name not in self._read:
            self._open.append(name)
            try:
                self._read[name] = self._made(name)
            except NotUnderstood as error:
                self._world.refuse((*self._path, name), error)
                self._read[name] = None
            finally:
                self._open.pop()
        return self._read[name]

    def _made(self, name: str) -> Type:
        raw = self._raw[name]
        match raw:
            case list():
                return Type(kind="enum", name=name, values=self._values(name, raw))
            case str():
                return replace(read_type(raw, self), name=name)
            case dict() if raw:
                return Type(kind="value", name=name, fields=self._fields(name, raw))
        raise NotUnderstood(
            f"is {shape.shown(raw)}", "a list of values, a field's words, or a mapping of fields"
        )

    def _values(self, name: str, raw: list[Any]) -> tuple[str, ...]:
        path = (*self._path, name)
        if not 1 <= len(raw) <= limits.VALUES:
            self._world.report(path, f"has {len(raw)} values", allowed=f"1 to {limits.VALUES}")
        return read_words(self._world, path, raw, naming.why_no_value, naming.VALUE_ALLOWED)

    def _fields(self, name: str, raw: dict[str, Any]) -> tuple[Field, ...]:
        path = (*self._path, name)
        if len(raw) > limits.FIELDS:
            self._world.report(path, f"has {len(raw)} fields", allowed=_most(limits.FIELDS))
        found = []
        for key, words in raw.items():
            try:
                found.append(self._part(str(key), words))
            except NotUnderstood as error:
                self._world.refuse((*path, key), error)
        if len(found) < len(raw):
            raise NotUnderstood("")
        return tuple(found)

    def _part(self, name: str, words: object) -> Field:
        if why := naming.why_no_name(name):
            nearest = naming.nearest_name(name)
            message = f"no field can be called that: {why}; did you mean {nearest}?"
            raise NotUnderstood(message, naming.SNAKE_ALLOWED)
        if not isinstance(words, str):
            raise NotUnderstood(f"is {shape.shown(words)}", IN_QUOTES)
        part = read_field(name, words, self)
        for word, holds in (
            ("unique", part.unique),
            ("once", part.once),
            ("secret", part.secret),
            ("was", bool(part.was)),
        ):
            if holds:
                raise NotUnderstood(f"{word} belongs to an entity's field, not to a part of one")
        if part.type.kind in ("value", "json"):
            raise NotUnderstood(f"a value object holds no {_kind(part.type)}")
        return part


def read_words(
    world: World, path: Path, raw: list[Any], why_not: naming.WhyNot, allowed: str
) -> tuple[str, ...]:
    """Return those words of a list that are names, and report the others."""
    found: list[str] = []
    for place, word in enumerate(raw):
        here = (*path, place)
        if isinstance(word, bool):
            said = "true" if word else "false"
            world.report(here, f"YAML takes {said} for no word; put it in quotes: '{said}'")
        elif not isinstance(word, str):
            world.report(here, f"is {shape.shown(word)}", allowed=allowed)
        elif why := why_not(word):
            world.report(here, f"{word} cannot be: {why}", allowed=allowed)
        elif word in found:
            world.report(here, f"{word} stands twice")
        else:
            found.append(word)
    return tuple(found)


def _kind(type_: Type) -> str:
    return "other value object" if type_.kind == "value" else type_.kind


def _most(number: int) -> str:
    return f"at most {number}"
