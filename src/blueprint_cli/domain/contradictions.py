"""Guards and rules that nothing can meet: what holds where they are asked says the opposite."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.domain.expressions import Me, Name, Not, children
from blueprint_cli.domain.model import ANYONE, SYSTEM
from blueprint_cli.domain.python_text import Spelling, facts_of, is_true

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from blueprint_cli.domain.expressions import Expression
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
    known = {*spelling.values}
    met: list[Expression] = []
    for guard in guards:
        if guard.holds is None:
            continue
        said = list(_mentioned(guard.holds))
        mentioned = {*said}
        # What nothing was said of, and it once, can be as it asks.
        if spelling.facts or known & mentioned or len(mentioned) < len(said):
            for holds in met:
                spelling = replace(spelling, facts=facts_of(holds, spelling, unknown=True))
            met.clear()
            if is_true(Not(guard.holds), spelling) == str(True):
                yield guard
                continue
        known |= mentioned
        met.append(guard.holds)


def _mentioned(expression: Expression) -> Iterator[str]:
    """Yield what an expression speaks of, as often as it does."""
    match expression:
        case Name(path=path):
            yield path[0]
        case Me():
            yield "me"
        case _:
            for child in children(expression):
                yield from _mentioned(child)


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
