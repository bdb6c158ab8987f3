"""Analytics wired: on PostgreSQL, fed by events."""

from fastapi import APIRouter
from prometheus_client import Histogram

from analytics.adapters.repositories import SqlAnalyticsWork
from analytics.application.projection import SalesProjection
from analytics.entrypoints.messages import subscribe
from kit.composition import Foundation, Part, Wired
from kit.database import SqlTransactions

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120)


def wire(foundation: Foundation) -> Wired[None]:
    """Make the context's services and subscribe its handlers."""
    transactions = SqlTransactions(foundation.database, SqlAnalyticsWork)
    took = Histogram(
        "order_confirmation_seconds",
        "From an order's placement to its confirmation.",
        buckets=_SECONDS,
        registry=None,
    )
    subscribe(foundation.bus, SalesProjection(transactions, took.observe))
    part = Part(router=APIRouter(), observe=(lambda metrics: metrics.registry.register(took),))
    return Wired(part, None)
