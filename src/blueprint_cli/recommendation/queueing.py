"""Formulas of queues, availability and scalability, each with its source."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_SERVERS: Final = 1_000_000
SAME_RATE: Final = 1e-9


def erlang_c(servers: int, offered: float) -> float:
    """Return the probability that an arrival has to wait in M/M/c (Erlang 1917).

    Args:
        servers: c, at least 1.
        offered: arrivals a second times seconds of service, in Erlang.
    """
    if offered <= 0:
        return 0.0
    if offered >= servers:
        return 1.0
    blocked = 1.0  # Erlang B by its recursion: no factorial, no overflow
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    usage = offered / servers
    return blocked / (1 - usage * (1 - blocked))


def slower_than(
    servers: int,
    arrivals: float,
    service: float,
    seconds: float,
    answer: float | None = None,
) -> float:
    """Return the probability that waiting and service together take longer in M/M/c.

    Args:
        servers: c.
        arrivals: per second.
        service: mean seconds that a server is taken, exponentially distributed.
        seconds: the limit.
        answer: mean seconds from the first server until the answer, where that is not all that an
            arrival takes of the servers, or more; the wait and it are independent.
    """
    offered = arrivals * service
    if offered >= servers:
        return 1.0
    rate = 1 / (service if answer is None else answer)
    drain = servers / service - arrivals
    waits = erlang_c(servers, offered)
    without = (1 - waits) * math.exp(-rate * seconds)
    if abs(drain - rate) < SAME_RATE * rate:
        return without + waits * (1 + rate * seconds) * math.exp(-rate * seconds)
    both = (drain * math.exp(-rate * seconds) - rate * math.exp(-drain * seconds)) / (drain - rate)
    return without + waits * both


def servers_for(arrivals: float, service: float, seconds: float, share: float = 0.95) -> int | None:
    """Return the fewest servers with which a share of the arrivals is done in time.

    None where the service alone is too slow for that, however many there are, or where more than a
    million would be needed.
    """
    if math.exp(-seconds / service) > 1 - share:
        return None
    fewest = max(1, math.floor(arrivals * service) + 1)
    if fewest > MOST_SERVERS:
        return None
    enough = fewest
    while enough <= MOST_SERVERS and slower_than(enough, arrivals, service, seconds) > 1 - share:
        enough = enough * 2 - fewest + 1
    if enough > MOST_SERVERS:
        return None
    low, high = fewest, enough
    while low < high:
        middle = (low + high) // 2
        if slower_than(middle, arrivals, service, seconds) <= 1 - share:
            high = middle
        else:
            low = middle + 1
    return high


def serial_availability(parts: Iterable[float]) -> float:
    """Return the availability of a chain that needs all of its parts; shares, not percent."""
    return math.prod(parts)


def redundant_availability(part: float, copies: int) -> float:
    """Return the availability of copies of which one is enough, failing independently."""
    return 1 - (1 - part) ** copies


def fan_out_slow(share: float, calls: int) -> float:
    """Return how often at least one of the calls is slow (Dean & Barroso, The Tail at Scale)."""
    return 1 - (1 - share) ** calls


def in_flight(arrivals: float, seconds: float) -> float:
    """Return the mean number of requests in progress (Little's law)."""
    return arrivals * seconds


def scalability(copies: float, contention: float, coherence: float) -> float:
    """Return the capacity of N copies in units of one (Universal Scalability Law, Gunther)."""
    return copies / (1 + contention * (copies - 1) + coherence * copies * (copies - 1))


def most_useful_copies(contention: float, coherence: float) -> float:
    """Return the N beyond which another copy lowers the capacity."""
    return math.sqrt((1 - contention) / coherence)


def drain_seconds(backlog: float, capacity: float, arrivals: float) -> float | None:
    """Return how long a backlog takes to vanish; None where it grows.

    Args:
        backlog: messages.
        capacity: messages a second that all readers manage together.
        arrivals: messages a second that still come in.
    """
    return backlog / (capacity - arrivals) if capacity > arrivals else None
