"""Numbers as people write them."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint_cli.asking.quantities import UNITS, NotUnderstood, parse_number


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("8", "people", 8),
        ("8 people", "people", 8),
        ("1e3", "people", 1000),
        ("2k", "requests/s", 2000),
        ("2 thousand requests per second", "requests/s", 2000),
        ("1.5M", "requests/s", 1_500_000),
        ("1.5m events/s", "events/s", 1_500_000),
        ("600/min", "requests/s", 10),
        ("86.4k a day", "requests/s", 1),
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
        ("1,000", "teams", 1000),
        ("1 000 000", "teams", 1_000_000),
        ("12'000", "teams", 12_000),
        ("-5", "teams", -5),
    ],
)
def test_a_number_is_understood(text: str, unit: str, value: float) -> None:
    assert parse_number(text, unit) == pytest.approx(value, rel=1e-6)


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
        assert math.isfinite(parse_number(text, unit))


@given(
    st.one_of(
        st.integers(-(10**9), 10**9), st.decimals(-(10**6), 10**6, places=3, allow_nan=False)
    ),
    st.sampled_from(["", *UNITS]),
)
def test_every_plain_number_is_itself(number: object, unit: str) -> None:
    assert parse_number(str(number), unit) == pytest.approx(float(str(number)))
