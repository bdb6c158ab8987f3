"""Reads, straight on the driver."""

from collections.abc import Sequence

from psycopg.rows import kwargs_row

from analytics.application.ports import DailySales
from kit.database import Database

_DAILY = """
    SELECT (placed_at AT TIME ZONE 'UTC')::date AS day, max(currency) AS currency,
           count(*)::int AS placed,
           count(*) FILTER (WHERE state = 'confirmed')::int AS confirmed,
           count(*) FILTER (WHERE state = 'rejected')::int AS rejected,
           count(*) FILTER (WHERE state = 'cancelled')::int AS cancelled,
           coalesce(sum(total_cents) FILTER (WHERE state = 'confirmed'), 0)::bigint
               AS revenue_cents
    FROM analytics.orders WHERE placed_at IS NOT NULL
    GROUP BY day, coalesce(currency, '') ORDER BY day DESC, currency LIMIT %s
"""


class SqlSalesQueries:
    """Sales on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def daily(self, days: int) -> Sequence[DailySales]:
        """The last days on which something was ordered, newest first."""
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=kwargs_row(DailySales))
            await cursor.execute(_DAILY, (days,))
            return await cursor.fetchall()
