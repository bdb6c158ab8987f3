"""Delays grow, differ a little, and end."""

from kit.background import Backoff

BACKOFF = Backoff.doubling(first=30, longest=3600, attempts=10)


def test_delays_double_up_to_the_longest() -> None:
    minutes = [seconds / 60 for seconds in BACKOFF.delays]
    assert minutes == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert Backoff.doubling(attempts=5_000).delays[-1] == 60


def test_what_failed_together_is_not_tried_again_together() -> None:
    delays = {BACKOFF.after(8) for _ in range(20)}
    assert len(delays) > 1
    assert all(delay is not None and 2700 <= delay <= 4500 for delay in delays)


def test_after_the_last_attempt_it_is_given_up() -> None:
    assert BACKOFF.after(9) is not None
    assert BACKOFF.after(10) is None
