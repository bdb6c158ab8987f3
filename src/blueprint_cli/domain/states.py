"""States and what leads from one to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blueprint_cli.domain.model import Command


def unreached(states: Sequence[str], commands: Sequence[Command]) -> list[str]:
    """Return states that no row is ever in: none of the commands leads there from the first."""
    reached = set(states[:1])
    steps = [one for one in commands if one.to]
    grown = True
    while grown:
        grown = False
        for one in steps:
            possible = not one.from_states or reached & set(one.from_states)
            if possible and one.to not in reached:
                reached.add(one.to)
                grown = True
    return [state for state in states if state not in reached]
