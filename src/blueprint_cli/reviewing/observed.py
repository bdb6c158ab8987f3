"""What Prometheus saw of the running project: its load, its latency, its errors, its events."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from blueprint_cli.reviewing.faults import faults_of
from blueprint_cli.reviewing.figures import Figure, Problem, unknown
from blueprint_cli.reviewing.look import DAY, NOT_OPERATORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from blueprint_cli.prometheus import Sample
    from blueprint_cli.reviewing.described import Described
    from blueprint_cli.reviewing.look import Look
    from blueprint_cli.spec.model import Slo

# Request seconds in a second: so many requests are under way at a time.
LEAST_BUSY: Final = 1.0
OF_LOAD: Final = ("requests_per_second_avg", "peak_to_average", "busiest_context_percent")
OF_REQUESTS: Final = ("p95_latency_ms", "availability_percent", "error_percent")
OF_EVENTS: Final = (
    "async_share_percent",
    "stream_events_per_second",
    "oldest_event_seconds",
    "readers_of_the_busiest_topic",
)
NOTHING: Final = "Prometheus has no such series of that time"


@dataclass(frozen=True, slots=True)
class Observed:
    """Figures and problems; ``load`` are requests a second over the time, for a drawing.

    ``strangers`` is how many routes are none of this project's contexts.
    """

    figures: tuple[Figure, ...]
    problems: tuple[Problem, ...]
    load: tuple[Sample, ...]
    strangers: int


def observe(look: Look, slo: Slo, model: Described) -> Observed:
    """Ask Prometheus what a review can use.

    Raises:
        PrometheusFailed: where it cannot be reached, or does not answer as it should.
    """
    load, of_load, strangers = _load(look, model)
    figures = [*of_load, *_requests(look), *_events(look)]
    problems = tuple(faults_of(look, slo, figures))
    return Observed(tuple(figures), problems, tuple(load), strangers)


def _load(look: Look, model: Described) -> tuple[list[Sample], list[Figure], int]:
    query = f"sum(rate({look.of('http_requests_total', NOT_OPERATORS)}[{look.rate}]))"
    load = look.series(query)
    mean = sum(value for _, value in load) / len(load) if load else 0.0
    if not mean:
        why = NOTHING if not load else "nobody asked anything"
        return load, [unknown(name, why, "Prometheus") for name in OF_LOAD], 0
    covered = (load[-1][0] - load[0][0] + look.step) / look.seconds
    part = "" if covered > 0.95 else f", of which {covered:.0%} have samples"  # noqa: PLR2004
    source = look.source + part
    at, peak = max(load, key=lambda one: one[1])
    figures = [
        Figure(
            name="requests_per_second_avg",
            value=float(f"{mean:.4g}"),
            unit="requests/s",
            source=source,
            query=f"mean of {query}",
        ),
        Figure(
            name="peak_to_average",
            value=max(1.0, float(f"{peak / mean:.3g}")),
            unit="times",
            source=source,
            query=f"max by mean of {query}",
        ),
    ]
    busiest, strangers = _busiest(look, model, at)
    return load, [*figures, busiest], strangers


def _busiest(look: Look, model: Described, at: float) -> tuple[Figure, int]:
    """Return the share of request seconds of the busiest context at the peak."""
    name = "busiest_context_percent"
    metric = look.of("http_request_duration_seconds_sum", NOT_OPERATORS)
    query = f"sum by (route) (rate({metric}[{look.rate}]))"
    if model.why:
        return unknown(name, model.why, "Prometheus"), 0
    spent: dict[str, float] = {}
    strangers = 0
    for labels, seconds in look.server.vector(query, at):
        context = model.context_of(labels.get("route", ""))
        strangers += not context and labels.get("route") != "unmatched"
        spent[context] = spent.get(context, 0.0) + seconds
    total = sum(spent.values())
    known = {context: seconds for context, seconds in spent.items() if context}
    if not total or not known:
        return unknown(name, NOTHING if not total else "no route is a context's", "Prometheus"), (
            strangers
        )
    if total < LEAST_BUSY:
        why = "less than one worker was busy at the peak: a share of that says nothing"
        return unknown(name, why, "Prometheus"), strangers
    most = max(known, key=lambda one: known[one])
    moment = dt.datetime.fromtimestamp(at, tz=dt.UTC)
    return (
        Figure(
            name=name,
            value=round(100 * known[most] / total, 1),
            unit="%",
            source=f"Prometheus, at the peak of {moment:%Y-%m-%d %H:%M} UTC",
            query=f"{query}, by context: {most}",
        ),
        strangers,
    )


def _requests(look: Look) -> Iterator[Figure]:
    buckets = look.of("http_request_duration_seconds_bucket", NOT_OPERATORS)
    query = f"histogram_quantile(0.95, sum by (le) (rate({buckets}[{look.window}])))"
    yield _asked(look, "p95_latency_ms", query, "ms", of=lambda found: round(found * 1000, 1))
    metric = "http_requests_total"
    every = f"sum(increase({look.of(metric, NOT_OPERATORS)}[{look.window}]))"
    errors = look.of(metric, NOT_OPERATORS, 'status=~"5.."')
    failed = f"sum(increase({errors}[{look.window}]))"
    total = look.number(every)
    if not total:
        why = NOTHING if total is None else "nobody asked anything"
        yield from (unknown(name, why, "Prometheus") for name in OF_REQUESTS[1:])
        return
    percent = 100 * (look.number(failed) or 0.0) / total
    yield Figure(
        name="availability_percent",
        value=round(100 - percent, 4),
        unit="%",
        source=look.source,
        query=f"100 - 100 * {failed} / {every}: answers without an error of the project's own; "
        "what never reached it is not counted",
    )
    yield Figure(
        name="error_percent",
        value=round(percent, 4),
        unit="%",
        source=look.source,
        query=f"100 * {failed} / {every}",
    )


def _events(look: Look) -> Iterator[Figure]:
    yield _async_share(look)
    yield _stream(look)
    day = min(DAY, look.seconds)
    oldest = f"max({look.of('outbox_oldest_message_seconds')})"
    query = f"quantile_over_time(0.95, {oldest}[{day}s:1m])"
    yield _asked(look, "oldest_event_seconds", query, "s")
    query = f"max(count by (topic) (count by (topic, consumer) ({look.of('consumer_lag_events')})))"
    yield _asked(look, "readers_of_the_busiest_topic", query, "readers")


def _asked(
    look: Look,
    name: str,
    query: str,
    unit: str,
    *,
    of: Callable[[float], float] = lambda found: round(found, 2),
) -> Figure:
    """Return what a query finds, as the figure that `of` makes of it."""
    found = look.number(query)
    if found is None:
        return unknown(name, NOTHING, "Prometheus")
    return Figure(name=name, value=of(found), unit=unit, source=look.source, query=query)


def _async_share(look: Look) -> Figure:
    """Each event that a request leaves behind is work that finishes after the answer."""
    delivered = look.of("relay_messages_total", 'outcome="delivered"')
    query = (
        f"sum(max by (outbox) (sum by (outbox, consumer) (increase({delivered}[{look.window}])))) "
        f"/ sum(increase({look.of('http_requests_total', NOT_OPERATORS)}[{look.window}]))"
    )
    share = _asked(
        look, "async_share_percent", query, "%", of=lambda found: round(min(100.0, 100 * found), 1)
    )
    if share.value is None:
        return share
    return replace(share, query=f"events for a hundred requests: 100 * {query}")


def _stream(look: Look) -> Figure:
    """What consumers take beyond what requests cause came by a stream."""
    taken = look.of("consumer_events_total", 'outcome="handled"')
    own = look.of("relay_messages_total", 'outcome="delivered"')
    query = (
        f"max(sum by (consumer) (rate({taken}[{look.window}]))) - "
        f"(sum(rate({own}[{look.window}])) or vector(0))"
    )
    return _asked(
        look,
        "stream_events_per_second",
        query,
        "events/s",
        of=lambda found: round(max(0.0, found), 2),
    )
