"""What a Prometheus saw of a project that is up, beside the answers that a bench got of it.

The project's own metrics say it: when events had been handled, what waited in outboxes, what the
processes used. They count what others asked of the project meanwhile as well.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.dashboards import look_after
from blueprint_cli.benching.effects import CONSUMER, EventTime
from blueprint_cli.benching.moments import clock_was_set, now
from blueprint_cli.benching.observed import Observed, observed
from blueprint_cli.benching.operators import Backlog, Waiting
from blueprint_cli.benching.usage import Usage
from blueprint_cli.benching.watch import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprint_cli.benching.run import Bench
    from blueprint_cli.benching.watch import Watch
    from blueprint_cli.prometheus import Labels, Prometheus
    from blueprint_cli.spec.model import Spec

    Series = Mapping[float, list[tuple[Labels, float]]]

# Every process of a project shows it, and hardly anything else.
OURS: Final = "and on (job, instance) database_up"
AGE: Final = "consumer_event_age_seconds"
PERCENTILES: Final = (50, 95, 99)
UNSEEN: Final = (
    "the Prometheus that scrapes it knows, and what its processes use: --prometheus URL asks it"
)


class Scraped:
    """A project as the Prometheus that scrapes it sees it."""

    def __init__(self, prometheus: Prometheus) -> None:
        self._prometheus = prometheus
        # Where they serve operators nobody but Prometheus knows.
        self.processes: Mapping[str, str] = {}
        self._rested = 0.0

    async def rest(self) -> None:
        """Wait until it was looked at once more: what comes then is another load."""
        await asyncio.to_thread(look_after, self._prometheus, now())
        self._rested = now()

    def observed(self, found: Bench, spec: Spec, watch: Watch) -> Observed:
        """Return what was seen while the SLO's rate was held."""
        del watch
        if unknown := clock_was_set():
            return Observed(unknown=unknown)
        begin = found.at_slo.began
        end = begin + found.at_slo.seconds
        every = self._every(begin, end)
        if every is None:
            return Observed(
                unknown=f"{self._prometheus.url} scraped no process of a project in that time"
            )
        seen = observed(found, spec, tuple(self._samples(spec, begin, end, every)))
        events = tuple(self._events(spec, begin, self._rested))
        return replace(seen, events=events, settled=())

    def _every(self, begin: float, end: float) -> float | None:
        """Return the seconds between two looks of it; None where it had none."""
        window = max(1, round(end - begin))
        looks = self._prometheus.number(f"max(count_over_time(database_up[{window}s]))", end)
        return max(1.0, window / looks) if looks else None

    def _samples(self, spec: Spec, begin: float, end: float, every: float) -> Iterator[Sample]:
        """Yield what each look saw: the processes, and what waited."""

        def looks(query: str) -> Series:
            found: dict[float, list[tuple[Labels, float]]] = {}
            for labels, samples in self._prometheus.series(query, begin, end, round(every)):
                for at, value in samples:
                    found.setdefault(at, []).append((labels, value))
            return found

        outboxes = f'{{outbox=~"({_names(spec)})[.].+"}}'
        used = looks(f"process_cpu_seconds_total {OURS}")
        held = looks(f"process_resident_memory_bytes {OURS}")
        ages = looks(f"max by (outbox) (outbox_oldest_message_seconds{outboxes})")
        waits = looks(f"max by (outbox) (outbox_waiting_messages{outboxes})")
        for at in sorted(used):
            memory = {_process(labels): value for labels, value in held.get(at, ())}
            messages = {labels["outbox"]: value for labels, value in waits.get(at, ())}
            yield Sample(
                at,
                tuple(
                    Usage(
                        labels.get("job", ""),
                        _number(_process(labels)),
                        cpu,
                        memory.get(_process(labels), 0.0) / 2**20,
                        memory.get(_process(labels), 0.0) / 2**20,
                    )
                    for labels, cpu in used[at]
                ),
                Backlog(
                    tuple(
                        Waiting(labels["outbox"], int(messages.get(labels["outbox"], 0)), age)
                        for labels, age in ages.get(at, ())
                    )
                ),
            )

    def _events(self, spec: Spec, begin: float, end: float) -> Iterator[EventTime]:
        """Yield how long events took to each of their readers, as the buckets of a time say."""
        then = f'sum by (consumer, le) ({AGE}_bucket{{consumer=~"({_names(spec)})(_.+)?"}} @ %.3f)'
        # What a reader showed for the first time in between begins at nothing.
        grown = f"({then % end} - ({then % begin} or 0 * {then % end}))"
        at = now()
        counts = {
            labels["consumer"]: value
            for labels, value in self._prometheus.vector(f"{grown} and {then % end}", at)
            if labels.get("le") == "+Inf"
        }
        times = {
            percentile: {
                labels["consumer"]: 1000 * value
                for labels, value in self._prometheus.vector(
                    f"histogram_quantile({percentile / 100:g}, {grown})", at
                )
            }
            for percentile in PERCENTILES
        }
        for consumer, count in sorted(counts.items()):
            values = [times[one].get(consumer) for one in PERCENTILES]
            if count > 0 and None not in values:  # a process that began anew has counted anew
                p50, p95, p99 = (value or 0.0 for value in values)
                yield EventTime(
                    "events", f"{CONSUMER} {consumer}", math.floor(count), p50, p95, p99
                )


def _names(spec: Spec) -> str:
    """Return the contexts' names, and those of what they are stored under, as PromQL has them."""
    described = {one.name: one.storage for one in spec.domain.contexts}
    return "|".join(sorted({*spec.contexts, *described.values(), "analytics"}))


def _process(labels: Labels) -> tuple[str, str]:
    return labels.get("job", ""), labels.get("instance", "")


def _number(process: tuple[str, str]) -> int:
    """Return a number for a process whose own nobody tells: the same at each look."""
    return hash(process)
