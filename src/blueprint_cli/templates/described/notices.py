"""E-mail as a reaction: what of an event notifications tell whom, in which text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprint_cli.domain import ready_made
from blueprint_cli.templates.described.code import Code
from blueprint_cli.templates.described.naming import event_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.domain.model import Event, Model, Reaction


def notices_of(model: Model) -> Iterator[dict[str, Any]]:
    """Yield what the templates of notifications read of each e-mail, in the order of the spec."""
    events = {(one.context, one.name): one for one in (*ready_made.EVENTS, *model.events)}
    for one in model.reactions:
        if one.is_email:
            yield _notice(one, events[one.publisher, one.event])


def _notice(reaction: Reaction, event: Event) -> dict[str, Any]:
    fields = {one.name: one for one in event.fields}
    code = Code("event", now="utc_now()")
    return {
        "publisher": reaction.publisher,
        "module": f"{reaction.publisher}_v1",
        "event": event_class(reaction.event),
        "version": reaction.event.version,
        "to": reaction.to,
        "to_optional": fields[reaction.to].optional,
        "text": reaction.text,
        "needs": code.true(reaction.needs) if reaction.needs is not None else "",
        "fields": list(fields),
    }
