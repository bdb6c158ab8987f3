"""The HTML report: complete, self-contained, accessible, and shown by a real browser."""

import html
import itertools
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from blueprint_cli.recommendation.report_html import STYLE
from tests.recommendation.conftest import Run

BROWSER = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (path := shutil.which(name))
    ),
    None,
)
ANSWERS = {
    "plain": "requirements: {teams: 12, developers: 90, independent_deploys_needed: true,\n"
    "  consumers_per_event: 4, requests_per_second_avg: 400, consistency: eventual}\n",
    "empty": "requirements: {}\n",
    "contradictory": "requirements: {teams: 9, developers: 4, p95_latency_ms: 5}\n",
}
MEASURE = """<!DOCTYPE html>
<iframe id=frame style="width:WIDTHpx;height:700px;border:0" srcdoc="PAGE"></iframe>
<script>addEventListener("load", () => {
  const page = document.getElementById("frame").contentDocument;
  const texts = [...page.querySelectorAll("figure svg text")];
  document.title = JSON.stringify({
    overflow: page.documentElement.scrollWidth - page.documentElement.clientWidth,
    smallest: Math.min(...texts.map((text) => text.getBoundingClientRect().height))});
});</script>"""


@pytest.fixture(params=list(ANSWERS))
def page(request: pytest.FixtureRequest, run: Run, tmp_path: Path) -> Path:
    (tmp_path / "given.yaml").write_text(ANSWERS[request.param], encoding="utf-8")
    outcome = run("recommend", "--answers", "given.yaml", "--html", "report.html")
    assert outcome.code == 0, outcome.err
    return tmp_path / "report.html"


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


@pytest.mark.parametrize("width", [340, 1000])
def test_a_browser_shows_it_whole_and_without_a_complaint(page: Path, width: int) -> None:
    if BROWSER is None:
        pytest.skip("no Chromium on PATH")
    escaped = html.escape(page.read_text(encoding="utf-8"))
    frame = page.with_name("frame.html")
    frame.write_text(
        MEASURE.replace("WIDTH", str(width)).replace("PAGE", escaped), encoding="utf-8"
    )
    shown = browse(frame, page.parent)
    title = re.search("<title>(.*?)</title>", shown)
    assert title, shown[:500]
    overflow, smallest = re.findall(
        r'"(?:overflow|smallest)":([\d.]+|null)', html.unescape(title[1])
    )
    assert overflow == "0"
    # What the empty set of texts has for a minimum is infinite, and null in JSON.
    assert smallest == "null" or float(smallest) >= 9


def test_a_browser_has_nothing_to_complain_about(page: Path) -> None:
    if BROWSER is None:
        pytest.skip("no Chromium on PATH")
    assert "Recommended: " in browse(page, page.parent)


def browse(page: Path, folder: Path) -> str:
    """Return the document as the browser understood it; fail on anything on its console."""
    done = subprocess.run(
        [
            str(BROWSER),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-extensions",
            "--enable-logging=stderr",
            "--v=0",
            "--window-size=1100,900",
            f"--user-data-dir={folder / 'profile'}",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert complaints == []
    return done.stdout
