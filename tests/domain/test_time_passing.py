"""Whether time alone can break a rule: it is a guard of a command then."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings

from blueprint_cli.domain.evaluation import Row, evaluate
from blueprint_cli.domain.mistakes import NotUnderstood
from blueprint_cli.domain.time_passing import can_be_broken_by_time
from tests.domain.rows import NOW, ROWS, TEXTS, condition


@pytest.mark.parametrize(
    ("text", "can"),
    [
        ("starts_at > now", True),
        ("starts_at < now", False),
        ("starts_at <= now + minutes(5)", False),
        ("now < starts_at - hours(24)", True),
        ("now - starts_at > hours(1)", False),
        ("now - starts_at < hours(1)", True),
        ("starts_at - now < hours(1)", False),
        ("-(now - starts_at) < hours(1)", False),
        ("not (starts_at > now)", False),
        ("not (starts_at <= now)", True),
        ("due_on >= today", True),
        ("due_on == today", True),
        ("due_on <= today and count > 1", False),
        ("due_on <= today and starts_at > now", True),
        ("ends_at > starts_at", False),
        ("(now - starts_at) + (starts_at - now) > hours(1)", True),
        ("count > 1", False),
    ],
)
def test_what_only_becomes_truer_cannot_be_broken(text: str, can: bool) -> None:  # noqa: FBT001 - a case
    assert can_be_broken_by_time(condition(text)) == can


@settings(max_examples=200)
@given(TEXTS, ROWS)
def test_what_cannot_be_broken_is_not(text: str, row: dict[str, Any]) -> None:
    try:
        found = condition(text)
    except NotUnderstood:
        assume(False)  # noqa: FBT003 - hypothesis has it so
    if can_be_broken_by_time(found):
        return
    held = False
    for hours in (-50, -1, 0, 1, 49, 2000):
        holds = evaluate(found, Row(row, NOW + timedelta(hours=hours)))
        assert not held or holds is not False
        held = held or holds is True
