"""Analytics wired: on PostgreSQL, told by events."""

from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import Histogram

from analytics.adapters.repositories import SqlAnalyticsWork
from analytics.application.projection import SalesProjection
from analytics.entrypoints.messages import AnalyticsMessages
from kit.composition import Foundation
from kit.database import SqlTransactions
from kit.metrics import Metrics

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120)


@dataclass(frozen=True, slots=True)
class Analytics:
    """What the process needs of analytics."""

    messages: AnalyticsMessages
    observe: Callable[[Metrics], None]


def wire(foundation: Foundation) -> Analytics:
    """Make the context's services."""
    transactions = SqlTransactions(foundation.database, SqlAnalyticsWork)
    took = Histogram(
        "order_confirmation_seconds",
        "From an order's placement to its confirmation.",
        buckets=_SECONDS,
        registry=None,
    )
    messages = AnalyticsMessages(SalesProjection(transactions, took.observe))
    return Analytics(messages, lambda metrics: metrics.registry.register(took))
