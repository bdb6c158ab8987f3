"""What cannot be had is named: together, at all, within the budget; and no figure moves by it."""

from typing import Any

import pytest

from blueprint_cli.asking.text import advice
from blueprint_cli.cost.request import budget_of_recommended
from blueprint_cli.recommendation.recommend import Recommendation, recommend
from blueprint_cli.recommendation.rules import load_rules
from blueprint_cli.reports.document import as_document
from blueprint_cli.reports.html import as_html
from blueprint_cli.reports.markdown import as_markdown
from blueprint_cli.reports.text import as_text

RULES = load_rules()
FEW = {"simulated_requests": 100.0}


def result_of(**answers: Any) -> Recommendation:  # noqa: ANN401 - answers are of any kind
    return recommend(answers, RULES, FEW)


SEPARATE = {
    "independent_deploys_needed": True,
    "independent_scaling_needed": True,
    "isolation_or_compliance": True,
    "polyglot": True,
}


@pytest.mark.parametrize("key", SEPARATE)
def test_two_needs_that_no_pattern_meets_together(key: str) -> None:
    result = result_of(**{key: True}, consistency="strong")
    (conflict,) = result.conflicts
    assert conflict.keys == (key, "consistency")
    assert "No pattern gives both" in conflict.message
    assert result_of(**{key: True}, consistency="strong", bounded_contexts=1).conflicts == ()
    assert result_of(**{key: True}, consistency="mixed").conflicts == ()


def test_every_such_pair_is_named() -> None:
    result = result_of(**SEPARATE, consistency="strong")
    assert [one.keys for one in result.conflicts] == [(key, "consistency") for key in SEPARATE]
    # One availability that only one process and database reaches, as one more need.
    reached = result_of(independent_deploys_needed=True, availability_percent=99.9455)
    assert [one.keys for one in reached.conflicts] == [
        ("independent_deploys_needed", "availability_percent")
    ]


def test_a_need_that_only_a_ruled_out_pattern_meets() -> None:
    nothing_flows = {
        "consumers_per_event": 1,
        "stream_events_per_second": 0,
        "async_share_percent": 0,
    }
    result = result_of(independent_deploys_needed=True, ops_maturity="low", **nothing_flows)
    (conflict,) = result.conflicts
    assert conflict.keys == ("independent_deploys_needed", "ops_maturity", *nothing_flows)
    assert "only microservices or event-driven would give that, and each is ruled out" in (
        conflict.message
    )
    assert result_of(independent_deploys_needed=True, ops_maturity="low").conflicts == ()


def test_no_figure_moves_by_what_is_named() -> None:
    """Only what the rules themselves call a contradiction bounds the confidence."""
    answers = {**SEPARATE, "consistency": "strong", "teams": 1, "domain_stability": "exploring"}
    result = result_of(**answers, bounded_contexts=5)
    alike = result_of(**answers, bounded_contexts=1)  # The same points, and no such need.
    assert (len(result.conflicts), len(alike.conflicts)) == (4, 0)
    assert result.confidence == pytest.approx(alike.confidence, abs=0.005)


def test_a_target_that_none_reaches_is_named_with_its_figure() -> None:
    result = result_of(availability_percent=99.95)
    (unmet,) = result.unmet
    assert (unmet.key, unmet.met_by) == ("availability_percent", ())
    # Two digits would show 99.95%, as if it were reached.
    assert unmet.message == (
        "99.95% availability asked for: monolith is expected at 99.948%; none reaches it"
    )
    assert result_of(availability_percent=99.9).unmet == ()
    (slow,) = result_of(p95_latency_ms=5).unmet
    assert "the work alone takes monolith longer" in slow.message


def test_a_need_that_another_pattern_would_meet_names_it_and_that_it_is_ruled_out() -> None:
    result = result_of(independent_deploys_needed=True, ops_maturity="low", developers=5)
    (unmet,) = result.unmet
    assert unmet.met_by == ("microservices", "event-driven")
    assert unmet.message.endswith(
        "monolith does not give it; microservices would (ruled out), event-driven would"
    )
    many = result_of(
        independent_deploys_needed=True, teams=20, developers=100, availability_percent=99.9
    )
    assert many.recommended == "microservices"
    (below,) = many.unmet
    assert "is expected at 99.86%, the best of them, monolith, at 99.95%" in below.message


def test_every_report_and_the_questionnaire_say_it() -> None:
    result = result_of(
        independent_deploys_needed=True,
        consistency="strong",
        ops_maturity="low",
        availability_percent=99.99,
        consumers_per_event=3,
        monthly_budget_usd=200,
    )
    budget = budget_of_recommended(result, RULES)
    assert budget is not None
    assert budget.exceeded
    text = as_text(result, budget=budget)
    asked = advice(result, ["monolith"], str, 1000, budget)
    page = as_html(result)
    for shown in (text, asked, page):
        assert "No pattern gives both parts released without the others" in shown
        assert "none reaches it" in shown
        assert "a modular monolith with one stream" in shown
        assert "the share is the doubt in the answers" in shown
    for shown in (text, asked):
        assert f"costs at least {budget.expected_usd:,.0f} USD a month" in shown
        assert "above the budget of 200." in shown
    assert "none reaches it" in as_markdown(result)
    document = as_document(result, budget)
    assert document["budget"]["exceeded"] is True
    assert document["unmet"][0]["met_by"] == ["microservices", "event-driven"]


def test_a_budget_that_is_enough_and_one_that_nobody_knows() -> None:
    rich = result_of(monthly_budget_usd=90_000)
    budget = budget_of_recommended(rich, RULES)
    assert budget is not None
    assert "within the budget of 90,000." in as_text(rich, budget=budget)
    assert budget_of_recommended(result_of(), RULES) is None
    assert "Beside what was asked for" not in as_text(result_of())
