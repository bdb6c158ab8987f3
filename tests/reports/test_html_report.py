"""The HTML report: complete, self-contained, accessible, and shown by a real browser."""

import itertools
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, ViewportSize

from blueprint_cli.__main__ import main
from blueprint_cli.reports.html import STYLE
from tests.browser import launched

CLINIC = Path(__file__).parents[2] / "templates" / "examples" / "clinic.yaml"
ANSWERS = {
    "plain": CLINIC.read_text(encoding="utf-8")
    + "requirements: {teams: 12, developers: 90, independent_deploys_needed: true,\n"
    "  consumers_per_event: 4, requests_per_second_avg: 400, consistency: eventual}\n",
    "empty": "requirements: {}\n",
    "contradictory": "requirements: {teams: 9, developers: 4, p95_latency_ms: 5}\n",
}
DESK: ViewportSize = {"width": 1000, "height": 900}
PHONE: ViewportSize = {"width": 340, "height": 700}
SIZES = """() => [...document.querySelectorAll("figure svg text")]
    .map((text) => text.getBoundingClientRect().height)"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
COLOUR = "getComputedStyle(document.body).{}"
CUT_OFF = """() => [...document.querySelectorAll("table")]
    .filter((table) => table.offsetParent && table.scrollWidth > 740).length"""


@pytest.fixture(scope="module", params=list(ANSWERS))
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    answers, report = folder / "given.yaml", folder / "report.html"
    answers.write_text(ANSWERS[request.param], encoding="utf-8")
    assert main(["recommend", "--answers", str(answers), "--html", str(report)]) == 0
    return report


class Outline(HTMLParser):
    """Collects tags, and complains about those that are never closed."""

    VOID = frozenset({"meta", "link", "line", "path", "polyline", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_it_is_well_formed_and_needs_nothing_else(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    outline = Outline()
    outline.feed(text)
    assert outline.open == []
    assert "script" not in {tag for tag, _ in outline.tags}
    for _, attributes in outline.tags:
        for name in ("src", "href", "xlink:href"):
            assert attributes.get(name, "data:") == "data:,"[: len(attributes.get(name) or "data:")]
    assert not re.search(r"(https?:)?//|url\(|@import", text)


def test_it_can_be_read_without_seeing_it(page: Path) -> None:
    outline = Outline()
    outline.feed(page.read_text(encoding="utf-8"))
    assert ("html", {"lang": "en"}) in outline.tags
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    for tag, attributes in outline.tags:
        if tag == "svg":
            assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
        if tag == "th":
            assert attributes["scope"] in {"row", "col"}


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_colours_have_contrast_in_light_and_dark() -> None:
    light, dark, *_ = re.findall(r":root \{(.*?)\}", STYLE.read_text(encoding="utf-8"), re.DOTALL)
    for block in (light, dark):
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        paper = luminance(colours["paper"])
        for name, colour in colours.items():
            if name in {"paper", "rule", "track", "warn"}:
                continue
            least = 4.5 if name in {"ink", "quiet"} else 3.0
            pair = sorted((paper, luminance(colour)))
            assert (pair[1] + 0.05) / (pair[0] + 0.05) >= least, name


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as one:
        yield one


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, page: Path) -> Iterator[Open]:
    """Open the page as somebody would see it; fail on whatever the browser complains about."""
    complaints: list[str] = []
    contexts = []

    def _open(viewport: ViewportSize, scheme: Literal["light", "dark"] = "light") -> Page:
        # axe has to run inside the page, whose policy forbids every script.
        context = browser.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=True)
        contexts.append(context)
        shown = context.new_page()
        shown.on("console", lambda message: complaints.append(message.text))
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        shown.on("request", lambda request: requests.append(request.url))
        requests: list[str] = []
        shown.goto(page.as_uri())
        assert [url for url in requests if not url.startswith("data:")] == [page.as_uri()]
        return shown

    yield _open
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_a_browser_shows_it_whole(opened: Open, viewport: ViewportSize) -> None:
    shown = opened(viewport)
    assert shown.title().startswith("Recommended architecture: ")
    assert shown.evaluate(TOO_WIDE) == 0
    assert all(height >= 9 for height in shown.evaluate(SIZES))
    for summary in shown.locator("summary").all():
        summary.click()
    assert shown.evaluate(TOO_WIDE) == 0


def test_the_page_forbids_itself_what_it_does_not_need(browser: Browser, page: Path) -> None:
    context = browser.new_context()
    shown = context.new_page()
    said: list[str] = []
    shown.on("console", lambda message: said.append(message.text))
    shown.goto(page.as_uri())
    assert said == []
    shown.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/'}))")
    assert any("Content Security Policy" in text for text in said)
    context.close()


def test_it_is_dark_where_the_reader_is(opened: Open) -> None:
    for scheme, dark in (("light", False), ("dark", True)):
        shown = opened(DESK, scheme)
        paper, ink = (shown.evaluate(COLOUR.format(one)) for one in ("backgroundColor", "color"))
        assert (brightness(paper) < brightness(ink)) is dark


def brightness(colour: str) -> int:
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3])


@pytest.mark.parametrize(
    ("viewport", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"]
)
def test_axe_finds_nothing_that_keeps_anyone_out(
    opened: Open, viewport: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    shown = opened(viewport, scheme)
    for summary in shown.locator("summary").all():
        summary.click()
    results = Axe().run(shown)
    assert results.violations_count == 0, results.generate_report()


def test_it_can_be_printed(opened: Open) -> None:
    shown = opened(DESK, "dark")
    shown.emulate_media(media="print")
    assert brightness(shown.evaluate(COLOUR.format("backgroundColor"))) == 3 * 255
    shown.set_viewport_size({"width": 740, "height": 1000})  # A4 less its margins
    assert shown.evaluate(CUT_OFF) == 0
    assert shown.pdf(format="A4").startswith(b"%PDF-")
