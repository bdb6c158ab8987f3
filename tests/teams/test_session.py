"""The questions of a team's template, as a front end drives them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.asking.steps import Accepted, Agreed, Declined, Refused, Shown, Stopped
from blueprint_cli.asking.team_session import TeamSession, TemplatePlan, TemplateQuestion
from blueprint_cli.creating.create import Created, NewProject
from tests.engines.written import opened
from tests.teams.team import template


@pytest.fixture
def session(tmp_path: Path) -> TeamSession:
    found = opened(template(tmp_path / "acme"), tmp_path)
    plans: list[Mapping[str, Any]] = []

    def plan(answers: Mapping[str, Any]) -> Created:
        plans.append(dict(answers))
        return None  # type: ignore[return-value]

    return TeamSession(NewProject(name="till"), found, "till", plan)


def asked(session: TeamSession) -> str:
    assert isinstance(session.step, TemplateQuestion)
    return session.step.asked.name


def test_every_question_is_asked_then_the_plan(session: TeamSession) -> None:
    for name, line in {
        "title": "Till", "port": "9000", "license": "2", "parts": "docs, ci", "token": "",
    }.items():  # fmt: skip
        assert asked(session) == name
        assert isinstance(session.answer(line), Accepted)
    assert isinstance(session.step, TemplatePlan)
    assert session.answers == {
        "title": "Till", "port": 9000, "license": "Apache-2.0", "parts": ["docs", "ci"],
        "token": "none-yet",
    }  # fmt: skip
    session.answer("yes")
    assert isinstance(session.step, Agreed)


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ([], ""),
        (["Till"], "80"),
        (["Till"], "many"),
        (["Till", ""], "GPL"),
        (["Till", "", ""], "docs, nothing"),
        ([], "a\x1b[A"),
    ],
)
def test_an_answer_that_is_not_taken_is_asked_again(
    session: TeamSession, before: list[str], line: str
) -> None:
    for one in before:
        session.answer(one)
    here = asked(session)
    assert isinstance(session.answer(line), Refused)
    assert asked(session) == here


def test_back_offers_what_was_answered(session: TeamSession) -> None:
    assert isinstance(session.answer("back"), Refused)
    session.answer("Till")
    session.answer("9000")
    session.answer("back")
    assert isinstance(session.step, TemplateQuestion)
    assert (asked(session), session.step.default) == ("port", 9000)
    session.answer("")
    assert session.answers["port"] == 9000


def test_an_edit_goes_on_where_it_was_left(session: TeamSession) -> None:
    for line in ("Till", "9000", ""):
        session.answer(line)
    session.answer("edit 1")
    assert asked(session) == "title"
    session.answer("Shop")
    assert asked(session) == "parts"
    assert session.answers == {"title": "Shop", "port": 9000, "license": "MIT"}
    assert isinstance(session.answer("edit 9"), Refused)


def test_rest_takes_the_defaults_up_to_what_has_none(session: TeamSession) -> None:
    assert isinstance(session.answer("rest"), Accepted)
    assert asked(session) == "title"
    session.answer("Till")
    session.answer("rest")
    assert isinstance(session.step, TemplatePlan)


def test_a_secret_is_listed_as_one(session: TeamSession) -> None:
    for line in ("Till", "", "", "", "hidden"):
        session.answer(line)
    assert isinstance(session.answer("list"), Shown)
    assert session.numbered[-1] == (5, "token", "(secret)")


def test_it_can_be_left_and_declined(session: TeamSession) -> None:
    session.answer("Till")
    session.answer("rest")
    session.answer("no")
    assert isinstance(session.step, Declined)


def test_quit_stops(session: TeamSession) -> None:
    session.answer("quit")
    assert isinstance(session.step, Stopped)
