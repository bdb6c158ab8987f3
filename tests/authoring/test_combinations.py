"""Which answers a template is tested with."""

import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from blueprint_cli.authoring.combinations import Cases, cases_of
from blueprint_cli.engines.asked import AnswerRefused, Asked, Choice


def boolean(name: str) -> Asked:
    return Asked(name=name, type="boolean", default=False, has_default=True)


def choice(name: str, *values: str) -> Asked:
    choices = tuple(Choice(value, value) for value in values)
    return Asked(name=name, type="choice", choices=choices)


def asking(*questions: Asked) -> Callable[[Mapping[str, Any]], Asked | None]:
    def ask(answers: Mapping[str, Any]) -> Asked | None:
        return next((one for one in questions if one.name not in answers), None)

    return ask


def test_few_choices_are_combined_whole_with_the_defaults_first() -> None:
    made = cases_of(asking(boolean("a"), choice("b", "x", "y", "z")), {})
    assert not made.pairwise
    assert len(made.answers) == 6
    assert made.answers[0] == {"a": False, "b": "x"}


def test_text_has_its_default_and_what_has_none_an_example() -> None:
    text = Asked(name="t", type="text", default="d", has_default=True)
    bare = Asked(name="n", type="integer")
    made = cases_of(asking(text, bare), {})
    assert made == Cases(({"t": "d", "n": 1},), pairwise=False, unanswered=("n",))
    assert cases_of(asking(text, bare), {"n": 7}).answers == ({"t": "d", "n": 7},)


def test_several_of_a_list_are_none_each_and_all() -> None:
    asked = Asked(
        name="m", type="choices", default=["x"], has_default=True,
        choices=(Choice("x", "x"), Choice("y", "y")),
    )  # fmt: skip
    made = cases_of(asking(asked), {})
    assert [one["m"] for one in made.answers] == [["x"], [], ["y"], ["x", "y"]]


def test_a_question_that_depends_on_another_is_asked_where_it_is() -> None:
    def ask(answers: Mapping[str, Any]) -> Asked | None:
        if "a" not in answers:
            return boolean("a")
        return choice("b", "x", "y") if answers["a"] and "b" not in answers else None

    assert cases_of(ask, {}).answers == (
        {"a": False}, {"a": True, "b": "x"}, {"a": True, "b": "y"},
    )  # fmt: skip


def test_what_a_template_does_not_take_is_no_case() -> None:
    def ask(answers: Mapping[str, Any]) -> Asked | None:
        if answers.get("a") and answers.get("b"):
            raise AnswerRefused("both")
        return asking(boolean("a"), boolean("b"))(answers)

    assert len(cases_of(ask, {}).answers) == 3


@given(st.lists(st.integers(2, 4), min_size=3, max_size=6))
def test_every_pair_is_in_some_case(sizes: list[int]) -> None:
    questions = [
        choice(f"q{number}", *(f"v{value}" for value in range(size)))
        for number, size in enumerate(sizes)
    ]
    made = cases_of(asking(*questions), {}, most=4)
    assert made.pairwise
    wanted = {
        frozenset([(a.name, x.value), (b.name, y.value)])
        for a, b in itertools.combinations(questions, 2)
        for x in a.choices
        for y in b.choices
    }
    found = {
        frozenset(pair) for case in made.answers for pair in itertools.combinations(case.items(), 2)
    }
    assert wanted <= found
    assert len({json.dumps(case) for case in made.answers}) == len(made.answers)
