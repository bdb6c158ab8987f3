"""Numbers as people write them."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint_cli.asking.quantities import UNITS, NotUnderstood, parse_number
from blueprint_cli.recommendation.rules import load_rules
from blueprint_cli.spec.questions import load_questions


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("8", "people", 8),
        ("8 people", "people", 8),
        ("1e3", "people", 1000),
        ("2k rps", "requests/s", 2000),
        ("2 thousand requests per second", "requests/s", 2000),
        ("1.5M req/s", "requests/s", 1_500_000),
        ("1.5m events/s", "events/s", 1_500_000),
        ("600/min", "requests/s", 10),
        ("86.4k requests a day", "requests/s", 1),
        ("1/s", "requests/s", 1),
        ("500/day", "events/s", 0.00579),
        ("864 events per day", "events/s", 0.01),
        ("864k a day", "events/s", 10),
        ("99.95%", "%", 99.95),
        ("99,95 %", "%", 99.95),
        ("0,999", "%", 0.999),
        (".5", "%", 0.5),
        ("3 months", "weeks", 13),
        ("1 year", "weeks", 52),
        ("14 days", "weeks", 2),
        ("6", "weeks", 6),
        ("0.5s", "ms", 500),
        ("250 ms", "ms", 250),
        ("2min", "ms", 120_000),
        ("4x", "times", 4),
        ("10 to 1", "times", 10),
        ("$2k", "USD/month", 2000),
        ("24k USD a year", "USD/month", 2000),
        ("2k a month", "USD/month", 2000),
        ("$2,000", "USD/month", 2000),
        ("US$ 500 / month", "USD/month", 500),
        ("500 dollars monthly", "USD/month", 500),
        ("about 3 months", "weeks", 13),
        ("~8", "people", 8),
        ("two", "teams", 2),
        ("none", "parts", 0),
        ("1,000", "teams", 1000),
        ("1 000 000", "teams", 1_000_000),
        ("12'000", "teams", 12_000),
        ("-5", "teams", -5),
    ],
)
def test_a_number_is_understood(text: str, unit: str, value: float) -> None:
    assert parse_number(text, unit).value == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("500", 0.116, "500 users a day x 20 requests each"),
        ("500/day", 0.116, "500 users a day x 20 requests each"),
        ("500 per day", 0.116, "500 users a day x 20 requests each"),
        ("2k a month", 0.0152, "2,000 users a month x 20 requests each"),
        ("500 daily active users", 0.116, "500 users a day x 20 requests each"),
        ("1,200 patients", 0.278, "1,200 users a day x 20 requests each"),
        ("500 bookings", 0.509, "500 bookings a day x 88 requests each"),
        ("30 orders an hour", 0.733, "30 bookings an hour x 88 requests each"),
        ("10k messages/day", 0.347, "10,000 messages a day x 3 requests each"),
        ("1M requests a day", 11.6, "1,000,000 requests a day"),
        ("50 requests a second", 50, ""),
        ("0 users", 0, "0 users a day x 20 requests each"),
    ],
)
def test_requests_are_derived_of_what_people_count(text: str, value: float, note: str) -> None:
    number = parse_number(text, "requests/s")
    assert number.value == pytest.approx(value)
    assert number.note == note


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("\u20ac500", 575, "500 EUR a month x 1.15 USD"),
        ("500\u20ac", 575, "500 EUR a month x 1.15 USD"),
        ("500 EUR", 575, "500 EUR a month x 1.15 USD"),
        ("500 euros per month", 575, "500 EUR a month x 1.15 USD"),
        ("\u00a31.5k", 1950, "1,500 GBP a month x 1.3 USD"),
        ("6k CHF a year", 600, "6,000 CHF a year x 1.2 USD"),
        ("24k a year", 2000, "24,000 USD a year"),
    ],
)
def test_another_currency_never_becomes_dollars_silently(
    text: str, value: float, note: str
) -> None:
    number = parse_number(text, "USD/month")
    assert number.value == pytest.approx(value)
    assert number.note == note


def test_the_help_names_the_factors_of_the_rules() -> None:
    (asked,) = [one for one in load_questions() if one.unit == "requests/s"]
    factors = load_rules().requests_for
    said = "One user makes about {user:g} requests, one booking or order {booking:g}, one message"
    assert said.format(**{key: one.value for key, one in factors.items()}) in asked.more
    assert f"one message {factors['message'].value:g}." in asked.more


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [
        ("many", "people", "no number; for example 8"),
        ("", "people", "no number"),
        ("nan", "%", "no number; for example 99.95%"),
        ("inf", "ms", "no number; for example 100, 250ms, 0.5s"),
        ("0x10", "people", "'x10' is not understood"),
        ("5 bananas", "people", "'bananas' is not understood behind a number"),
        ("3 to 8", "people", "give one number"),
        ("3-8", "weeks", "give one number"),
        ("5m", "weeks", "'m' is not understood"),
        ("5m", "ms", "'m' is not understood"),
        ("100 ms", "requests/s", "'ms' is not understood"),
        ("50 requests", "requests/s", "a second or a day?"),
        ("5 bananas a day", "requests/s", "for example 2k users, 500 bookings a day"),
        ("2 requests per user", "requests/s", "is not understood"),
        ("2.000 users", "requests/s", "can be read in two ways; write 2000 or 2"),
        ("2.000 \u20ac", "USD/month", "can be read in two ways; write 2000 or 2"),
        ("500 SEK", "USD/month", "'sek' is no currency with a known rate; US dollars, EUR, GBP"),
        ("\u20ac500 USD", "USD/month", "'\u20ac usd' is no currency"),
        ("kr 500", "USD/month", "that is no number; for example 500, $2k"),
        ("100 to 200", "USD/month", "give one number"),
        ("1e309", "people", "too large"),
        ("9" * 400, "people", "too large"),
        ("1.2.3", "people", "'.3' is not understood"),
    ],
)
def test_what_is_no_such_number_is_refused_with_an_example(
    text: str, unit: str, words: str
) -> None:
    with pytest.raises(NotUnderstood) as refused:
        parse_number(text, unit)
    assert words in str(refused.value)


@given(st.text(), st.sampled_from(["", *UNITS]))
def test_no_text_leads_to_anything_but_a_finite_number_or_a_message(text: str, unit: str) -> None:
    with contextlib.suppress(NotUnderstood):
        assert math.isfinite(parse_number(text, unit).value)


@given(
    st.one_of(
        st.integers(-(10**9), 10**9), st.decimals(-(10**6), 10**6, places=3, allow_nan=False)
    ),
    # What people count, and three digits behind a point in an amount, are tested above.
    st.sampled_from(["", *(one for one in UNITS if one not in {"requests/s", "USD/month"})]),
)
def test_every_plain_number_is_itself(number: object, unit: str) -> None:
    assert parse_number(str(number), unit).value == pytest.approx(float(str(number)))
