"""Which keys a context has, by what it is, and which come in a later version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.domain import ready_made, shape

if TYPE_CHECKING:
    from blueprint_cli.domain.world import World

DESCRIBED: Final = ("summary", "types", "entities", "reactions", "store", "was", "service")
READY_MADE: Final = {
    ready_made.IDENTITY: ("roles", "directory"),
    ready_made.NOTIFICATIONS: ("reactions",),
}
LATER: Final = {
    "parts": "rows that live and die with their aggregate come later",
    "views": "read models that are rebuilt from events come later",
    "events": "events from outside come later; a command says with `emits` what it tells",
    "at": "reactions at a time come later",
    "after": "reactions at a time come later",
    "before": "reactions at a time come later",
    "every": "reactions at a time come later",
    "keep": "rows that are only added, and kept for a time, come later",
    "computed": "fields that are calculated come later",
    "organisations": "organisations as owners come later",
    "organizations": "organisations as owners come later",
}


def keys_of(context: str) -> tuple[str, ...]:
    """Return the keys that a context of a name may have."""
    if context in ready_made.CONTEXTS:
        return READY_MADE.get(context, ())
    return ("by", *DESCRIBED)


def look_for_keys_of_others(world: World) -> None:
    """Report keys that a context of another kind has."""
    every = {"by", *DESCRIBED, *(key for keys in READY_MADE.values() for key in keys)}
    for name, value in world.contexts.items():
        keys = keys_of(name)
        for key, said in shape.mapping(value).items():
            if key not in every or not said:
                continue
            path = (name, key)
            if name in world.by_hand and key != "by":
                message = f"{name} is written by its owner, and described nowhere else"
                world.report(path, message, allowed=f"{name}: {{by: hand}}", at_key=True)
            elif key not in keys and key != "by":
                here = f"{name} is ready-made" if name in ready_made.CONTEXTS else "it is described"
                allowed = ", ".join(keys) or f"{name}: {{}}"
                world.report(path, f"{here}, and has no {key}", allowed=allowed, at_key=True)
