"""Text and decision records of unusual recommendations."""

from typing import Any

import pytest

from blueprint_cli.recommendation.recommend import Recommendation, recommend
from blueprint_cli.recommendation.rules import load_rules
from blueprint_cli.reports.markdown import as_markdown
from blueprint_cli.reports.page import bar
from blueprint_cli.reports.text import as_text

RULES = load_rules()
ODD: dict[str, dict[str, Any]] = {
    "nothing known": {},
    "contradictory": {"teams": 9, "developers": 4, "ops_maturity": "low"},
    "hybrid": {"isolation_or_compliance": True, "consistency": "strong"},
    "too slow": {"p95_latency_ms": 2, "availability_percent": 99.99},
    "huge": {"requests_per_second_avg": 1e8, "stream_events_per_second": 1e9},
    "silent": {"requests_per_second_avg": 0, "async_share_percent": 0, "bounded_contexts": 1},
}


@pytest.fixture(params=list(ODD))
def odd(request: pytest.FixtureRequest) -> Recommendation:
    return recommend(ODD[request.param], RULES)


def test_every_text_fits_80_columns_with_blocks_and_without(odd: Recommendation) -> None:
    for blocks in (True, False):
        text = as_text(odd, explain=True, blocks=blocks, width=80)
        assert max(map(len, text.splitlines())) <= 80
        assert text.isascii() is not blocks


def test_every_record_has_its_parts(odd: Recommendation) -> None:
    text = as_markdown(odd)
    for conflict in odd.conflicts:
        assert conflict.message in text
    for gate in odd.gates:
        assert gate.lifted_by in text
    for hybrid in odd.hybrids:
        assert hybrid.name in text
    assert "None" not in text


def test_the_record_of_another_decision_says_so() -> None:
    result = recommend({"ops_maturity": "low"}, RULES)
    text = as_markdown(result, chosen="microservices")
    assert text.startswith("# Build it as microservices\n")
    assert 'although "monolith" was recommended' in text
    assert "it was ruled out" in text


def test_a_bar_is_as_long_as_its_share() -> None:
    assert bar(1, 10) == "█" * 10
    assert bar(0, 10) == ""
    assert bar(0.5, 3) == "█▌"
    assert bar(0.5, 4, blocks=False) == "##"
