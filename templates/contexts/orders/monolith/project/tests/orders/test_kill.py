"""An order outlives kill -9 at each of its steps, and has every effect once."""

import os
import subprocess
import sys
from contextlib import closing
from mailbox import mbox
from pathlib import Path

import psycopg
import pytest

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
PROGRAM = Path(__file__).with_name("killable.py")
STOCK = 1000


def test_an_order_outlives_a_kill_at_each_step(clean_database: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "ENVIRONMENT": "test",
        "DATABASE_URL": clean_database,
        "SIGNING_KEYS_DIRECTORY": str(tmp_path / "keys"),
        "MAILBOX_DIRECTORY": str(tmp_path / "mailbox"),
        "ORDER_RESUME_SECONDS": "0.05",
    }
    ended = subprocess.run(
        [sys.executable, str(PROGRAM)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    alone, together, cancelled = (int(rounds) for rounds in ended.stdout.split()[-3:])
    assert min(alone, together, cancelled) > 10
    confirmed = alone + 2 * together
    with psycopg.connect(clean_database) as connection:
        statuses = connection.execute("SELECT status, count(*) FROM orders.orders GROUP BY status")
        assert dict(statuses.fetchall()) == {"confirmed": confirmed, "cancelled": cancelled}
        stock = connection.execute("SELECT stock FROM catalog.products")
        assert stock.fetchall() == [(STOCK - confirmed,)]
        notified = connection.execute(
            "SELECT kind, count(*), count(DISTINCT about), count(sent_at)"
            " FROM notifications.notifications WHERE starts_with(kind, 'order_')"
            " GROUP BY kind ORDER BY kind"
        )
        every = confirmed + cancelled
        assert notified.fetchall() == [
            ("order_cancelled", cancelled, cancelled, cancelled),
            ("order_confirmed", every, every, every),
        ]
        sent = connection.execute("SELECT count(sent_at) FROM notifications.notifications")
        mailed = sent.fetchone()
        waiting = connection.execute(
            "SELECT count(*) FROM orders.outbox WHERE delivered_at IS NULL"
        )
        assert waiting.fetchall() == [(0,)]
    with closing(mbox(tmp_path / "mailbox" / "sent.mbox")) as mails:
        assert (len({mail["Message-ID"] for mail in mails}),) == mailed
