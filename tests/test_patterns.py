"""What is said of a pattern in one place holds in the others."""

from pathlib import Path

import pytest

from blueprint_cli.machine import TOOLS
from blueprint_cli.patterns import ARCHITECTURES, PATTERNS, Pattern, patterns_with
from blueprint_cli.recommendation.estimates import estimate
from blueprint_cli.recommendation.rules import ASSUMED, load_rules

TEMPLATES = Path(__file__).parents[1] / "templates"


def test_every_pattern_is_described_the_simplest_first() -> None:
    assert tuple(ARCHITECTURES) == PATTERNS
    parts = [
        (one.process_per_context, one.gateway_in_front, bool(one.broker))
        for one in ARCHITECTURES.values()
    ]
    assert parts == sorted(parts)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_folders_and_assumptions_are_named_after_it(pattern: Pattern) -> None:
    identifier = ARCHITECTURES[pattern].identifier
    assert (TEMPLATES / identifier).is_dir()
    assert {f"contention_{identifier}", f"coherence_{identifier}"} <= set(ASSUMED)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("contexts", [1, 2, 7])
def test_estimates_count_its_parts(pattern: Pattern, contexts: int) -> None:
    one = ARCHITECTURES[pattern]
    found = estimate({"bounded_contexts": contexts}, load_rules(), {"simulated_requests": 100.0})
    calls = load_rules().assumptions["sync_calls_microservices"].value
    assert found[pattern].processes == one.processes(contexts)
    assert found[pattern].databases == one.databases(contexts)
    assert found[pattern].broker is bool(one.broker)
    assert found[pattern].synchronous_calls == one.waiting_calls(contexts, calls)


def test_no_request_calls_a_context_twice_or_itself() -> None:
    services = ARCHITECTURES["microservices"]
    assert [services.waiting_calls(contexts, 2.0) for contexts in (1, 2, 3, 9)] == [0, 1, 2, 2]
    assert ARCHITECTURES["event-driven"].waiting_calls(9, 2.0) == 0


def test_doctor_looks_for_what_a_pattern_has() -> None:
    patterns = {tool.name: tool.patterns for tool in TOOLS}
    assert patterns["NGINX"] == patterns["HAProxy"] == patterns_with(lambda it: it.gateway_in_front)
    assert patterns["Java"] == patterns_with(lambda it: it.broker) == ("event-driven",)
    assert patterns["PostgreSQL"] == PATTERNS
