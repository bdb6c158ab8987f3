"""What Prometheus saw that misses a promise: what is slow, fails, leaks, waits or is away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.reviewing.figures import Problem
from blueprint_cli.reviewing.look import NOT_OPERATORS
from blueprint_cli.reviewing.trends import leak_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from blueprint_cli.prometheus import Labels
    from blueprint_cli.reviewing.figures import Figure
    from blueprint_cli.reviewing.look import Look
    from blueprint_cli.spec.model import Slo

# A route that was asked less often has no p95 that means something.
LEAST_REQUESTS: Final = 100
OLD_SECONDS: Final = 60.0
MEMORY_SECONDS: Final = 6 * 3600
# As the project's own alerts have them.
MOST_EVENTS: Final = 1000
LAG_FOR: Final = "5m"
AWAY_FOR: Final = "2m"


def faults_of(look: Look, slo: Slo, figures: Iterable[Figure]) -> Iterator[Problem]:
    """Yield what misses a promise; ``figures`` are those that were measured already.

    Raises:
        PrometheusFailed: where it cannot be reached, or does not answer as it should.
    """
    yield from _slow(look, slo)
    yield from _errors(figures, slo)
    yield from _leaks(look)
    yield from _starved(look)
    yield from _behind(look)
    yield from _away(look)


def _slow(look: Look, slo: Slo) -> Iterator[Problem]:
    by = "method, route"
    matchers = (NOT_OPERATORS, 'route!="unmatched"')
    buckets = look.of("http_request_duration_seconds_bucket", *matchers)
    counts = look.of("http_requests_total", *matchers)
    query = f"histogram_quantile(0.95, sum by ({by}, le) (rate({buckets}[{look.window}])))"
    asked = look.server.vector(f"sum by ({by}) (increase({counts}[{look.window}]))", look.end)
    often = {
        (labels.get("method"), labels.get("route"))
        for labels, value in asked
        if value >= LEAST_REQUESTS
    }
    found = [
        (seconds * 1000, labels)
        for labels, seconds in look.server.vector(query, look.end)
        if seconds * 1000 > slo.p95_ms and (labels.get("method"), labels.get("route")) in often
    ]
    for milliseconds, labels in sorted(found, key=lambda one: -one[0]):
        yield Problem(
            kind="slow-route",
            subject=f"{labels.get('method', '')} {labels.get('route', '')}",
            value=round(milliseconds, 1),
            limit=slo.p95_ms,
            unit="ms",
            source=look.source,
            query=query,
        )


def _errors(figures: Iterable[Figure], slo: Slo) -> Iterator[Problem]:
    for one in figures:
        if one.name == "error_percent" and (one.value or 0.0) > slo.error_rate_percent:
            yield Problem(
                kind="errors",
                subject="all requests",
                value=one.value or 0.0,
                limit=slo.error_rate_percent,
                unit="%",
                source=one.source,
                query=one.query,
            )


def _leaks(look: Look) -> Iterator[Problem]:
    query = look.of("process_resident_memory_bytes")
    seconds = min(look.seconds, MEMORY_SECONDS)
    step = max(15, seconds // 360)
    for labels, samples in look.server.series(query, look.end - seconds, look.end, step):
        leak = leak_of([(at, value / 2**20) for at, value in samples])
        if leak is not None:
            yield Problem(
                kind="memory-leak",
                subject=_process(labels) or "the process",
                value=leak.mib_a_minute,
                limit=leak.allowed,
                unit="MiB/min",
                source=look.source,
                query=f"slope of {query}",
            )


def _starved(look: Look) -> Iterator[Problem]:
    metric = look.of("outbox_oldest_message_seconds")
    query = f"max by (outbox) (max_over_time({metric}[{look.window}]))"
    for labels, seconds in look.server.vector(query, look.end):
        if seconds > OLD_SECONDS:
            yield Problem(
                kind="starved-relay",
                subject=labels.get("outbox") or "the outbox",
                value=round(seconds, 1),
                limit=OLD_SECONDS,
                unit="s",
                source=look.source,
                query=query,
            )


def _behind(look: Look) -> Iterator[Problem]:
    lag = f"sum by (consumer, topic) ({look.of('consumer_lag_events')}"
    # Only where it is known for so long: of the first sample alone the least is the most.
    lasting = f"min_over_time({lag})[{LAG_FOR}:1m]) and {lag} offset {LAG_FOR})"
    query = f"max_over_time(({lasting})[{look.window}:1m])"
    for labels, events in look.server.vector(query, look.end):
        if events > MOST_EVENTS:
            yield Problem(
                kind="lagging-consumer",
                subject=f"{labels.get('consumer', '')} on {labels.get('topic', '')}",
                value=round(events),
                limit=float(MOST_EVENTS),
                unit="",
                source=look.source,
                query=query,
            )


def _away(look: Look) -> Iterator[Problem]:
    """Yield the processes, of jobs that show our metrics, that do not answer at the end."""
    ours = f"count by (job) (count_over_time({look.of('database_up')}[{look.window}]))"
    query = f"max_over_time({look.of('up')}[{AWAY_FOR}]) == 0 and on (job) {ours}"
    for labels, _ in look.server.vector(query, look.end):
        yield Problem(
            kind="process-away",
            subject=_process(labels),
            value=0.0,
            limit=0.0,
            unit="",
            source=look.source,
            query=query,
        )


def _process(labels: Labels) -> str:
    return " ".join(labels[name] for name in ("job", "instance") if name in labels)
