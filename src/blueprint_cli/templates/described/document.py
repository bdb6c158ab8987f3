"""A model in a reader's words: the map of contexts, the states, who may, who reacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain import python_text
from blueprint_cli.domain.model import ANYONE, OWNER, SYSTEM, USER
from blueprint_cli.templates.described.words import listed, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.domain.expressions import Expression
    from blueprint_cli.domain.model import (
        Command,
        Entity,
        EventName,
        Field,
        Guard,
        Model,
        Reaction,
        Type,
        Unique,
    )

_KINDS: Final = {
    "int": "whole number",
    "bool": "true or false",
    "datetime": "date and time",
    "uuid": "UUID",
    "email": "e-mail address",
    "url": "address of a page",
    "json": "JSON",
}
EMAIL: Final = ("notifications", "e-mail")
_WHO: Final = {OWNER: "its owner", USER: "every user", ANYONE: "everyone", SYSTEM: "reactions"}


@dataclass(frozen=True)
class ReactionWords:
    """An event, and what happens."""

    event: str
    effect: str


@dataclass(frozen=True)
class Relation:
    """One entity refers to another by ``name``, or tells it something; ``to`` may be ``e-mail``."""

    name: str
    of: tuple[str, str]
    to: tuple[str, str]
    is_event: bool = False


def relations(model: Model) -> list[Relation]:
    """Return who refers to whom, then who reacts to what, each by its context and its name."""
    found: dict[Relation, None] = {}
    for context in model.contexts:
        for entity in context.entities:
            for field in entity.fields:
                for target in field.type.targets():
                    to = (target.context, target.entity)
                    found[Relation(field.name, (context.name, entity.name), to)] = None
    entities = {(one.context, one.name): one.entity for one in model.events}
    for reaction in model.reactions:
        publisher = entities.get((reaction.publisher, reaction.event))
        if publisher is not None:
            to = EMAIL if reaction.is_email else (reaction.context, reaction.entity)
            of = (reaction.publisher, publisher)
            found[Relation(reaction.event.name, of, to, is_event=True)] = None
    return list(found)


def domain_map(model: Model) -> list[str]:
    """Return the edges between entities, of described contexts and of others, for Mermaid."""
    described = {(context.name, one.name) for context in model.contexts for one in context.entities}

    def shown(entity: tuple[str, str]) -> str:
        if entity == EMAIL:
            return 'notifications["e-mail"]'
        name = "_".join(entity)
        return name if entity in described else f'{name}["{".".join(entity)}"]'

    return [
        f"{'_'.join(one.of)} {'-.->' if one.is_event else '-->'}|{one.name}| {shown(one.to)}"
        for one in relations(model)
    ]


def reactions(model: Model) -> list[ReactionWords]:
    """Return every event that somebody reacts to, and what happens."""
    return [
        ReactionWords(f"{one.publisher}.{event_words(one.event)}", _effect(one))
        for one in model.reactions
    ]


def event_words(event: EventName) -> str:
    """Return an event's name, and its version where that is not the first."""
    return event.name if event.version == 1 else f"{event.name}.v{event.version}"


def _effect(reaction: Reaction) -> str:
    if reaction.is_email:
        return f"an e-mail to its `{reaction.to}`: the text `{reaction.text}`"
    where = "" if reaction.needs is None else ", where the description says so"
    return f"`{reaction.context}.{reaction.entity}.{reaction.command}`{where}"


def transitions(entity: Entity) -> Iterator[tuple[str, str, str]]:
    """Yield from which state which command leads to which."""
    for command in entity.commands:
        if command.to and command.name != "create":
            for state in command.from_states or entity.states:
                yield state, words(command.name), command.to


def states(entity: Entity) -> Iterator[str]:
    """Yield the transitions of an entity's state machine, as Mermaid draws them."""
    yield f"[*] --> {entity.states[0]}"
    for state, command, to in transitions(entity):
        yield f"{state} --> {to}: {command}"


def who(by: tuple[str, ...]) -> str:
    """Return who may, in words."""
    return listed([_WHO.get(one, f"`{one}`") for one in by], "or")


def needs(command: Command) -> str:
    """Return the states and the guards that a command needs."""
    said = []
    if command.from_states:
        said.append(listed([words(state) for state in command.from_states], "or"))
    said += [f"`{guard.code}`" for guard in command.needs]
    return ", ".join(said)


def tells(command: Command) -> str:
    """Return the event that a command emits, and what is published beside it."""
    if command.emits is None:
        return ""
    former = [f"`{one.name.name}.v{one.name.version}`" for one in command.former]
    beside = f", and {listed(former)} for older readers" if former else ""
    return f"`{event_words(command.emits)}`{beside}"


def rules(entity: Entity) -> list[str]:
    """Return what every row is held to, by its code."""
    said = [f"`{one.code}`: {_condition(one)}" for one in entity.rules]
    for unique in entity.unique:
        fields = listed([f"`{name}`" for name in unique.fields])
        span = unique.span
        overlap = f" overlap in `{span[0]}` to `{span[1]}`" if span else ""
        what = f"no two rows with the same {fields}{overlap}"
        said.append(f"`{unique.code}`: {what}{_where(unique)}")
    return said


def _condition(guard: Guard) -> str:
    return "written by hand" if guard.holds is None else f"`{_text(guard.holds)}`"


def _where(unique: Unique) -> str:
    return f", where `{_text(unique.where)}`" if unique.where is not None else ""


def _text(expression: Expression) -> str:
    return python_text.is_true(expression, python_text.Spelling(row="")).replace("|", "\\|")


def kind(type_: Type) -> str:
    """Return a type in words."""
    if type_.target is not None:
        return f"id of a `{type_.target.context}.{type_.target.entity}`"
    if type_.kind == "enum":
        return f"one of {', '.join(type_.values)}"
    if type_.kind == "value":
        return f"`{type_.name}`: {', '.join(one.name for one in type_.fields)}"
    if type_.kind == "list":
        return f"list of {kind(type_.of)}" if type_.of is not None else "list"
    said = _KINDS.get(type_.kind, type_.kind)
    if type_.kind == "decimal":
        said = f"decimal with {type_.scale} places"
    if type_.low is None and type_.high is None:
        return said
    unit = " characters" if type_.kind == "text" else ""
    return f"{said}, {_bounds(type_)}{unit}"


def _bounds(type_: Type) -> str:
    if type_.low is None:
        return f"at most {type_.high}"
    return f"at least {type_.low}" if type_.high is None else f"{type_.low} to {type_.high}"


def remarks(field: Field) -> str:
    """Return what else is said of a field."""
    said = {
        "optional": field.optional,
        "unique": field.unique,
        "set once": field.once,
        "secret": field.secret,
    }
    found = [word for word, holds in said.items() if holds]
    if field.has_default:
        found.append(f"`{field.default}` by default")
    return ", ".join(found)
