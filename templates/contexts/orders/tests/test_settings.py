from datetime import timedelta
from pathlib import Path

import pytest

from kit.settings import SettingsError, load
from orders.adapters.settings import OrdersSettings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:long-and-own@db/shop?sslmode=verify-full")


def test_times_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDER_RESUME_SECONDS", "0.5")
    monkeypatch.setenv("ORDER_TIMEOUT_SECONDS", "60")
    timing = load(OrdersSettings).order_timing
    assert (timing.resume_after, timing.give_up_after) == (
        timedelta(seconds=0.5),
        timedelta(seconds=60),
    )


def test_idempotency_keys_are_kept_as_long_as_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(OrdersSettings).keep_idempotency_keys >= timedelta(hours=24)
    monkeypatch.setenv("RETENTION_IDEMPOTENCY_KEYS_HOURS", "23")
    with pytest.raises(SettingsError, match=r"^RETENTION_IDEMPOTENCY_KEYS_HOURS: "):
        load(OrdersSettings)
