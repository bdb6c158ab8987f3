"""E-mail as a reaction: what of an event notifications tell whom, in which text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprint_cli.templates.described.code import Code
from blueprint_cli.templates.described.followed import followed
from blueprint_cli.templates.described.naming import event_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.domain.model import Event, Model, Reaction


def notices_of(model: Model) -> Iterator[dict[str, Any]]:
    """Yield what the templates of notifications read of each e-mail, in the order of the spec."""
    for one in model.reactions:
        if one.is_email:
            yield from (_notice(*each) for each in followed(one, model))


def _notice(reaction: Reaction, event: Event) -> dict[str, Any]:
    fields = {one.name: one for one in event.fields}
    code = Code("event", now="utc_now()", facts=frozenset({f"event.{reaction.to} is not None"}))
    needs = code.true(reaction.needs) if reaction.needs is not None else ""
    return {
        "publisher": reaction.publisher,
        "module": f"{reaction.publisher}_v1",
        "event": event_class(reaction.event),
        "name": (event.former_of or event.name).name,
        "version": reaction.event.version,
        "is_former": bool(event.now),
        "to": reaction.to,
        "to_optional": fields[reaction.to].optional,
        "text": reaction.text,
        "needs": "" if needs == str(True) else needs,
        "fields": list(fields),
        "called": {one.holds: name for name, one in fields.items() if one.holds not in {"", name}},
    }
