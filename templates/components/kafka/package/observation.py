"""The metrics of consumers; deploy/prometheus has the alerts on them."""

from prometheus_client import Counter, Gauge

from kit.metrics import Metrics, event_age


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
        self.age = event_age(registry=None)
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
        self.age = metrics.event_age
        for each in (self.events, self.dead_letters, self.lag, self.paused, self.retries):
            metrics.registry.register(each)


def _gauge(name: str, text: str, labels: tuple[str, ...]) -> Gauge:
    return Gauge(name, text, labels, registry=None, multiprocess_mode="mostrecent")
