"""Keeping the projection."""

from collections.abc import Callable, Sequence
from uuid import UUID

from analytics.application.ports import Transactions
from analytics.domain.order_facts import OrderFacts


class SalesProjection:
    """Takes facts in any order, any number of times.

    `confirmed` is called with the seconds that an order took from placement to confirmation.
    """

    def __init__(
        self, transactions: Transactions, confirmed: Callable[[float], object] = float
    ) -> None:
        self._transactions = transactions
        self._confirmed = confirmed

    async def take(self, facts: Sequence[OrderFacts]) -> None:
        """Merge them into the projection."""
        merged: dict[UUID, OrderFacts] = {}
        for each in facts:
            known = merged.get(each.order_id)
            merged[each.order_id] = each if known is None else known.with_(each)
        async with self._transactions() as work:
            seconds = await work.facts.merge(list(merged.values()))
        for each_took in seconds:
            self._confirmed(each_took)
