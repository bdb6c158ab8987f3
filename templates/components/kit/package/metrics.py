"""Prometheus metrics of one process, or of all workers when PROMETHEUS_MULTIPROC_DIR is set."""

import os
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Literal

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    generate_latest,
    multiprocess,
)
from prometheus_client.registry import Collector

from kit.logs import describe

_log = structlog.get_logger()

_SHARED = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Made once per process by its composition root; never at import."""

    def __init__(self) -> None:
        shared = os.environ.get(_SHARED)
        if shared:
            Path(shared).mkdir(parents=True, exist_ok=True)
        self.registry = CollectorRegistry()
        self._refreshers: list[tuple[Callable[[], Awaitable[None]], Sequence[Gauge]]] = []
        self.requests = Counter(
            "http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.duration = Histogram(
            "http_request_duration_seconds",
            "Time from the request's first byte here to its answer's last.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.in_progress = Gauge(
            "http_requests_in_progress",
            "Requests not answered yet.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def gauge(
        self,
        name: str,
        text: str,
        labels: tuple[str, ...] = (),
        of_workers: Literal["mostrecent", "livesum"] = "mostrecent",
    ) -> Gauge:
        """A gauge that is set when `/metrics` is asked; every worker would set the same value.

        With `livesum` each has a value of its own, and the sum of those that live is shown.
        """
        return Gauge(name, text, labels, registry=self.registry, multiprocess_mode=of_workers)

    def on_scrape(self, refresh: Callable[[], Awaitable[None]], *gauges: Gauge) -> None:
        """Call `refresh` before the metrics are rendered, to set these gauges.

        When it fails they are not shown: a value that stands still looks like a good one.
        """
        self._refreshers.append((refresh, gauges))

    async def render(self) -> bytes:
        """The text that Prometheus scrapes."""
        unknown: set[str] = set()
        for refresh, gauges in self._refreshers:
            try:
                await refresh()
            except Exception as error:  # noqa: BLE001 - the other metrics are needed most now
                _log.warning("gauges not refreshed", error=describe(error))
                unknown.update(family.name for gauge in gauges for family in gauge.describe())
        shared = os.environ.get(_SHARED)
        if not shared:
            return generate_latest(_Without(self.registry, unknown))
        _forget_who_died(Path(shared))
        workers = CollectorRegistry()
        multiprocess.MultiProcessCollector(workers)  # type: ignore[no-untyped-call]
        return generate_latest(_Without(workers, unknown))


class _Without(Collector):
    """What a registry collects, without some families."""

    def __init__(self, registry: CollectorRegistry, hidden: Collection[str]) -> None:
        self._registry = registry
        self._hidden = hidden

    def collect(self) -> Iterator[Metric]:
        """The rest."""
        return (each for each in self._registry.collect() if each.name not in self._hidden)


def _forget_who_died(shared: Path) -> None:
    """What a worker that is gone had in progress or in use, it has no more."""
    for file in shared.glob("gauge_live*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
