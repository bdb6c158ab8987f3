"""Monthly cost against published values, and its price books."""

import datetime as dt
from pathlib import Path

import pytest

from blueprint_cli.cost.bill import bill, workload
from blueprint_cli.cost.books import BUILT_IN, PricedPlatform, load_books, parse_book
from blueprint_cli.cost.cost import Cost, cost
from blueprint_cli.patterns import PATTERNS, Pattern
from blueprint_cli.recommendation.data_file import DataFileInvalid, parse_data
from blueprint_cli.recommendation.rules import load_rules

RULES = load_rules()
BOOKS = load_books()
ASSUME = {name: one.value for name, one in {**RULES.assumptions, **RULES.cost_assumptions}.items()}
TODAY = dt.date(2026, 11, 23)


def platform(name: str, *, all_in: bool = False) -> PricedPlatform:
    return next(
        one for book in BOOKS for one in book.platforms if one.name == name and one.all_in is all_in
    )


def compute(name: str, *, all_in: bool = False, rate: float = 100) -> float:
    work = workload("monolith", {}, ASSUME, rate)
    lines = bill(platform(name, all_in=all_in), work, ASSUME).lines
    names = {"calls", "memory", "processor", "calls, all in"}
    return round(sum(line.usd for line in lines if line.name in names), 2)


def monthly(pattern: Pattern = "monolith", rate: float = 100) -> Cost:
    return cost(pattern, {"requests_per_second_avg": rate}, RULES, BOOKS, today=TODAY)


def test_a_hundred_calls_a_second_on_lambda() -> None:
    assert compute("aws-lambda") == 98.97
    assert compute("aws-lambda", all_in=True) == 1032.80


def test_google_and_azure_by_hand() -> None:
    calls = 100 * 86_400 * 30
    gigabytes, cycles = calls * 0.1 * 0.125, calls * 0.1 * 0.2
    google = (calls - 2e6) * 0.4e-6 + (gigabytes - 4e5) * 2.5e-6 + (cycles - 2e5) * 1e-5
    assert compute("google-functions") == pytest.approx(google, abs=0.02)
    azure = (calls - 1e6) * 0.2e-6 + (gigabytes - 4e5) * 1.6e-5
    assert compute("azure-functions") == pytest.approx(azure, abs=0.02)
    assert compute("google-functions", all_in=True) == pytest.approx((calls - 2e6) * 6e-6)
    assert compute("azure-functions", all_in=True) == pytest.approx((calls - 1e6) * 5e-6)


def test_an_instance_that_serves_many_at_once_is_billed_for_its_time_once() -> None:
    few, month = 86_400 * 30, 86_400 * 30
    seconds = few * 0.1
    alone = (few - 2e6) * 0.4e-6 + (seconds - 1.8e5) * 2.4e-5
    assert compute("google-run-requests", rate=1) == pytest.approx(alone, abs=0.02)
    work = workload("monolith", {}, ASSUME, 100)
    always = work.instances * month
    assert always < work.calls * 0.1
    full = (work.calls - 2e6) * 0.4e-6 + (always - 1.8e5) * 2.4e-5 + (always - 3.6e5) * 2.5e-6
    assert compute("google-run-requests") == pytest.approx(full, abs=0.02)


def test_inside_the_free_tier_a_call_costs_nothing() -> None:
    for name in ("aws-lambda", "google-functions", "azure-functions"):
        assert compute(name, rate=0.3) == 0


@pytest.mark.parametrize("pattern", PATTERNS)
def test_more_load_never_costs_less(pattern: Pattern) -> None:
    for curve in monthly(pattern).curves:
        prices = [usd for _, usd in curve.points]
        assert prices == sorted(prices), curve.platform


def test_the_simplest_pattern_is_the_cheapest() -> None:
    fargate = [
        next(one for one in monthly(pattern).platforms if one.platform == "aws-fargate").expected
        for pattern in PATTERNS
    ]
    totals = [one.infrastructure_usd for one in fargate]
    assert totals[0] == min(totals)
    assert fargate[0].people_usd < fargate[1].people_usd < fargate[2].people_usd
    assert {line.name for line in fargate[2].lines} > {line.name for line in fargate[0].lines}


def test_the_crossover_is_where_the_cheapest_changes() -> None:
    first, *_ = monthly().crossovers
    books = {one.name: one for one in BOOKS[0].platforms}

    def total(name: str, rate: float) -> float:
        return bill(books[name], workload("monolith", {}, ASSUME, rate), ASSUME).infrastructure_usd

    at = first.requests_per_second
    assert total(first.before, at * 0.95) < total(first.after, at * 0.95)
    assert total(first.after, at * 1.05) < total(first.before, at * 1.05)


def test_gaps_stale_books_and_unverified_prices_are_said() -> None:
    fresh = monthly()
    azure = next(one for one in fresh.platforms if one.platform == "azure-containers")
    assert "database" in azure.expected.missing
    assert any("no price is known" in warning for warning in fresh.warnings)
    assert any("unverified" in warning for warning in fresh.warnings)
    assert not any("stale" in warning for warning in fresh.warnings)
    later = cost("monolith", {}, RULES, BOOKS, today=TODAY + dt.timedelta(days=400))
    assert sum("stale" in warning for warning in later.warnings) == 2
    gaps = [bool(one.expected.missing) for one in fresh.platforms]
    assert gaps == sorted(gaps)


def test_the_assumptions_change_the_bill() -> None:
    plain = monthly().platforms
    dear = cost(
        "monolith",
        {"requests_per_second_avg": 100},
        RULES,
        BOOKS,
        today=TODAY,
        changes={"response_kb": 100},
    )
    usd = {one.platform: one.expected.infrastructure_usd for one in plain}
    changed = {one.platform: one.expected.infrastructure_usd for one in dear.platforms}
    assert changed["aws-fargate"] > usd["aws-fargate"]
    assert next(one for one in dear.assumptions if one.name == "response_kb").source == "--assume"


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("usd = 0.20,", 'usd = "cheap",', 'usd = "cheap"', "is 'cheap'"),
        ("usd = 0.20,", "usd = -1,", "usd = -1", "is -1"),
        ('mark = "V"}', 'mark = "X"}', 'mark = "X"', "is 'X'"),
        (
            'provider = "aws"\nkind = "functions"',
            'provider = "moon"\nkind = "functions"',
            '"moon"',
            "there is no",
        ),
        ("node_vcpu = 2", "node_cpu = 2", "node_cpu", "did you mean node_vcpu"),
        ("[[128, 0.2]", "[[128]", "ghz_of_memory", "pairs"),
    ],
)
def test_a_bad_price_book_is_refused_with_its_line(
    old: str, new: str, at: str, message: str
) -> None:
    text = BUILT_IN[0].read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    with pytest.raises(DataFileInvalid) as caught:
        parse_book(parse_data(text, "book.toml"), "book.toml")
    found = next(one for one in caught.value.problems if message in one.message)
    assert (found.file, found.line) == ("book.toml", text[: text.index(at)].count("\n") + 1)


def test_a_teams_own_book(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'format = 1\nname = "ours"\ndate = "2026-01-01"\n[[platforms]]\nname = "metal"\n'
        'title = "Our machines"\nkind = "containers"\n'
        'vcpu_hour = {usd = 0.01, what = "core", source = "ours", date = "2026", mark = "V"}\n'
        'gb_hour = {usd = 0.001, what = "memory", source = "ours", date = "2026", mark = "V"}\n',
        encoding="utf-8",
    )
    result = cost("monolith", {}, RULES, load_books((own,)), today=TODAY)
    (only,) = result.platforms
    assert only.expected.infrastructure_usd == pytest.approx(
        2 * (0.5 * 0.01 + 0.001) * 720, abs=0.02
    )
    assert "database" in only.expected.missing
    assert any("stale" in warning for warning in result.warnings)
