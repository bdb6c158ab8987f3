"""What one machine gives: limits that queueing theory sets, and what cores and load change."""

from __future__ import annotations

import pytest

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.recommendation.estimates import assumed
from blueprint_cli.recommendation.one_machine import OneMachine, on_one_machine
from blueprint_cli.recommendation.queueing import slower_than
from blueprint_cli.recommendation.rules import load_rules

ASSUME = assumed(load_rules())


def found(
    pattern: str = "monolith",
    *,
    cores: int = 2,
    rate: float = 100,
    p95_ms: float = 100,
    **changes: float,
) -> OneMachine:
    [one] = (each for each in PATTERNS if each == pattern)
    return on_one_machine(one, {**ASSUME, **changes}, cores=cores, rate=rate, p95_ms=p95_ms)


def test_without_load_only_the_work_is_waited_for() -> None:
    assert found(rate=0.001).p95_ms == pytest.approx(3 * 2.9957, rel=0.01)


def test_one_server_is_exponential() -> None:
    # M/M/1: rate mu - lambda, so p95 is 2.9957 / (100 - 50) seconds.
    one = found(
        cores=1, rate=50, answer_ms=10, processor_ms_monolith=10, generator_ms=0, p95_ms=59.91
    )
    assert one.p95_ms == pytest.approx(59.9, abs=0.1)
    assert one.capacity_rps == pytest.approx(50, rel=0.01)


def test_an_answer_may_come_before_the_work_ends() -> None:
    later = slower_than(2, 100, 0.01, 0.03)
    assert slower_than(2, 100, 0.01, 0.03, answer=0.01) == later
    assert slower_than(2, 100, 0.01, 0.03, answer=0.002) < later


def test_cores_and_the_generator_share_the_machine() -> None:
    two, four = found().capacity_rps, found(cores=4).capacity_rps
    assert 2 * two < four < 2.1 * two
    assert found(generator_ms=0).capacity_rps > two
    assert two < 2 / (ASSUME["processor_ms_monolith"] + ASSUME["generator_ms"]) * 1000


def test_beyond_what_it_keeps_up_with_there_is_no_p95() -> None:
    assert found(rate=5_000).p95_ms is None
    assert found(p95_ms=1).capacity_rps == 0


def test_patterns_that_do_more_give_less() -> None:
    monolith, services, events = (found(pattern).capacity_rps for pattern in PATTERNS)
    assert monolith > max(services, events)
