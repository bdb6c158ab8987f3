"""The questions that are asked first are those that decide most."""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from blueprint_cli.recommendation.rules import load_rules
from blueprint_cli.recommendation.sensitivity import examine
from blueprint_cli.spec.questions import load_groups

CASES = Path(__file__).parents[1] / "recommendation"


def documented() -> list[dict[str, Any]]:
    """What is known of the systems and situations that the rules were tried on."""
    found = []
    for name in ("calibration.toml", "situations.toml"):
        data = tomllib.loads((CASES / name).read_text(encoding="utf-8"))
        (cases,) = (value for value in data.values() if isinstance(value, list))
        found += [
            {**case, **case.get("stated", {}), **case.get("estimated", {})}
            | case.get("answers", {})
            for case in cases
        ]
    return found


def test_they_move_the_lead_most_across_the_documented_cases() -> None:
    rules = load_rules()
    moved: Counter[str] = Counter()
    for case in documented():
        answers = {key: case[key] for key in rules.answer_ranges if case.get(key) is not None}
        result = examine(answers, rules)
        for swing in result.swings:
            moved[swing.key] += swing.lead_most - swing.lead_least  # type: ignore[assignment]
        for unknown in result.unknown:
            moved[unknown.key] += unknown.swing  # type: ignore[assignment]
    most = {key for key, _ in moved.most_common(5)}
    assert {question.name for question in load_groups()[0].questions} == most
