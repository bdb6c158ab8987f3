"""The metrics of consumers; deploy/prometheus has the alerts on them."""

from prometheus_client import Counter, Gauge, Histogram

from kit.metrics import Metrics


class KafkaMetrics:
    """Made once per process, and registered when its metrics are."""

    def __init__(self) -> None:
        self.events = Counter(
            "consumer_events",
            "Events by what became of them: handled, duplicate, ignored, retried, dead.",
            ("consumer", "outcome"),
            registry=None,
        )
        self.dead_letters = Counter(
            "dead_letters",
            "Events that were given up and published to the dead-letter topic.",
            ("consumer", "reason"),
            registry=None,
        )
        self.age = Histogram(
            "consumer_event_age_seconds",
            "From an event's happening to the end of its handling.",
            ("consumer",),
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
            registry=None,
        )
        self.lag = _gauge(
            "consumer_lag_events",
            "Events of a partition that this consumer has not handled.",
            ("consumer", "topic", "partition"),
        )
        self.paused = _gauge(
            "consumer_paused",
            "1 while a consumer waits for its database or brokers.",
            ("consumer",),
        )
        self.retries = _gauge(
            "consumer_waiting_retries", "Events that are tried again later.", ("consumer",)
        )

    def register(self, metrics: Metrics) -> None:
        """Show them."""
        for each in (
            self.events,
            self.dead_letters,
            self.age,
            self.lag,
            self.paused,
            self.retries,
        ):
            metrics.registry.register(each)


def _gauge(name: str, text: str, labels: tuple[str, ...]) -> Gauge:
    return Gauge(name, text, labels, registry=None, multiprocess_mode="mostrecent")
