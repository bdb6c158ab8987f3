"""`python -m analytics.commands.sales`: the last thirty days of sales."""

import asyncio
import sys

from analytics.adapters.read_models import SqlSalesQueries
from analytics.adapters.settings import AnalyticsSettings
from analytics.application.ports import DailySales
from kit.commands import operating, run
from kit.settings import load

DAYS = 30


async def sales(settings: AnalyticsSettings) -> list[DailySales]:
    """What the projection says now."""
    async with operating(settings, "analytics-sales") as database:
        return list(await SqlSalesQueries(database).daily(DAYS))


def main() -> int:
    """Print it; the exit code."""
    return run(_print)


def _print() -> int:
    found = asyncio.run(sales(load(AnalyticsSettings)))
    print("day         placed  confirmed  rejected  cancelled  revenue")
    for day in found:
        revenue = f"{day.revenue_cents / 100:.2f} {day.currency or ''}"
        counts = f"{day.placed:6}  {day.confirmed:9}  {day.rejected:8}  {day.cancelled:9}"
        print(f"{day.day}  {counts}  {revenue}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
