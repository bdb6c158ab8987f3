"""The deadline of what is being done: set where it begins, passed on with every call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from time import monotonic

HEADER = "request-timeout"
"""Seconds that are left when a request is sent: no two clocks have to agree."""

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


def remaining(at_most: float) -> float:
    """Seconds until the deadline, but no more than `at_most`; 0 or less when it has passed."""
    deadline = _deadline.get()
    return at_most if deadline is None else min(at_most, deadline - monotonic())


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[asyncio.Timeout]:
    """Raise TimeoutError unless the block ends in time; an earlier deadline stays in force."""
    left = remaining(seconds)
    token = _deadline.set(monotonic() + left)
    try:
        async with asyncio.timeout(left) as timeout:
            yield timeout
    finally:
        _deadline.reset(token)


def requested(header: str | None, at_most: float) -> float:
    """What a caller has left by its header's value, but no more than `at_most` seconds."""
    try:
        seconds = float(header or "")
    except ValueError:
        return at_most
    return min(at_most, seconds) if seconds >= 0 else at_most
