"""Why a figure is not known, and figures that follow of others."""

from __future__ import annotations

from typing import Final

from blueprint_cli.recommendation.rules import REQUIREMENTS
from blueprint_cli.reviewing.figures import Figure, Figures, unknown

ONLY_PEOPLE_KNOW: Final = "nothing measures it: people decide it"
NO_PROMETHEUS: Final = "Prometheus was not asked"
NO_LOAD: Final = "a bench offers a load of its own, and Prometheus was not asked"
POLLED: Final = "no metric tells a request that waits from another"
NO_SERVICES: Final = "nobody has committed in 90 days, or the services are not known"


def unmeasured(*, benched: bool) -> tuple[Figure, ...]:
    """Return why what nothing measured is not known; ``benched``: whether there was a bench."""
    of_load = NO_LOAD if benched else NO_PROMETHEUS
    of_running = {
        "requests_per_second_avg": of_load,
        "peak_to_average": of_load,
        "busiest_context_percent": of_load,
        "p95_latency_ms": NO_PROMETHEUS,
        "availability_percent": of_load,
        "async_share_percent": of_load,
        "stream_events_per_second": of_load,
        "oldest_event_seconds": of_load,
        "readers_of_the_busiest_topic": of_load,
        "error_percent": NO_PROMETHEUS,
    }
    return (
        *(unknown(name, why) for name, why in of_running.items()),
        unknown("waiting_requests_percent", POLLED),
        unknown("time_to_first_release_weeks", "git has no tags to tell a release by", "git"),
        *(unknown(key, ONLY_PEOPLE_KNOW) for key in REQUIREMENTS),
    )


def following(figures: Figures) -> Figures:
    """Return what follows of two figures: services by people; readers of a topic by the model."""
    services, people = figures["services"], figures["developers"]
    found: Figures = {"services_per_developer": unknown("services_per_developer", NO_SERVICES)}
    if services.value and people.value:
        found["services_per_developer"] = Figure(
            name="services_per_developer",
            value=round(services.value / people.value, 2),
            unit="services",
            source=f"{services.source}; {people.source}",
            query=f"{services.value:g} services by {people.value:g} people with commits",
        )
    topic, readers = "readers_of_the_busiest_topic", figures["consumers_per_event"]
    if figures[topic].value is None and readers.value is not None:
        found[topic] = Figure(
            name=topic,
            value=readers.value,
            unit=readers.unit,
            source=readers.source,
            query=readers.query,
        )
    return found
