"""`python -m analytics.commands.sales`: the last thirty days of sales."""

import asyncio
import sys

import psycopg

from analytics.adapters.read_models import SqlSalesQueries
from analytics.adapters.settings import AnalyticsSettings
from analytics.application.ports import DailySales
from kit.composition import open_database
from kit.settings import SettingsError, load

DAYS = 30


async def sales(settings: AnalyticsSettings) -> list[DailySales]:
    """What the projection says now."""
    database = open_database(settings, "analytics-sales")
    await database.open()
    try:
        return list(await SqlSalesQueries(database).daily(DAYS))
    finally:
        await database.close()


def main() -> int:
    """Print it; the exit code."""
    try:
        found = asyncio.run(sales(load(AnalyticsSettings)))
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except psycopg.OperationalError as error:
        print(f"error: DATABASE_URL: {str(error).strip()}", file=sys.stderr)
        return 3
    print("day         placed  confirmed  rejected  cancelled  revenue")
    for day in found:
        revenue = f"{day.revenue_cents / 100:.2f} {day.currency or ''}"
        counts = f"{day.placed:6}  {day.confirmed:9}  {day.rejected:8}  {day.cancelled:9}"
        print(f"{day.day}  {counts}  {revenue}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
