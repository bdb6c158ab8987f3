"""The questions, and the questionnaire without a terminal."""

import pytest

from blueprint_cli.asking.interview import Interview, find_question, kind_of, parse_answer
from blueprint_cli.asking.quantities import NotUnderstood
from blueprint_cli.asking.text import question_text
from blueprint_cli.recommendation.rules import load_rules
from blueprint_cli.spec.questions import Question, load_groups, load_questions
from blueprint_cli.spec.schema import json_schema, keys_at, schema_at

QUESTIONS = {question.key: question for question in load_questions()}


def words_of(question: Question) -> list[str]:
    schema = schema_at((question.section, question.name)) or {}
    return [word for one in schema.get("anyOf", [schema]) for word in one.get("enum", [])]


# What a first project does without, and an edited `blueprint.yaml` adds.
LATER = {f"platform.{key}" for key in ("deploy", "database", "mysql", "cdn", "observability")}


def test_every_requirement_and_what_a_first_project_is_delivered_with_is_asked_once() -> None:
    expected = {
        f"{section}.{key}"
        for section in ("requirements", "platform")
        for key in keys_at((section,))
    }
    assert set(QUESTIONS) == (expected - LATER) | {"project.owner"}
    assert expected > LATER
    assert len(load_questions()) == len(QUESTIONS)
    assert {f"requirements.{key}" for key in load_rules().answer_ranges} <= set(QUESTIONS)


def test_the_groups_are_those_of_the_design() -> None:
    names = [group.name for group in load_groups()]
    assert names == ["first", "team", "load", "data", "operations", "delivery", "platform"]
    assert all(group.questions for group in load_groups())


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_says_what_it_must_and_fits_the_model(question: Question) -> None:
    assert question.ask.endswith("?")
    assert question.why.endswith(".")
    assert not question.typical.endswith(".")
    assert question.more.endswith(".")
    assert len(question.why) <= 100, "one line of why"
    assert sorted(question.options) == sorted(words_of(question))
    assert bool(question.unit) == (kind_of(question) in {"integer", "number"})
    if kind_of(question) == "number" or kind_of(question) == "integer":
        first = question.typical.split(";")[0].split(" ")[0].rstrip(",:")
        assert parse_answer(question, first).value is not None, "the typical answer is understood"


def test_the_schema_says_of_a_key_what_the_question_says() -> None:
    described = json_schema()["$defs"]["Requirements"]["properties"]["teams"]["description"]
    assert described.startswith("How many teams will change it? ")
    for question in QUESTIONS.values():
        schema = schema_at((question.section, question.name)) or {}
        assert schema["description"] == question.description


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("requirements.teams", "", None),
        ("requirements.teams", " - ", None),
        ("requirements.teams", "Don\u2019t  KNOW", None),
        ("requirements.teams", "3", 3),
        ("requirements.availability_percent", "99,9 %", 99.9),
        ("requirements.teams", "idk", None),
        ("requirements.teams", "I don't know", None),
        ("requirements.teams", "dunno", None),
        ("requirements.polyglot", "not sure", None),
        ("requirements.polyglot", "Y", True),
        ("requirements.polyglot", "ye", True),
        ("requirements.polyglot", "Yep!", True),
        ("requirements.polyglot", "no", False),
        ("requirements.polyglot", "nope", False),
        ("requirements.monthly_budget_usd", "\u20ac500", 575),
        ("requirements.requests_per_second_avg", "500/day", 0.116),
        ("requirements.consistency", "2", "eventual"),
        ("requirements.consistency", "St", "strong"),
        ("requirements.consistency", "yes", "strong"),
        ("requirements.consistency", "nope", "eventual"),
        ("requirements.domain_stability", "y", "stable"),
        ("platform.ci", "no", "none"),
        ("platform.ci", "none", "none"),
        ("project.owner", "team shop: us = we", "team shop: us = we"),
    ],
)
def test_an_answer_is_understood(key: str, typed: str, value: object) -> None:
    assert parse_answer(QUESTIONS[key], typed).value == value


@pytest.mark.parametrize(
    ("key", "typed", "words"),
    [
        ("requirements.teams", "0", "is 0; allowed: a whole number from 1 to 10,000"),
        ("requirements.teams", "1.5", "is 1.5; allowed: a whole number"),
        ("requirements.availability_percent", "100%", "is 100; allowed: a number from 0"),
        ("requirements.polyglot", "maybe", "answer yes (y, yep) or no (n, nope); Enter or idk"),
        ("requirements.consistency", "4", "answer one of: strong, eventual, mixed, by its"),
        ("requirements.ops_maturity", "yes", "answer one of: low, medium, high"),
        ("requirements.ops_maturity", "", ""),
        ("project.owner", "a\x1b[31m", "is not allowed"),
        ("project.owner", "x" * 101, "at most 100 characters"),
    ],
)
def test_what_is_no_answer_is_refused(key: str, typed: str, words: str) -> None:
    if not words:
        assert parse_answer(QUESTIONS[key], typed).value is None
        return
    with pytest.raises(NotUnderstood) as refused:
        parse_answer(QUESTIONS[key], typed)
    assert words in str(refused.value)


def test_back_goes_the_way_that_was_come() -> None:
    interview = Interview()
    assert not interview.back()
    interview.answer("high")
    interview.answer(True)  # noqa: FBT003 - an answer
    interview.ask_more(())
    assert interview.current is None
    assert interview.group is None
    assert interview.back()
    assert interview.place == 2
    assert interview.back()
    assert interview.place == 1
    interview.answer(None)
    assert interview.answers["requirements.independent_deploys_needed"] is None
    assert interview.settings == ("requirements.ops_maturity=high",)


def test_editing_is_one_step_and_goes_on_where_it_was_left() -> None:
    interview = Interview()
    for _ in range(5):
        interview.answer(None)
    interview.ask_more(interview.open)
    interview.answer("us")
    interview.edit(1)
    assert interview.current == QUESTIONS["requirements.independent_deploys_needed"]
    assert interview.back()
    assert interview.current == QUESTIONS["requirements.developers"]
    interview.edit(1)
    interview.answer(True)  # noqa: FBT003 - an answer
    assert interview.current == QUESTIONS["requirements.developers"]
    interview.edit(20)
    interview.answer("nginx")
    assert 20 not in interview.ahead


def test_a_derived_answer_keeps_how_it_was_derived_until_it_is_answered_again() -> None:
    interview = Interview()
    interview.answer("low", "a note")
    assert interview.comments == {"requirements.ops_maturity": "a note"}
    interview.edit(0)
    interview.answer("high")
    assert interview.comments == {}


def test_it_goes_on_where_it_was_left() -> None:
    interview = Interview(answers={"project.owner": None, "requirements.teams": 3})
    interview.go_on(None, settled=False)
    assert interview.settled
    assert interview.current == QUESTIONS["requirements.polyglot"]
    assert interview.requirements == {"teams": 3}
    assert interview.back()
    assert interview.current == QUESTIONS["requirements.teams"]
    interview.go_on(["platform.ci"], settled=True)
    assert interview.current == QUESTIONS["platform.ci"]


@pytest.mark.parametrize(
    ("typed", "place"),
    [("1", 0), ("#22", 21), ("0", None), ("23", None), ("teams", 7), ("ops", 0), ("p", None)],
)
def test_a_question_is_found_by_its_number_or_its_key(typed: str, place: int | None) -> None:
    assert find_question(load_questions(), typed) == place


@pytest.mark.parametrize("width", [40, 80])
def test_a_question_keeps_to_the_width(width: int) -> None:
    interview = Interview()
    interview.ask_more(interview.open)
    while interview.current:
        lines = question_text(interview, str, width).splitlines()
        assert max(map(len, lines)) <= width
        interview.answer(None)
