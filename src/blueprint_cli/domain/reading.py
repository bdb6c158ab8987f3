"""From what stands under ``contexts`` to a `Model`, with everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprint_cli.domain import limits, shape
from blueprint_cli.domain.access import read_roles
from blueprint_cli.domain.cycles import look_for_cycles
from blueprint_cli.domain.entities import EntityReader
from blueprint_cli.domain.events import events_of
from blueprint_cli.domain.former_events import look_at_former
from blueprint_cli.domain.keys import look_for_keys_of_others
from blueprint_cli.domain.model import MYSQL, POSTGRESQL, DescribedContext, Model
from blueprint_cli.domain.own_types import OwnTypes
from blueprint_cli.domain.reactions import ReactionReader
from blueprint_cli.domain.same_names import look_for_same_names, look_for_same_services
from blueprint_cli.domain.stores import look_at_stores
from blueprint_cli.domain.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.domain.mistakes import Mistake


@dataclass(frozen=True, slots=True)
class Reading:
    """A model, and what is wrong: with a mistake the model lacks what that stands in."""

    model: Model
    mistakes: tuple[Mistake, ...]


def read_contexts(contexts: Mapping[Any, Any]) -> Reading:
    """Read all contexts of a document: plain data, of whatever shape.

    What has a wrong shape counts as absent, but for types, fields and expressions, whose shape is
    looked at here. Ready-made contexts and those by hand only give what others refer to; one whose
    ``entities`` are empty is not in the model, for nothing is made of it.
    """
    world = World({name: value for name, value in contexts.items() if isinstance(name, str)})
    roles, directory = read_roles(world)
    if len(world.contexts) > limits.CONTEXTS:
        message = f"there are {len(world.contexts)} contexts"
        world.report((), message, allowed=f"at most {limits.CONTEXTS}")
    number = sum(len(entities) for entities in world.entities.values())
    if number > limits.ENTITIES:
        world.report((), f"there are {number} entities", allowed=f"at most {limits.ENTITIES}")
        return Reading(Model(), tuple(world.mistakes))
    look_for_keys_of_others(world)
    described = tuple(_context(world, name, raw) for name, raw in world.described.items())
    events = tuple(event for context in described for event in events_of(context))
    look_for_same_names(world, described, events)
    look_for_same_services(world, described)
    look_at_stores(world, described)
    look_at_former(world, described, events)
    look_for_cycles(world, described)
    reactions = ReactionReader(
        world, {context.name: context.entities for context in described}, events
    ).read()
    model = Model(
        roles=roles,
        directory=directory,
        contexts=tuple(one for one in described if one.entities),
        reactions=reactions,
        events=events,
    )
    return Reading(model, tuple(world.mistakes))


def _context(world: World, name: str, raw: dict[str, Any]) -> DescribedContext:
    types = OwnTypes(world, name, shape.mapping(raw.get("types")))
    entities = shape.mapping(raw.get("entities"))
    readers = [
        EntityReader(world, name, types, entity, shape.mapping(value))
        for entity, value in entities.items()
    ]
    if not entities and "entities" not in raw:
        world.report((name,), "it has no entities", at_key=True)
    was = shape.text(raw.get("was"))
    if was in world.contexts:
        message = f"{was} is still a context: it cannot be the former name of {name}"
        world.report((name, "was"), message)
    return DescribedContext(
        name=name,
        summary=shape.text(raw.get("summary")),
        types=types.all(),
        entities=tuple(reader.read() for reader in readers),
        store=MYSQL if raw.get("store") == MYSQL else POSTGRESQL,
        was=was,
        runs_as=shape.text(raw.get("service")),
    )
