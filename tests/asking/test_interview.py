"""The questions, and the questionnaire without a terminal."""

import pytest

from blueprint_cli.asking.interview import Interview, kind_of, parse_answer
from blueprint_cli.asking.quantities import NotUnderstood
from blueprint_cli.asking.text import question_text
from blueprint_cli.recommendation.rules import load_rules
from blueprint_cli.spec.questions import Question, load_groups, load_questions
from blueprint_cli.spec.schema import json_schema, keys_at, schema_at

QUESTIONS = {question.key: question for question in load_questions()}


def words_of(question: Question) -> list[str]:
    schema = schema_at((question.section, question.name)) or {}
    return [word for one in schema.get("anyOf", [schema]) for word in one.get("enum", [])]


def test_every_requirement_and_everything_of_the_platform_is_asked_once() -> None:
    expected = {
        f"{section}.{key}"
        for section in ("requirements", "platform")
        for key in keys_at((section,))
    }
    assert set(QUESTIONS) == expected | {"project.owner"}
    assert len(load_questions()) == len(QUESTIONS)
    assert {f"requirements.{key}" for key in load_rules().answer_ranges} <= set(QUESTIONS)


def test_the_groups_are_those_of_the_design() -> None:
    names = [group.name for group in load_groups()]
    assert names == ["team", "load", "data", "operations", "delivery", "platform"]
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
        assert parse_answer(question, first) is not None, "the typical answer is understood"


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
        ("requirements.polyglot", "Y", True),
        ("requirements.polyglot", "no", False),
        ("requirements.consistency", "2", "eventual"),
        ("requirements.consistency", "St", "strong"),
        ("platform.ci", "none", "none"),
        ("project.owner", "team shop: us = we", "team shop: us = we"),
    ],
)
def test_an_answer_is_understood(key: str, typed: str, value: object) -> None:
    assert parse_answer(QUESTIONS[key], typed) == value


@pytest.mark.parametrize(
    ("key", "typed", "words"),
    [
        ("requirements.teams", "0", "is 0; allowed: a whole number from 1 to 10,000"),
        ("requirements.teams", "1.5", "is 1.5; allowed: a whole number"),
        ("requirements.availability_percent", "100%", "is 100; allowed: a number from 0"),
        ("requirements.polyglot", "maybe", "answer yes or no"),
        ("requirements.consistency", "4", "answer one of: strong, eventual, mixed"),
        ("requirements.ops_maturity", "", ""),
        ("project.owner", "a\x1b[31m", "is not allowed"),
        ("project.owner", "x" * 101, "at most 100 characters"),
    ],
)
def test_what_is_no_answer_is_refused(key: str, typed: str, words: str) -> None:
    if not words:
        assert parse_answer(QUESTIONS[key], typed) is None
        return
    with pytest.raises(NotUnderstood) as refused:
        parse_answer(QUESTIONS[key], typed)
    assert words in str(refused.value)


def test_back_goes_the_way_that_was_come() -> None:
    interview = Interview()
    assert not interview.back()
    interview.answer("us")
    interview.answer(8)
    interview.leave_the_rest()
    assert interview.current is None
    assert interview.group is None
    assert interview.back()
    assert interview.place == 2
    assert interview.back()
    assert interview.place == 1
    interview.answer(None)
    assert interview.answers["requirements.developers"] is None
    assert interview.settings == ("project.owner=us",)


def test_it_goes_on_where_it_was_left() -> None:
    interview = Interview(answers={"project.owner": None, "requirements.teams": 3})
    assert interview.current == QUESTIONS["requirements.polyglot"]
    assert interview.requirements == {"teams": 3}
    assert interview.back()
    assert interview.current == QUESTIONS["requirements.teams"]


@pytest.mark.parametrize("width", [40, 80])
def test_a_question_keeps_to_the_width(width: int) -> None:
    interview = Interview()
    while interview.current:
        lines = question_text(interview, str, width).splitlines()
        assert max(map(len, lines)) <= width
        interview.answer(None)
