"""Each panel of a project's dashboards shows something, in a project of each pattern that runs."""

import json
import math
import time
from collections.abc import Iterator

import pytest

from tests.observed.conftest import Observed, drive

pytestmark = pytest.mark.project
# What Grafana puts in place of it, at four times the interval of scraping and not below.
RATE_INTERVAL = "20s"


def queries(observed: Observed) -> Iterator[tuple[str, str]]:
    """Where a query stands, and the query."""
    for file in sorted((observed.project / "deploy/observability/dashboards").rglob("*.json")):
        board = json.loads(file.read_text())
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                expression = target["expr"].replace("$__rate_interval", RATE_INTERVAL)
                yield f"{board['title']}: {panel['title']}", expression


def shows(observed: Observed, expression: str) -> bool:
    """Whether it has a number at any time of the last ten minutes."""
    now = time.time()
    asked = {"query": expression, "start": f"{now - 600:.0f}", "end": f"{now:.0f}", "step": "2"}
    series = observed.asked("query_range", **asked)["result"]
    return any(not math.isnan(float(value)) for one in series for _, value in one["values"])


def test_no_panel_is_empty(observed: Observed) -> None:
    asked = list(queries(observed))
    assert len(asked) > 50
    empty = [one for one in asked if not shows(observed, one[1])]
    if empty:
        # What had all been counted before Prometheus first looked has no rate, and no quantile.
        drive(observed.project, observed.base_url)
        empty = [one for one in empty if not shows(observed, one[1])]
    assert empty == []
    assert not shows(observed, "http_request_total"), "what nobody has is seen to be missing"
