"""What dashboards show of a run: what is asked, how lines are called, what is said of no value."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from blueprint_cli.__main__ import main
from blueprint_cli.benching.dashboards import Board, Drawn, Panel, Shown, read_boards, shown
from blueprint_cli.benching.page import as_html
from blueprint_cli.errors import Failed, UsageError
from blueprint_cli.prometheus import Prometheus
from blueprint_cli.templates.grafana import Query
from tests.benching.results import BEGAN, result
from tests.rendered import render

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.prometheus import Labels, Sample

NOTHING = Panel("Nothing", "s", (Query("nothing", ""),))
RATE = Panel("Requests", "reqps", (Query("rate(asked[$__rate_interval])", "{{job}} {{route}}"),))


class Answers(Prometheus):
    """Answers by query; it scraped at BEGAN + 30."""

    asked: list[tuple[str, float, float, int]] = []  # noqa: RUF012 - emptied by who looks

    def number(self, query: str, at: float) -> float | None:
        del query, at
        return BEGAN + 30

    def series(
        self, query: str, start: float, end: float, step: int
    ) -> list[tuple[Labels, list[Sample]]]:
        self.asked.append((query, start, end, step))
        if query == "nothing":
            return []
        samples = [(BEGAN + second, second / 2) for second in (0.0, 10.0, 20.0)]
        return [({"job": "shop", "route": "/v1/orders"}, samples), ({}, samples)]


def test_what_a_panel_asks_is_drawn_and_what_has_no_value_is_named() -> None:
    prometheus = Answers("http://127.0.0.1:9090")
    prometheus.asked.clear()
    boards = (Board("shop", (RATE, NOTHING)),)
    (board,) = shown(boards, prometheus, BEGAN, BEGAN + 30, scrape=2)
    assert prometheus.asked[0] == ("rate(asked[8s])", BEGAN, BEGAN + 30, 1)
    assert board.empty == ("Nothing",)
    (panel,) = board.panels
    assert list(panel.lines) == ["shop /v1/orders", "all"]


def test_the_page_has_a_chart_of_each_panel() -> None:
    lines = {f"line {number}": [(BEGAN, 0.1 * number), (BEGAN + 9, 0.2)] for number in range(9)}
    board = Shown(
        "shop: orders", BEGAN, (Drawn("Slow", "s", lines), Drawn("None", "none", {"": []})), ()
    )
    board = dataclasses.replace(board, panels=board.panels[:1], empty=("Nothing", "Else"))
    made = result()
    observed = dataclasses.replace(made.observed, dashboards=(board,))
    page = as_html(dataclasses.replace(made, observed=observed))
    assert 'aria-label="Slow, milliseconds: ' in page
    assert "line 8 up to 800.0 milliseconds" in page
    assert "line 1 up to" not in page  # of nine lines five can be told apart
    assert "Nothing to show of: Nothing, Else." in page
    assert "What the dashboards show" not in as_html(made)


def test_a_projects_dashboards_are_read_as_they_are(tmp_path: Path) -> None:
    project = render(
        tmp_path / "clinic", "--example", "clinic", "--set", "platform.observability=grafana"
    )
    boards = read_boards(project)
    assert [one.title for one in boards][:1] == ["shop"]
    assert {"shop: clinic", "shop: identity"} <= {one.title for one in boards}
    assert all(panel.queries for board in boards for panel in board.panels)
    file = next((project / "deploy/observability/dashboards").rglob("*.json"))
    for broken in ("{", "[]", json.dumps({"title": "a", "panels": [{"targets": [{}]}]})):
        file.write_text(broken)
        with pytest.raises(Failed, match="is no dashboard"):
            read_boards(project)


def test_what_cannot_be_drawn_is_said_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = str(render(tmp_path / "shop", "--defaults"))
    with pytest.raises(UsageError, match="has no dashboards"):
        read_boards(tmp_path / "shop")
    page = ["--html", str(tmp_path / "page.html")]
    up = ["--url", "http://127.0.0.1:1"]
    for options, said in (
        (["--prometheus", "own"], "Add --html"),
        ([*up, "--prometheus", "own"], "Add --html"),
        ([*page, "--prometheus", "own"], "has no dashboards"),
        ([*page, "--prometheus", "http://127.0.0.1:9"], "--prometheus own"),
        ([*page, *up, "--prometheus", "own"], "With --url give the address"),
        ([*page, *up, "--prometheus", "elsewhere"], "is no address of a server"),
    ):
        assert main(["bench", project, *options]) == 2
        told = capsys.readouterr()
        assert said in told.out + told.err
    assert not (tmp_path / "page.html").exists()
