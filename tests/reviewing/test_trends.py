"""Which memory only grows."""

from collections.abc import Sequence

import pytest

from blueprint_cli.reviewing.trends import leak_of


def sampled(mib: Sequence[float], step: float = 15.0) -> list[tuple[float, float]]:
    return [(place * step, value) for place, value in enumerate(mib)]


def test_a_straight_line_upwards_is_a_leak() -> None:
    leak = leak_of(sampled([100 + place for place in range(120)]))
    assert leak is not None
    assert leak.mib_a_minute == pytest.approx(4.0)
    assert leak.mib_a_minute > leak.allowed


@pytest.mark.parametrize(
    "mib",
    [
        [100.0] * 120,
        [100 + place % 40 for place in range(120)],
        [100 + 30 * (place > 5) for place in range(120)],
        [100 + place * 0.05 for place in range(120)],
        [300 - place for place in range(120)],
        [100 + place for place in range(10)],
        [],
    ],
    ids=["level", "sawtooth", "warm-up", "a little", "falling", "too short", "none"],
)
def test_what_is_none(mib: list[float]) -> None:
    assert leak_of(sampled(mib)) is None


def test_a_restart_begins_anew() -> None:
    before = [100 + place * 3 for place in range(100)]
    assert leak_of(sampled([*before, *([100.0] * 60)])) is None
    assert leak_of(sampled([*before, *(100.0 + place for place in range(90))])) is not None


def test_a_jump_hides_no_leak() -> None:
    leak = leak_of(sampled([100 + place + 300 * (place > 60) for place in range(120)]))
    assert leak is not None
    assert leak.mib_a_minute == pytest.approx(4.0, rel=0.1)
