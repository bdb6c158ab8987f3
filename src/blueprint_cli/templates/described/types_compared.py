"""What becomes of a column whose type changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.changes import pairs

if TYPE_CHECKING:
    from blueprint_cli.domain.model import Field, Type

SAME: Final = "same"
WIDER: Final = "wider"
NARROWER: Final = "narrower"
FEWER: Final = "fewer"
# Stored as text; what they hold beside that is a constraint's business.
_TEXTS: Final = frozenset({"enum", "email", "url"})
_IN_TWO_STEPS: Final = (
    "another field of the new type now, filled by a command or a migration of yours, and this one "
    "removed in a later update"
)
_VALUES: Final = (
    "add the new value now, change the rows that have the old one, and remove it in a later update"
)


def compared(old: Type, new: Type) -> str:  # noqa: PLR0911 - one for each kind
    """Return what a change of type means for rows that are there.

    The same column; one that is WIDER or NARROWER; FEWER values of an enumeration. Anything else is
    what to do instead, because it cannot be done at once. Ranges and patterns make no difference:
    they are constraints.
    """
    if old.kind != new.kind:
        return SAME if new.kind == "text" and old.kind in _TEXTS else _IN_TWO_STEPS
    match old.kind:
        case "decimal":
            return _decimals(old, new)
        case "enum":
            if not lost_values(old, new):
                return SAME
            return _VALUES if set(new.values) - set(old.values) else FEWER
        case "ref":
            return SAME if old.target == new.target else _IN_TWO_STEPS
        case "value" | "list":
            return SAME if _within(old, new) else _IN_TWO_STEPS
        case _:
            return SAME


def lost_values(old: Type, new: Type) -> list[str]:
    """Return the values of an enumeration that it has no more."""
    return [value for value in old.values if value not in new.values]


def _decimals(old: Type, new: Type) -> str:
    before, after = old.digits - old.scale, new.digits - new.scale
    if (before, old.scale) == (after, new.scale):
        return SAME
    return WIDER if after >= before and new.scale >= old.scale else NARROWER


def _within(old: Type, new: Type) -> bool:
    """Whether what is stored as JSON is read as before."""
    if old.of is not None and new.of is not None:
        return _readable(old.of, new.of)
    return all(_part_is_readable(before, after) for before, after in pairs(old.fields, new.fields))


def _part_is_readable(before: Field | None, after: Field | None) -> bool:
    if after is None:
        return True
    if before is None:
        return after.optional or after.has_default
    if before.name != after.name or (before.optional and not after.optional):
        return False
    return _readable(before.type, after.type)


def _readable(old: Type, new: Type) -> bool:
    return compared(old, new) in {SAME, WIDER}
