"""Rows are counted by state, now and then, and not shown where that takes too long."""

from datetime import timedelta
from enum import StrEnum

import psycopg
import pytest
from sqlalchemy import Column, DateTime, MetaData, Table

from kit import rows
from kit.database import Database
from kit.metrics import Metrics
from kit.rows import RowsByState
from kit.tables import EnumText

pytestmark = pytest.mark.postgres


class Status(StrEnum):
    OPEN = "open"
    PAID = "paid"


BILLS = Table(
    "bills",
    MetaData(schema="kit_test"),
    Column("status", EnumText(Status)),
    Column("updated_at", DateTime(timezone=True)),
)


async def test_rows_are_counted_once_a_minute(
    database: Database, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = Metrics()
    bills = RowsByState(database.sessions, "billing", {"Bill": BILLS})
    bills.show(metrics)

    async def shown() -> list[str]:
        lines = (await metrics.render()).decode().splitlines()
        return [line for line in lines if line.startswith("billing_rows")]

    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kit_test.bills (status text, updated_at timestamptz)")
        connection.execute("GRANT SELECT ON kit_test.bills TO PUBLIC")
        try:
            make = "INSERT INTO kit_test.bills VALUES ('open', now() - %s)"
            connection.execute(make, [timedelta(hours=2)])
            before = await shown()
            connection.execute(make, [timedelta(hours=1)])
            assert await shown() == before
            assert before == [
                'billing_rows{entity="Bill",state="open"} 1.0',
                'billing_rows{entity="Bill",state="paid"} 0.0',
            ]
            text = (await metrics.render()).decode()
            assert 'billing_oldest_row_seconds{entity="Bill",state="open"} 72' in text

            bills.due = 0
            assert (await shown())[0].endswith(" 2.0")
            bills.due = 0
            monkeypatch.setattr(rows, "DEADLINE_SECONDS", 0)
            assert await shown() == []
            monkeypatch.undo()
            assert await shown() == [], "it is not asked again at once"
            bills.due = 0
            assert (await shown())[0].endswith(" 2.0")
        finally:
            connection.execute("DROP TABLE kit_test.bills")
