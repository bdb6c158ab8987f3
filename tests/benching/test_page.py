"""The page of a bench: what stands in it, and in a real browser whether all can read it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

from blueprint_cli.benching.baseline import Worse
from blueprint_cli.benching.observed import Observed
from blueprint_cli.benching.page import as_html, headline
from tests.benching.results import INVALID, result
from tests.browser import launched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from blueprint_cli.benching.command import Result

DAY = dt.date(2026, 11, 29)
WORSE = (Worse("knee", 506.2, 225, 168.7),)
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SIZES = """() => [...document.querySelectorAll("figure svg text")]
    .map((text) => text.getBoundingClientRect().height)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as one:
        yield one


def missed() -> Result:
    made = result()
    slow, *others = made.verdict.held
    held = (dataclasses.replace(slow, kept=False), *others)
    return dataclasses.replace(made, verdict=dataclasses.replace(made.verdict, held=held))


@pytest.mark.parametrize(
    ("found", "worse", "said"),
    [
        (result(), (), "The SLO is kept"),
        (result(), WORSE, "The SLO is kept, but it is worse than before"),
        (result(leak=34), (), "The SLO is kept, but memory grows"),
        (missed(), (), "The SLO is missed: p95"),
        (result(invalid=INVALID), (), "This run is worth nothing"),
    ],
)
def test_the_headline_is_the_verdict(found: Result, worse: tuple[Worse, ...], said: str) -> None:
    assert headline(found, worse) == said
    assert f"{said}</h1>" in as_html(found, worse)


def test_it_has_what_the_document_has() -> None:
    page = as_html(result(leak=34), WORSE, date=DAY)
    for text in (
        "memory of granian app.server:create_app grows by 34 MiB a minute",
        "Worse than the baseline: knee 225.0 requests/s, before 506.2 requests/s",
        "GET /v1/orders/{id}",
        "orders.order-confirmed.v1 → notification order_confirmed",
        "orders, placed → settled",
        "It kept up with 338 requests a second",
        "2 cores of A processor, 7.8 GiB",
        "29 November 2026",
    ):
        assert text in page
    for chart in (
        "Latency, milliseconds",
        "Answers a second",
        "Errors, percent",
        "Percent of the answers within so many milliseconds",
        "Processor time, percent of one core",
        "Memory of its own, MiB",
        "Age of the oldest message that waits, seconds",
    ):
        assert f'aria-label="{chart}: ' in page
    assert page == as_html(result(leak=34), WORSE, date=DAY)


def test_of_a_project_that_nobody_could_look_into_there_are_the_answers() -> None:
    found = dataclasses.replace(result(), observed=Observed(), url="http://127.0.0.1:8000")
    page = as_html(found)
    assert "at http://127.0.0.1:8000" in page
    assert "What it took" not in page
    assert "From commit to effect" not in page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 340])
def test_everybody_can_read_it(
    browser: Browser, tmp_path: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    place = tmp_path / "bench.html"
    place.write_text(as_html(result(leak=34), WORSE, date=DAY), encoding="utf-8")
    complaints: list[str] = []
    # axe has to run inside the page, whose policy forbids every script.
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    shown = context.new_page()
    shown.on("console", lambda message: complaints.append(message.text))
    shown.on("request", lambda request: complaints.append(request.url))
    shown.goto(place.as_uri())
    assert [one for one in complaints if not one.startswith("data:")] == [place.as_uri()]
    assert all(height >= 9 for height in shown.evaluate(SIZES))
    for summary in shown.locator("summary").all():
        summary.click()
    assert shown.evaluate(TOO_WIDE) == 0
    found = Axe().run(shown)
    assert found.violations_count == 0, found.generate_report()
    context.close()
