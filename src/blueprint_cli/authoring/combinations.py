"""Which answers a template is tested with: every combination of its choices, or every pair."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.engines.asked import AnswerRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprint_cli.engines.asked import Asked, Value

    Ask = Callable[[Mapping[str, Value]], Asked | None]

# Beyond, every pair of choices is in some case, and not every combination.
MOST: Final = 64
# A template that asks for ever is not asked for ever.
QUESTIONS: Final = 500
# What every project of a test is called.
NAME: Final = "example"
# Of a layered template, which of our patterns it is rendered with: a question like the others.
PATTERN: Final = "pattern"


@dataclass(frozen=True, slots=True)
class Cases:
    """The answers of each case; ``pairwise`` where not every combination is one of them.

    ``unanswered`` are questions that have neither choices nor a default.
    """

    answers: tuple[Mapping[str, Value], ...]
    pairwise: bool
    unanswered: tuple[str, ...] = ()


def cases_of(ask: Ask, given: Mapping[str, Value], *, most: int = MOST) -> Cases:
    """Return the cases that a template's questions make.

    Args:
        ask: returns the first question that answers do not answer.
        given: the answer to a question that has no default.
        most: so many combinations are all taken.
    """
    unanswered: dict[str, None] = {}
    walk = _Walk(ask, given, unanswered)
    whole = list(itertools.islice(walk.all(), most + 1))
    if len(whole) <= most:
        return Cases(tuple(whole), pairwise=False, unanswered=tuple(unanswered))
    return Cases(tuple(walk.pairwise(whole[0])), pairwise=True, unanswered=tuple(unanswered))


@dataclass(frozen=True, slots=True)
class _Walk:
    ask: Ask
    given: Mapping[str, Value]
    unanswered: dict[str, None]

    def all(self, answers: Mapping[str, Value] | None = None) -> Iterator[Mapping[str, Value]]:
        """Yield every combination, depth first; what a template does not take is none."""
        here = answers or {}
        try:
            asked = self.ask(here)
        except AnswerRefused:
            return
        if asked is None or len(here) > QUESTIONS:
            yield here
            return
        for value in self._values(asked):
            yield from self.all({**here, asked.name: value})

    def pairwise(self, first: Mapping[str, Value]) -> Iterator[Mapping[str, Value]]:
        """Yield cases until each pair of values that can stand together was in one.

        Greedy: a case is made for a pair that is new, and takes besides, question by question, the
        value with the most new pairs. ``first`` is the case with every default.
        """
        offered: dict[str, tuple[str, Value]] = {}
        seen = _pairs(first)
        yield first
        self._towards({}, seen, offered)
        tried: set[tuple[str, str]] = set()
        while new := [pair for pair in _all_pairs(offered) if pair not in seen | tried]:
            wanted = dict(offered[item] for item in new[0])
            tried.add(new[0])
            case = self._towards(wanted, seen, offered)
            if case is not None and _pairs(case) - seen:
                seen |= _pairs(case)
                yield case

    def _towards(
        self,
        wanted: Mapping[str, Value],
        seen: set[tuple[str, str]],
        offered: dict[str, tuple[str, Value]],
    ) -> Mapping[str, Value] | None:
        """Return a case with these values, as far as it can have them; note what is ``offered``."""
        here: Mapping[str, Value] = {}
        while True:
            try:
                asked = self.ask(here)
            except AnswerRefused:
                return None
            if asked is None or len(here) > QUESTIONS:
                return here
            name, values = asked.name, self._values(asked)
            offered |= {_item(name, value): (name, value) for value in values}
            if name in wanted:
                here = {**here, name: wanted[name]}
            else:
                options = [{**here, name: value} for value in values]
                here = max(options, key=lambda one: len(_pairs(one) - seen))

    def _values(self, asked: Asked) -> list[Value]:
        """Return the values that are tried, the default first."""
        if asked.name in self.given:
            return [self.given[asked.name]]
        default = [asked.default] if asked.has_default else []
        offered = [choice.value for choice in asked.choices if not choice.refused]
        match asked.type:
            case "boolean":
                values = [*default, True, False]
            case "choice":
                values = [*default, *offered]
            case "choices":
                values = [*default, [], *([one] for one in offered), offered]
            case _:
                values = default
        if not values:
            self.unanswered[asked.name] = None
            values = [some_answer(asked)]
        return _distinct(values)


def questions_of(ask: Ask) -> Iterator[Asked]:
    """Yield the questions that are asked where each before has its default, or some answer."""
    answers: dict[str, Value] = {}
    while (asked := ask(answers)) is not None and len(answers) < QUESTIONS:
        yield asked
        answers[asked.name] = asked.default if asked.has_default else some_answer(asked)


def some_answer(asked: Asked) -> Value:
    """Return an answer to a question that has no default: the first that can be chosen."""
    offered = [choice.value for choice in asked.choices if not choice.refused]
    if asked.type == "choice" and offered:
        return offered[0]
    by_type = {"boolean": False, "integer": 1, "number": 1.0, "document": {}, "choices": []}
    return by_type.get(asked.type, "example")


def _distinct(values: list[Value]) -> list[Value]:
    return list({json.dumps(value, default=str): value for value in values}.values())


def _item(name: str, value: Value) -> str:
    return f"{name}={json.dumps(value, default=str)}"


def _pairs(case: Mapping[str, Value]) -> set[tuple[str, str]]:
    items = sorted(_item(name, value) for name, value in case.items())
    return {*itertools.combinations(items, 2), *((item, item) for item in items)}


def _all_pairs(offered: Mapping[str, tuple[str, Value]]) -> Iterator[tuple[str, str]]:
    """Yield each pair of values of two questions, and each value by itself."""
    for one, other in itertools.combinations_with_replacement(sorted(offered), 2):
        if one == other or offered[one][0] != offered[other][0]:
            yield one, other
