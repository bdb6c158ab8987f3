"""Old rows go in batches, by their index, and nobody waits for it."""

from datetime import timedelta

import psycopg
import pytest

from kit.background import purging
from kit.bus import Bus
from kit.database import Database
from kit.relay import Relay
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
    monkeypatch.setattr("kit.background._PURGED_AT_ONCE", 2)


async def test_what_is_old_goes_in_batches_and_the_rest_stays(
    database: Database, empty_schema: str
) -> None:
    with psycopg.connect(empty_schema, autocommit=True) as connection:
        connection.execute(INSERT)
        purge = purging(database, OUTBOX.c.delivered_at, timedelta(days=4, hours=1))
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
        purge = purging(
            database, OUTBOX.c.delivered_at, timedelta(days=7, hours=1), OUTBOX.c.key == "b"
        )
        assert await purge.run() is False
        assert connection.execute("SELECT count(*) FROM kit_test.outbox").fetchone() == (8,)


async def test_a_message_goes_when_nobody_is_owed_it_any_more(
    database: Database, empty_schema: str
) -> None:
    relay = Relay(database, OUTBOX, Bus())
    purges = relay.purges(delivered=timedelta(days=4, hours=1), parked=timedelta(days=30))
    with psycopg.connect(empty_schema, autocommit=True) as connection:
        connection.execute(INSERT)
        connection.execute(
            "INSERT INTO kit_test.outbox_owed"
            " (position, consumer, key, attempts, next_attempt_at, failed_at)"
            " SELECT position, 'c', key, 1, now(), CASE WHEN delivered_at < now() - interval '8 d'"
            " THEN now() - interval '31 d' END"
            " FROM kit_test.outbox WHERE delivered_at < now() - interval '7 d'"
        )
        for purge in purges:
            while await purge.run() is True:
                pass
        # Those of 8 and 9 days were given up long ago; that of 7 is still to be delivered.
        left = connection.execute(
            "SELECT round(extract(epoch FROM now() - delivered_at) / 86400)::int"
            " FROM kit_test.outbox ORDER BY 1"
        ).fetchall()
    assert left == [(1,), (2,), (3,), (4,), (7,)]
