"""The projection on PostgreSQL, within one SQLAlchemy session."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from analytics.domain.order_facts import OrderFacts

# One statement for all of them, in the order of their ids, so that two consumers cannot deadlock.
# The ranks are those of the domain: a state is never taken back.
_MERGE = text("""
    WITH facts AS MATERIALIZED (
    SELECT * FROM json_to_recordset(CAST(:facts AS json)) AS fact(
        order_id uuid, state text, placed_at timestamptz, confirmed_at timestamptz,
        total_cents bigint, currency text)
    ), merged AS (
    INSERT INTO analytics.orders AS known
        (order_id, state, placed_at, confirmed_at, total_cents, currency)
    SELECT * FROM facts ORDER BY order_id
    ON CONFLICT (order_id) DO UPDATE SET
        state = CASE
            WHEN array_position(:ranks, excluded.state) > array_position(:ranks, known.state)
            THEN excluded.state ELSE known.state END,
        placed_at = coalesce(known.placed_at, excluded.placed_at),
        confirmed_at = coalesce(known.confirmed_at, excluded.confirmed_at),
        total_cents = coalesce(known.total_cents, excluded.total_cents),
        currency = coalesce(known.currency, excluded.currency)
    RETURNING order_id, extract(epoch FROM confirmed_at - placed_at)::float AS seconds
    )
    SELECT seconds FROM merged JOIN facts USING (order_id)
    WHERE facts.confirmed_at IS NOT NULL AND seconds IS NOT NULL
""")
_RANKS = ["placed", "confirmed", "rejected", "cancelled"]


class SqlFacts:
    """Facts in the session's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def merge(self, facts: Sequence[OrderFacts]) -> Sequence[float]:
        """Add to what is known of these orders; seconds to confirmation."""
        values = {"facts": msgspec.json.encode(facts).decode(), "ranks": _RANKS}
        return (await self._session.scalars(_MERGE, values)).all()


class SqlAnalyticsWork:
    """What one transaction of the analytics context can touch."""

    def __init__(self, session: AsyncSession) -> None:
        self.facts = SqlFacts(session)


async def clear(session: AsyncSession) -> None:
    """Empty the projection, for it to be built anew; readers see it until that commits."""
    await session.execute(text("DELETE FROM analytics.orders"))
