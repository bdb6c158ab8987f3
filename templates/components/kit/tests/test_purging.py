"""Old rows go in batches, by their index, and nobody waits for it."""

from datetime import timedelta

import psycopg
import pytest

from kit.database import Database
from kit.purging import purging
from tests.kit.conftest import OUTBOX

pytestmark = pytest.mark.postgres

INSERT = """
    INSERT INTO kit_test.outbox (id, type, key, payload, headers, occurred_at, delivered_at)
    SELECT gen_random_uuid(), 'a', 'b', '{}', '{}', now(), now() - make_interval(days => age)
    FROM generate_series(1, 9) AS age
"""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows are a batch."""
    monkeypatch.setattr("kit.purging._AT_ONCE", 2)


async def test_what_is_old_goes_in_batches_and_the_rest_stays(
    database: Database, empty_schema: str
) -> None:
    with psycopg.connect(empty_schema, autocommit=True) as connection:
        connection.execute(INSERT)
        purge = purging(database, OUTBOX, "delivered_at", timedelta(days=4, hours=1))
        left = []
        while await purge.run() is True:
            left.append(connection.execute("SELECT count(*) FROM kit_test.outbox").fetchone())
        assert left == [(7,), (5,)]
        assert connection.execute("SELECT count(*) FROM kit_test.outbox").fetchone() == (4,)


async def test_rows_that_somebody_holds_are_left_for_later(
    database: Database, empty_schema: str
) -> None:
    with psycopg.connect(empty_schema) as connection:
        connection.execute(INSERT)
        connection.commit()
        connection.execute("SELECT FROM kit_test.outbox ORDER BY delivered_at LIMIT 1 FOR UPDATE")
        purge = purging(database, OUTBOX, "delivered_at", timedelta(days=7, hours=1), "key = 'b'")
        assert await purge.run() is False
        assert connection.execute("SELECT count(*) FROM kit_test.outbox").fetchone() == (8,)
