"""Renaming what is described: every place of a description that names it, and its former name."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.domain import shape
from blueprint_cli.domain.edits import (
    Put,
    Rekey,
    listings,
    look_up,
    refuse_undescribed,
    refuse_what_is_there,
)
from blueprint_cli.domain.event_changes import full_name
from blueprint_cli.domain.model import CRUD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprint_cli.domain.edits import Edit, Place
    from blueprint_cli.domain.mistakes import Path
    from blueprint_cli.domain.model import Event, Model

WAS: Final = re.compile(r"\s*\bwas\([^()]*\)")
# What stands in quotes, in a pattern or after = names nothing.
_NO_NAMES: Final = re.compile(r"/(?:[^/\\]|\\.)*/|=\s*(?:'[^']*'|\"[^\"]*\"|\S+)")


def renaming(contexts: Mapping[str, Any], model: Model, place: Place, name: str) -> list[Edit]:
    """Return the edits that give it another name wherever it is named.

    Raises:
        EditRefused: where it is not there, or not described.
    """
    refuse_undescribed(contexts, place.names[0])
    described = look_up(contexts, place)
    refuse_what_is_there(contexts, replace(place, names=(*place.names[:-1], name)))
    match place.kind:
        case "context":
            return [*_context(contexts, place, described, name)]
        case "entity":
            return [*_entity(contexts, model, place, described, name)]
        case "field":
            return [*_field(contexts, model, place, described, name)]


def _context(
    contexts: Mapping[str, Any], place: Place, described: object, name: str
) -> Iterator[Edit]:
    old = place.name
    yield Rekey(place.path, name)
    yield _former(place, described)
    yield from _references(contexts, rf"{old}\.", f"{name}.")
    for path, reaction in _reactions(contexts):
        publisher, dot, event = shape.text(reaction.get("when")).partition(".")
        if dot and publisher == old:
            yield Put((*path, "when"), f"{name}.{event}")


def _entity(
    contexts: Mapping[str, Any], model: Model, place: Place, described: object, name: str
) -> Iterator[Edit]:
    context, old = place.names
    yield Rekey(place.path, name)
    yield _former(place, described)
    yield from _references(contexts, rf"{context}\.{old}(?!\w)", f"{context}.{name}")
    yield from _references({context: contexts[context]}, rf"{old}(?!\w)", name)
    told = {
        f"{context}.{event.name.name}": f"{context}.{name}{event.name.name.removeprefix(old)}"
        for event in model.events
        if (event.context, event.entity) == (context, old) and _by_default(described, event)
    }
    for path, reaction in _reactions(contexts):
        done, dot, command = shape.text(reaction.get("do")).partition(".")
        if path[0] == context and dot and done == old:
            yield Put((*path, "do"), f"{name}.{command}")
        if (when := shape.text(reaction.get("when"))) in told:
            yield Put((*path, "when"), told[when])


def _by_default(described: object, event: Event) -> bool:
    """Whether an event is called after its entity, because no command says otherwise."""
    commands = shape.mapping(shape.mapping(described).get("commands"))
    said = [shape.mapping(commands.get(name)).get("emits") for name in event.commands]
    return all(name in CRUD for name in event.commands) and not any(said)


def _field(
    contexts: Mapping[str, Any], model: Model, place: Place, words: object, name: str
) -> Iterator[Edit]:
    context, entity, old = place.names
    path, raw = place.path[:3], shape.mapping(contexts[context]["entities"][entity])
    yield Rekey(place.path, name)
    yield Put(place.path, f"{WAS.sub('', shape.text(words))} was({old})")
    if raw.get("owner") == old:
        yield Put((*path, "owner"), name)
    for listed, at in listings(raw, old):
        yield Put((*path, *listed, at), name)
    for code, text in shape.mapping(raw.get("unique")).items():
        yield from _text((*path, "unique", code), text, lambda said: _in_unique(said, old, name))
    yield from _expressions((*path, "rules"), raw.get("rules"), old, name)
    for command, said in shape.mapping(raw.get("commands")).items():
        there = (*path, "commands", command)
        yield from _expressions((*there, "sets"), shape.mapping(said).get("sets"), old, name)
        yield from _expressions((*there, "needs"), shape.mapping(said).get("needs"), old, name)
        if old in shape.mapping(shape.mapping(said).get("sets")):
            yield Rekey((*there, "sets", old), name)
        for event, keys in shape.mapping(shape.mapping(said).get("former")).items():
            for key, held in shape.mapping(keys).items():
                if held == old:
                    yield Put((*there, "former", event, key), name)
                elif held is None and key == old:
                    yield Rekey((*there, "former", event, key), name)
    yield from _in_reactions(contexts, model, place, name)


def _in_reactions(
    contexts: Mapping[str, Any], model: Model, place: Place, name: str
) -> Iterator[Edit]:
    context, entity, old = place.names
    told = {
        full_name(event)
        for event in model.events
        if (event.context, event.entity) == (context, entity)
        and any(one.name == old for one in event.fields)
    }
    for path, reaction in _reactions(contexts):
        given = shape.mapping(reaction.get("with"))
        if shape.text(reaction.get("when")) in told:
            if reaction.get("to") == old:
                yield Put((*path, "to"), name)
            for key in ("needs", "of"):
                yield from _text((*path, key), reaction.get(key), _in_expression(old, name))
            yield from _expressions((*path, "with"), given, old, name)
        does = shape.text(reaction.get("do")).partition(".")[0]
        if path[0] == context and does == entity and old in given:
            yield Rekey((*path, "with", old), name)


def _former(place: Place, described: object) -> Edit:
    there = "was" in shape.mapping(described)
    return Put((*place.path, "was"), place.name, first=not there)


def _references(contexts: Mapping[str, Any], target: str, to: str) -> Iterator[Edit]:
    """Yield each field's words, and each own type's, that refer to what matches."""
    pattern = re.compile(rf"(?<![\w.])ref(\s+)(?:{target})")

    def change(said: str) -> str:
        kept = _NO_NAMES.search(said)
        end = kept.start() if kept else len(said)
        return pattern.sub(lambda found: f"ref{found[1]}{to}", said[:end]) + said[end:]

    for context, described in contexts.items():
        raw = shape.mapping(described)
        for name, entity in shape.mapping(raw.get("entities")).items():
            fields = shape.mapping(shape.mapping(entity).get("fields"))
            path: Path = (context, "entities", name, "fields")
            for field, words in fields.items():
                yield from _text((*path, field), words, change)
        for name, type_ in shape.mapping(raw.get("types")).items():
            yield from _text((context, "types", name), type_, change)
            for field, words in shape.mapping(type_).items():
                yield from _text((context, "types", name, field), words, change)


def _reactions(contexts: Mapping[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for context, described in contexts.items():
        reactions = shape.listed(shape.mapping(described).get("reactions"))
        for at, reaction in enumerate(reactions):
            yield (context, "reactions", at), shape.mapping(reaction)


def _expressions(path: Path, raw: object, old: str, name: str) -> Iterator[Edit]:
    for key, text in shape.mapping(raw).items():
        yield from _text((*path, key), text, _in_expression(old, name))


def _text(path: Path, text: object, change: Callable[[str], str]) -> Iterator[Edit]:
    if isinstance(text, str) and (changed := change(text)) != text:
        yield Put(path, changed)


def _in_expression(old: str, name: str) -> Callable[[str], str]:
    return lambda text: renamed_in(text, old, name)


def _in_unique(text: str, old: str, name: str) -> str:
    listed, where, condition = re.split(r"(\s+where\s+|$)", text, maxsplit=1)
    listed = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", name, listed)
    return f"{listed}{where}{renamed_in(condition, old, name)}"


def renamed_in(text: str, old: str, name: str) -> str:
    """Return an expression with another name for a field; as it is where it is no expression."""
    flat = text.replace("\n", " ")
    lead = len(flat) - len(flat.lstrip())
    content = flat.strip().encode()
    try:
        tree = ast.parse(content.decode(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    found = [
        node.col_offset for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == old
    ]
    if not found:
        return text
    # Offsets count bytes; a line's end takes one as a space does.
    original = text[lead:].encode()
    for at in sorted(found, reverse=True):
        original = original[:at] + name.encode() + original[at + len(old.encode()) :]
    return text[:lead] + original.decode()
