"""What an application is about, for the report: its map, its states, who may, who reacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.reports.graph import Edge, Graph, Node, graph_of
from blueprint_cli.templates.described.document import (
    needs,
    reactions,
    relations,
    rules,
    tells,
    transitions,
    who,
)
from blueprint_cli.templates.described.words import words

if TYPE_CHECKING:
    from blueprint_cli.domain.model import DescribedContext, Entity, Model


@dataclass(frozen=True, slots=True)
class EntityReport:
    """An entity: its name with its context's, its states drawn where it has any, its tables."""

    name: str
    summary: str
    states: Graph | None
    commands: tuple[tuple[str, ...], ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DomainReport:
    """Everything that the report shows of described contexts."""

    map: Graph
    entities: tuple[EntityReport, ...]
    reactions: tuple[tuple[str, ...], ...]


def domain_report(model: Model) -> DomainReport | None:
    """Return what is shown of a model; None where it describes no entity."""
    entities = [one for context in model.contexts for one in context.entities]
    if not entities:
        return None
    return DomainReport(
        map=_map(model),
        entities=tuple(_entity(one) for one in entities),
        reactions=tuple((_plain(one.event), _plain(one.effect)) for one in reactions(model)),
    )


def _map(model: Model) -> Graph:
    between = relations(model)
    described = {context.name: _context(context) for context in model.contexts}
    others: dict[str, dict[str, None]] = {}
    for one in between:
        for context, entity in (one.of, one.to):
            if context not in described:
                others.setdefault(context, {})[entity] = None
    nodes = [
        *described.values(),
        *(Node(name, (name, *entities)) for name, entities in others.items()),
    ]
    edges = [Edge(one.of[0], one.to[0], one.name, one.is_event) for one in between]
    return graph_of("The contexts, and what passes between them", nodes, edges)


def _context(context: DescribedContext) -> Node:
    return Node(context.name, (context.name, *(entity.name for entity in context.entities)))


def _entity(entity: Entity) -> EntityReport:
    name = f"{entity.context}.{entity.name}"
    states = None
    if entity.states:
        nodes = [Node(state, (words(state),)) for state in entity.states]
        edges = [Edge(of, to, command) for of, command, to in transitions(entity)]
        states = graph_of(f"The states of {name}", nodes, edges)
    rows = [("read", _plain(who(entity.read)), "", "")]
    for one in entity.commands:
        told = _plain(tells(one))
        rows.append((words(one.name), _plain(who(one.by)), _plain(needs(one)), told))
    return EntityReport(
        name=name,
        summary=entity.summary,
        states=states,
        commands=tuple(rows),
        rules=tuple(_plain(rule) for rule in rules(entity)),
    )


def _plain(text: str) -> str:
    """Return Markdown's text without its marks of code."""
    return text.replace("`", "").replace("\\|", "|")
