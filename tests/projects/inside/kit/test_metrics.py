"""Metrics of one process and of several workers together."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kit.metrics import Metrics

WORKER = """
import asyncio, sys
from kit.metrics import Metrics
metrics = Metrics()
metrics.requests.labels("GET", "/x", "200").inc()
metrics.in_progress.inc()
gauge = metrics.gauge("waiting", "Waiting.")
async def look() -> None:
    gauge.set(7)
metrics.on_scrape(look)
sys.stdout.buffer.write(asyncio.run(metrics.render()))
"""


async def test_a_gauge_that_cannot_be_looked_up_hides_no_other_metric() -> None:
    metrics = Metrics()
    metrics.requests.labels("GET", "/x", "200").inc()

    async def fail() -> None:
        raise ConnectionError("no database")

    metrics.on_scrape(fail)
    assert (
        b'http_requests_total{method="GET",route="/x",status="200"} 1.0' in await metrics.render()
    )


@pytest.mark.parametrize("labels", [(), ("one",)])
async def test_a_gauge_that_cannot_be_looked_up_disappears(labels: tuple[str, ...]) -> None:
    metrics = Metrics()
    gauge = metrics.gauge("waiting", "Waiting.", labels)
    fails = False

    async def look() -> None:
        if fails:
            raise ConnectionError("no database")
        (gauge.labels(*labels) if labels else gauge).set(7)

    metrics.on_scrape(look, gauge)
    assert b"\nwaiting" in await metrics.render()
    fails = True
    assert b"waiting" not in await metrics.render()
    fails = False
    assert b"\nwaiting" in await metrics.render()


def test_workers_count_together(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics")}
    for expected in (1, 2):
        text = subprocess.run(
            [sys.executable, "-c", WORKER],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert f'http_requests_total{{method="GET",route="/x",status="200"}} {expected}.0' in text
        assert "\nwaiting 7.0" in text
        assert "\nhttp_requests_in_progress 1.0" in text, "of the worker that lives"
