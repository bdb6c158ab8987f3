"""Each rule and guard at its edge: values that just hold, and values that just do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.domain.examples.search import Broken, Search, _part

if TYPE_CHECKING:
    from blueprint_cli.domain.evaluation import Value
    from blueprint_cli.domain.examples.steps import Values


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
    return again if again.close else found


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
    unit = plausible.unit_of(_part(field, (key[1],)).type)
    low, high = at[key], over[key]
    if unit is None or low is None or high is None:
        return Edge(broken, at, over)
    while (steps := _steps(low, high, unit)) > 1:
        middle = low + (steps // 2) * unit * (1 if high > low else -1)
        tried = {**at, key: middle}
        if search.is_as_asked(tried, None):
            low = middle
        elif search.is_as_asked(tried, broken):
            high = middle
        else:
            return Edge(broken, {**at, key: low}, {**over, key: high})
    return Edge(broken, {**at, key: low}, {**over, key: high}, close=True)


def _steps(low: Value, high: Value, unit: Value) -> int:
    return int(abs(high - low) / unit)
