"""The rules on the documented cases: better than the easy rules, and as the page says."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.recommendation.rules import load_rules
from blueprint_cli.recommendation.scoring import score
from blueprint_cli.spec.model import Requirements
from tests.recommendation.calibrate import (
    BEGIN,
    END,
    PAGE,
    Outcome,
    always_monolith,
    by_headcount,
    certain,
    leave_one_out,
    load_cases,
    ours,
    tables,
    three_lines,
)

CASES = load_cases()
RULES = load_rules()
SITUATIONS = tomllib.loads(Path(__file__).with_name("situations.toml").read_text("utf-8"))[
    "situations"
]


def right(outcomes: list[Outcome]) -> int:
    return sum(one.right for one in outcomes)


def brier(outcomes: list[Outcome]) -> float:
    return sum(one.brier for one in outcomes) / len(outcomes)


def test_the_cases_are_enough_and_spread_over_the_patterns() -> None:
    assert len(CASES) >= 40
    for pattern in PATTERNS:
        assert sum(case.ended == pattern for case in CASES) >= 10
    assert len({case.system for case in CASES}) == len(CASES)
    for case in CASES:
        Requirements.model_validate(case.answers)
        assert case.source
        assert case.read in {"excerpt", "evidence", "memory"}


@pytest.fixture(scope="module")
def fitted() -> list[Outcome]:
    return leave_one_out(CASES, RULES)


@pytest.fixture(scope="module")
def shipped() -> list[Outcome]:
    return ours(CASES, RULES)


def test_the_rules_do_better_than_the_easy_rules(
    fitted: list[Outcome], shipped: list[Outcome]
) -> None:
    for rule in (always_monolith, by_headcount, three_lines):
        easy = certain(CASES, rule)
        assert right(fitted) > right(easy)
        assert brier(fitted) < brier(easy)
        assert brier(shipped) < brier(easy)


def test_the_page_shows_what_the_script_prints(
    fitted: list[Outcome], shipped: list[Outcome]
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert (
        page.split(BEGIN)[1].split(END)[0].strip() == tables(CASES, RULES, fitted, shipped).strip()
    )


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one["name"])
def test_a_situation_gets_what_an_architect_would_sign(situation: dict[str, Any]) -> None:
    Requirements.model_validate(situation["answers"])
    best = score(situation["answers"], RULES).best
    assert best in {situation["best"], *situation.get("acceptable", [])}
