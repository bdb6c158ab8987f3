"""References of a context that run in a ring, so that no row could be the first."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blueprint_cli.domain.model import DescribedContext
    from blueprint_cli.domain.world import World


def look_for_cycles(world: World, contexts: Sequence[DescribedContext]) -> None:
    """Report each ring of mandatory references; another context's rows are no condition."""
    for context in contexts:
        needed = {
            entity.name: {
                target.entity: field.name
                for field in entity.fields
                if not field.optional
                for target in field.type.targets(always=True)
                if target.context == context.name
            }
            for entity in context.entities
        }
        while ring := _ring(needed):
            first, second = ring[0], ring[1]
            field = needed[first].pop(second)
            path = (context.name, "entities", first, "fields", field)
            shown = " → ".join(ring)
            world.report(
                path,
                f"no row could be the first: {shown} refer to each other in a ring"
                if len(ring) > 2  # noqa: PLR2004 - of one entity alone
                else f"no {first} could be the first: each refers to another one",
                allowed="optional, for one of them" if len(ring) > 2 else "optional",  # noqa: PLR2004
            )


def _ring(needed: dict[str, dict[str, str]]) -> list[str]:
    """Return a ring, each entity referring to the next, the first one again at the end."""
    try:
        TopologicalSorter({name: set(targets) for name, targets in needed.items()}).prepare()
    except CycleError as error:
        # Its nodes are listed so that each is needed by the next.
        ring: list[str] = list(reversed(error.args[1]))
        start = ring.index(min(ring))
        return [*ring[start:-1], *ring[:start], ring[start]]
    return []
