"""Guards and rules that nothing can meet: what holds where they are asked says the opposite."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.domain.expressions import Not
from blueprint_cli.domain.model import ANYONE, SYSTEM
from blueprint_cli.domain.python_text import Spelling, facts_of, is_true

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from blueprint_cli.domain.model import Command, Field, Guard

NEVER_MET: Final = (
    "is never met: what stands before it, or what the row has then, says the opposite"
)


def never_met(guards: Iterable[Guard], spelling: Spelling | None = None) -> Iterator[Guard]:
    """Yield those that are broken whatever a row has, once those before them are met.

    ``spelling`` has what holds before the first of them, and the values that are certain there.
    Code below such a guard would be unreachable.
    """
    spelling = spelling or Spelling()
    for guard in guards:
        if guard.holds is None:
            continue
        if is_true(Not(guard.holds), spelling) == str(True):
            yield guard
            continue
        spelling = replace(spelling, facts=facts_of(guard.holds, spelling, unknown=True))


def where_it_runs(
    command: Command, fields: Mapping[str, Field], states: tuple[str, ...], owner: str
) -> Spelling:
    """Return how a command's guards are asked: of a row in its state, or of a new one's fields."""
    values: dict[str, Any] = {}
    facts: set[str] = set()
    caller = not {ANYONE, SYSTEM} & set(command.by)
    if command.name == "create":
        given = {*command.takes, *dict(command.sets)}
        values = {
            name: plausible.default_of(one)
            for name, one in fields.items()
            if name not in command.takes
        }
        values |= {"status": states[0]} if states else {}
        if owner and owner not in given:
            del values[owner]
            facts |= {f"self.{owner} is not None"} if caller else set()
    elif len(command.from_states) == 1:
        values["status"] = command.from_states[0]
    return Spelling(caller=caller, values=values, facts=frozenset(facts))
