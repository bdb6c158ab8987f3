"""What the messages about assumptions and data files say, and the limits of the formulas."""

import pytest

from blueprint_cli.errors import UsageError
from blueprint_cli.recommendation import queueing
from blueprint_cli.recommendation.assumptions import parse_assumptions
from blueprint_cli.recommendation.data_file import DataFileInvalid, parse_data, shown
from blueprint_cli.recommendation.rules import BUILT_IN, parse_rules

TEXT = BUILT_IN.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["x", "hop=1", "xyzzy=1", "hop_ms=", "hop_ms=1e99"])
def test_an_assumption_that_cannot_be(text: str) -> None:
    with pytest.raises(UsageError):
        parse_assumptions([text])


def test_assumptions() -> None:
    assert parse_assumptions(["hop_ms=1.5", "brokers=5"]) == {"hop_ms": 1.5, "brokers": 5}


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), ({}, "a table"), ([], "a list"), ("x" * 99, repr("x" * 37 + "...")), (1, "1")],
)
def test_values_in_messages(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[confidence]", "[sureness]", "unknown key"),
        ('label = "teams"\nfrom = 1\nto = 200', 'label = "teams"\nfrom = 9\nto = 2', "is 2"),
        ('values = ["exploring", "stable"]', 'values = ["gone"]', "is not a list of what"),
        ('values = ["exploring", "stable"]', "", None),
        ("when = {ops_maturity", "when = {ops", "unknown requirement"),
        ('when = {ops_maturity = "low"}', "when = {}", "tests nothing"),
        ("{developers = {at_most = 3}}", "{developers = {}}", "tests nothing"),
        ("{developers = {at_most = 3}}", "{developers = 3}", "cannot be tested so"),
        ('{ops_maturity = "low"}', "{ops_maturity = {at_most = 3}}", "is no number"),
        ('more_than = "developers"', 'more_than = "people"', "unknown requirement"),
        ('key = "teams"\nat = ">= 8"', 'key = "crew"\nat = ">= 8"', "unknown requirement"),
        ("service_ms = {", "servise_ms = {", "did you mean service_ms"),
        ("points = {monolith = 2.0}", "points = 2", "is 2"),
        (
            "  {is = true, microservices = 1.0, event-driven = 0.75},\n  {is = false},",
            "",
            "no place",
        ),
        ('{is = "mixed"}', '{is = "strong"}', "stands twice"),
        ("samples = 200", "samples = true", "is true"),
    ],
)
def test_more_mistakes_in_rules(old: str, new: str, message: str | None) -> None:
    assert old in TEXT, old
    text = TEXT.replace(old, new, 1)
    if message is None:
        parse_rules(parse_data(text, "r"), "r")
        return
    with pytest.raises(DataFileInvalid) as caught:
        parse_rules(parse_data(text, "r"), "r")
    assert any(message in problem.message for problem in caught.value.problems)


def test_more_servers_than_there_are() -> None:
    assert queueing.servers_for(1e9, 0.01, 0.1) is None
    assert queueing.servers_for(1e8 - 1, 0.01, 0.030001) is None
