"""The page of a review: whole, self-contained, accessible, and shown by a real browser."""

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

from tests.browser import launched
from tests.recommendation.conftest import Run
from tests.reports.test_html_report import DESK, PHONE, TOO_WIDE, Outline
from tests.reviewing.benches import at_slo, bench, route, written
from tests.reviewing.conftest import MakeProject

HOSTILE = "GET /<script>alert(1)</script>"
REQUIREMENTS = "{requests_per_second_avg: 58, developers: 8, p95_latency_ms: 100}"


@pytest.fixture
def page(make_project: MakeProject, run: Run, prometheus: str, tmp_path: Path) -> Path:
    project = make_project(REQUIREMENTS)
    faults = written(tmp_path, bench(**at_slo(routes=[route(HOSTILE, 340.0)])))
    report = tmp_path / "review.html"
    asked: list[Any] = ["--bench", faults, "--prometheus", prometheus, "--window", "6h"]
    done = run("review", project, *asked, "--html", report)
    assert done.code == 1, done.err
    assert f"Wrote {report}" in " ".join(done.err.split())
    return report


def test_it_is_well_formed_and_obeys_nothing_that_it_shows(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    outline = Outline()
    outline.feed(text)
    assert outline.open == []
    assert "script" not in {tag for tag, _ in outline.tags}
    assert "&lt;script&gt;alert(1)" in text
    assert not re.search(r"(?:src|href)=\"(?!data:)|url\(|@import", text)
    levels = [tag for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count("h1") == 1


def test_without_measurements_it_is_whole_as_well(
    make_project: MakeProject, run: Run, tmp_path: Path
) -> None:
    report = tmp_path / "review.html"
    assert run("review", make_project(), "--html", report).code == 0
    outline = Outline()
    outline.feed(report.read_text(encoding="utf-8"))
    assert outline.open == []


def test_a_browser_shows_it_whole_and_axe_finds_nothing(page: Path) -> None:
    said: list[str] = []
    with launched() as browser:
        for viewport, scheme in ((DESK, "light"), (PHONE, "dark")):
            context = browser.new_context(
                viewport=viewport,
                color_scheme="dark" if scheme == "dark" else "light",
                bypass_csp=True,  # axe has to run inside the page, whose policy forbids scripts
            )
            shown = context.new_page()
            shown.on("console", lambda message: said.append(message.text))
            shown.goto(page.as_uri())
            for summary in shown.locator("summary").all():
                summary.click()
            assert shown.evaluate(TOO_WIDE) == 0
            results = Axe().run(shown)
            assert results.violations_count == 0, results.generate_report()
            context.close()
    assert said == []
