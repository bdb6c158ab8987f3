"""What rules ask of Prometheus is there, in a project of each pattern that runs."""

import re

import pytest

from tests.observed.conftest import Observed

pytestmark = pytest.mark.project
# Of what has not happened there is nothing to see: no dead letter, no e-mail given up.
NOT_YET = {"dead_letters_total"}
SELECTOR = re.compile(r"\b([a-z]\w*(?::\w+)*)(\{[^}]*\})?(?=[\[\s)/]|$)")


def selectors_of(expression: str) -> set[str]:
    """What an expression reads."""
    bare = re.sub(r"\b(by|on) *\([^)]*\)", "", expression)
    words = {"and", "or", "by", "on"}
    return {
        name + (labels or "")
        for name, labels in SELECTOR.findall(bare)
        if name not in words and not re.search(rf"\b{name} *\(", bare)
    }


def test_what_a_rule_reads_is_found() -> None:
    expression = 'sum by (job) (rate(a_total{x="y"}[5m])) > 2 and on (job) b_c == 0 or job:d:e > 1'
    assert selectors_of(expression) == {'a_total{x="y"}', "b_c", "job:d:e"}


def test_each_rule_reads_what_is_there(observed: Observed) -> None:
    groups = observed.asked("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 20
    assert [rule["lastError"] for rule in rules if rule.get("lastError")] == []
    read = {one for rule in rules for one in selectors_of(rule["query"])}
    # Errors of its own are what a sound project has none of.
    asked = {re.sub(r',?status=~"5\.\."', "", one) for one in read}
    missing = {one for one in asked if not observed.query(one)}
    assert missing == {one for one in missing if one in NOT_YET}
    recorded = [rule["name"] for rule in rules if rule["type"] == "recording"]
    assert [name for name in recorded if not observed.query(name)] == []
