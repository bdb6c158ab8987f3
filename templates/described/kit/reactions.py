"""Running reactions to events: one that is refused has had its end, others are tried again."""

from collections.abc import Awaitable, Mapping

import structlog
from prometheus_client import Counter

from kit.metrics import Metrics

_log = structlog.get_logger()

_SERVER_ERRORS = 500


class Reactions:
    """The reactions of one context; `statuses` are those of its refusals over HTTP.

    What would be the client's mistake there is none that a repetition mends.
    """

    def __init__(self, context: str, statuses: Mapping[type[Exception], int]) -> None:
        self._context = context
        self._refusals = tuple(
            error for error, status in statuses.items() if status < _SERVER_ERRORS
        )
        self._refused = Counter(
            f"{context}_reactions_refused",
            "Reactions to events whose command was refused.",
            ("reaction", "code"),
            registry=None,
        )

    async def run(self, name: str, reaction: Awaitable[object]) -> None:
        """Await a reaction; log and count where it is refused, raise what is to be tried again."""
        try:
            await reaction
        except self._refusals as error:
            code = getattr(error, "code", "out_of_range")
            self._refused.labels(name, code).inc()
            _log.warning("reaction refused", context=self._context, reaction=name, code=code)

    def show(self, metrics: Metrics) -> None:
        """Add how many were refused to the process's metrics."""
        metrics.registry.register(self._refused)
