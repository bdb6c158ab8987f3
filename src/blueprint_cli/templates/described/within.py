"""References within lists and values: how Python finds their ids, and how JSON holds one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.domain.model import Field, Reference, Type


@dataclass(frozen=True)
class Within:
    """A reference within a field: its target, and the steps to it; None is each item of a list.

    A value holds no other value, and a list no other list.
    """

    field: Field
    target: Reference
    steps: tuple[Field | None, ...]

    def ids(self, value: str) -> str:
        """Return a list of the ids in a value, as Python."""
        at, clauses = value, ""
        for place, step in enumerate(self.steps):
            is_last = place == len(self.steps) - 1
            if step is None and is_last and not clauses:
                return at
            if step is None:
                name = "id_" if is_last else "one"
                at, clauses = name, f"{clauses} for {name} in {at}"
                continue
            at = f"{at}.{step.name}"
            if step.optional and not is_last:
                at = f"{at} or ()"
            elif step.optional and clauses:
                clauses = f"{clauses} if {at} is not None"
            elif step.optional:
                at, clauses = "id_", f" for id_ in ({at},) if id_ is not None"
        return f"[{at}{clauses}]"

    def holding(self, id_: str) -> str:
        """Return the JSON, as Python, that a value's JSON contains where it has an id."""
        found = id_
        for step in reversed(self.steps):
            found = f"[{found}]" if step is None else f'{{"{step.name}": {found}}}'
        return found


def within(field: Field) -> Iterator[Within]:
    """Yield the references within a field that is none itself."""
    if field.type.kind != "ref":
        yield from _within(field, field.type, ())


def _within(field: Field, kind: Type, steps: tuple[Field | None, ...]) -> Iterator[Within]:
    match kind.kind:
        case "ref":
            assert kind.target is not None  # noqa: S101 - a reference has one
            yield Within(field, kind.target, steps)
        case "list":
            assert kind.of is not None  # noqa: S101 - a list has items
            yield from _within(field, kind.of, (*steps, None))
        case "value":
            for one in kind.fields:
                yield from _within(field, one.type, (*steps, one))
