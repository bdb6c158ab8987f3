"""Reactions to an event under all names and versions that it is published under.

What was published before this release, and is not handled yet, is there under the former name
alone; what happens now comes under each, and the inbox lets the reaction run once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blueprint_cli.domain import ready_made
from blueprint_cli.domain.expressions import names_in, with_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.domain.model import Event, Model, Reaction


def followed(reaction: Reaction, model: Model) -> Iterator[tuple[Reaction, Event]]:
    """Yield a reaction with its event, then as it reacts to each former one that has its keys.

    An e-mail's text may use every key.
    """
    events = (*ready_made.EVENTS, *model.events)
    today = next(
        one for one in events if (one.context, one.name) == (reaction.publisher, reaction.event)
    )
    yield reaction, today
    used = {one.name for one in today.fields} if reaction.is_email else set(_used(reaction))
    for event in events:
        if event.publisher == today.context and event.former_of == today.name:
            names = {one.holds: one.name for one in event.fields}
            if used <= names.keys():
                yield _renamed(reaction, event, names), event


def _used(reaction: Reaction) -> Iterator[str]:
    given = (expression for _, expression in reaction.values)
    for one in (reaction.needs, reaction.of, *given):
        if one is not None:
            yield from (name.path[0] for name in names_in(one))


def _renamed(reaction: Reaction, event: Event, names: dict[str, str]) -> Reaction:
    return replace(
        reaction,
        publisher=event.context,
        event=event.name,
        needs=None if reaction.needs is None else with_names(reaction.needs, names),
        of=None if reaction.of is None else with_names(reaction.of, names),
        values=tuple((name, with_names(one, names)) for name, one in reaction.values),
        to=names.get(reaction.to, reaction.to),
    )
