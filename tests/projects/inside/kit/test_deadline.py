"""A deadline is handed on, and none within it lasts longer."""

import asyncio

import pytest

from kit import deadline


async def test_an_inner_deadline_is_no_later_than_the_outer_one() -> None:
    assert deadline.remaining(30) == 30
    async with deadline.within(1):
        assert 0.5 < deadline.remaining(30) <= 1
        async with deadline.within(5):
            assert deadline.remaining(30) <= 1
    assert deadline.remaining(30) == 30


async def test_what_takes_longer_is_ended() -> None:
    with pytest.raises(TimeoutError):
        async with deadline.within(0.01):
            await asyncio.sleep(5)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, 10), ("", 10), ("2.5", 2.5), ("60", 10), ("-1", 10), ("soon", 10), ("nan", 10)],
)
def test_a_callers_deadline_can_only_shorten_ours(header: str | None, seconds: float) -> None:
    assert deadline.requested(header, 10) == seconds
