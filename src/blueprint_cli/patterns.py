"""What each pattern is made of: the one place that estimates, bills, plans and deployments read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable

Pattern = Literal["monolith", "microservices", "event-driven"]
# The simplest first: where two are equally good, the earlier one is recommended.
PATTERNS: Final[tuple[Pattern, ...]] = get_args(Pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """The parts of a running project of one pattern.

    ``process_per_context``: each context is a process of its own, else one process holds all.
    ``database_per_context``: each context has a database of its own, else a schema in one.
    ``roles``: what a context's processes do, each of which production may run apart.
    ``broker``: the program between processes that events pass through; empty where there is none.
    ``gateway_in_front``: requests pass a gateway also where one machine runs everything.
    ``calls_wait``: while a request waits, its context may call others over the network.
    """

    pattern: Pattern
    process_per_context: bool
    database_per_context: bool
    roles: tuple[str, ...]
    broker: str
    gateway_in_front: bool
    calls_wait: bool

    @property
    def identifier(self) -> str:
        """The pattern's name as folders, Python and the keys of data files have it."""
        return self.pattern.replace("-", "_")

    def processes(self, contexts: int) -> int:
        """Return how many kinds of process run: one, or one for each context."""
        return contexts if self.process_per_context else 1

    def databases(self, contexts: int) -> int:
        """Return how many databases there are: one, or one for each context."""
        return contexts if self.database_per_context else 1

    def waiting_calls(self, contexts: int, wanted: float) -> float:
        """Return the calls between contexts that one request waits for.

        Args:
            contexts: how many contexts there are; a request calls each of the others at most once.
            wanted: the calls that a request makes where contexts may call each other.
        """
        return min(wanted, float(contexts - 1)) if self.calls_wait else 0.0


ARCHITECTURES: Final[dict[Pattern, Architecture]] = {
    one.pattern: one
    for one in (
        Architecture(
            pattern="monolith",
            process_per_context=False,
            database_per_context=False,
            roles=("server",),
            broker="",
            gateway_in_front=False,
            calls_wait=False,
        ),
        Architecture(
            pattern="microservices",
            process_per_context=True,
            database_per_context=True,
            roles=("server",),
            broker="",
            gateway_in_front=True,
            calls_wait=True,
        ),
        Architecture(
            pattern="event-driven",
            process_per_context=True,
            database_per_context=True,
            roles=("API", "relay", "consumers"),
            broker="Kafka",
            gateway_in_front=True,
            calls_wait=False,
        ),
    )
}


def patterns_with(part: Callable[[Architecture], object]) -> tuple[Pattern, ...]:
    """Return the patterns whose architecture has a part, such as ``lambda one: one.broker``."""
    return tuple(pattern for pattern, one in ARCHITECTURES.items() if part(one))
