"""Each rule and guard at its edge: values that just hold, and values that just do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.domain.examples import values as plausible

if TYPE_CHECKING:
    from blueprint_cli.domain.evaluation import Value
    from blueprint_cli.domain.examples.search import Broken, Search
    from blueprint_cli.domain.examples.steps import Values
    from blueprint_cli.domain.model import Field


@dataclass(frozen=True, slots=True)
class Edge:
    """What just holds, and what just does not; None where none is found.

    ``close``: both differ in one value, by its least step.
    """

    broken: Broken
    at: Values | None
    over: Values | None
    close: bool = False


def edge(search: Search, broken: Broken) -> Edge:
    """Look for the edge of a rule or a guard of one of the steps."""
    passing = search.passing()
    if passing is None:
        return Edge(broken, None, search.breaking(broken, search.begun()))
    over = search.breaking(broken, passing)
    if over is None:
        return Edge(broken, passing, None)
    found = _near(search, broken, passing, over)
    if found.close or (nearer := search.passing(over)) is None:
        return found
    again = _near(search, broken, nearer, over)
    return again if again.close else _beside(search, broken, over) or found


def _beside(search: Search, broken: Broken, over: Values) -> Edge | None:
    """Take one step back from what does not hold, and adapt everything else to that."""
    for path, place in search.variables(broken.holds, broken.step):
        key = place, path[0]
        field = search.entity.by_name[path[0]]
        unit = plausible.unit_of(field.type)
        if unit is None or over.get(key) is None:
            continue
        for value in (over[key] + unit, over[key] - unit):
            if not plausible.allowed(field, value):
                continue
            at = search.passing({**over, key: value}, fixed=key)
            if at is not None and search.is_as_asked({**at, key: over[key]}, broken):
                return Edge(broken, at, {**at, key: over[key]}, close=True)
    return None


def _near(search: Search, broken: Broken, at: Values, over: Values) -> Edge:
    """Make them differ in one value alone, where that can be, and by as little as can be."""
    for key in over:
        changed = {**at, key: over[key]}
        if at.get(key) != over[key] and search.is_as_asked(changed, broken):
            return _closest(search, broken, at, changed, key)
    return Edge(broken, at, over)


def _closest(
    search: Search, broken: Broken, at: Values, over: Values, key: tuple[int, str]
) -> Edge:
    """Halve what lies between the two until one step is left."""
    field = search.entity.by_name[key[1]]
    low, high = at[key], over[key]
    part = _differing_part(field, low, high)
    unit = plausible.unit_of((part or field).type)
    if part is not None:
        low, high = low[part.name], high[part.name]
    if unit is None or low is None or high is None:
        return Edge(broken, at, over)

    def given(values: Values, value: Value) -> Values:
        return {**values, key: {**values[key], part.name: value} if part is not None else value}

    while (steps := _steps(low, high, unit)) > 1:
        middle = low + (steps // 2) * unit * (1 if high > low else -1)
        tried = given(over, middle)
        if search.is_as_asked(tried, None):
            low = middle
        elif search.is_as_asked(tried, broken):
            high = middle
        else:
            return Edge(broken, given(over, low), given(over, high))
    return Edge(broken, given(over, low), given(over, high), close=True)


def _differing_part(field: Field, low: Value, high: Value) -> Field | None:
    """Return the only part in which two value objects differ."""
    if field.type.kind != "value" or low is None or high is None:
        return None
    parts = [one for one in field.type.fields if low[one.name] != high[one.name]]
    return parts[0] if len(parts) == 1 else None


def _steps(low: Value, high: Value, unit: Value) -> int:
    return int(abs(high - low) / unit)
