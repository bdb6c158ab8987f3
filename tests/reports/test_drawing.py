"""Drawings of architectures: inside their frame, without overlap, and with words for all of it."""

import datetime as dt
import itertools
import re
from pathlib import Path

import pytest

from blueprint_cli.clock import today
from blueprint_cli.patterns import PATTERNS, Pattern
from blueprint_cli.recommendation.recommend import recommend
from blueprint_cli.reports.drawing import drawing_of
from blueprint_cli.reports.html import as_html
from tests.recommendation.conftest import Run


@pytest.mark.parametrize("contexts", [1, 2, 3, 4, 40])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_part_is_drawn_inside_the_frame_and_beside_the_others(
    pattern: Pattern, contexts: int
) -> None:
    drawing = drawing_of(pattern, contexts)
    for box in drawing.boxes:
        assert 0 <= box.x < box.x + box.width <= drawing.width
        assert 0 <= box.y < box.bottom <= drawing.height
        assert all(len(text) * 7 <= box.width for _, text in box.lines)
    for one, other in itertools.combinations(drawing.boxes, 2):
        apart = one.bottom < other.y or other.bottom < one.y
        beside = one.x + one.width < other.x or other.x + other.width < one.x
        assert apart or beside
    texts = [text for box in drawing.boxes for _, text in box.lines]
    assert ("gateway" in texts) is (pattern != "monolith")
    assert ("Kafka: events" in texts) is (pattern == "event-driven")
    assert f"{contexts} context" in drawing.description
    for number in re.findall(r"-?[\d.]+", " ".join(drawing.arrows)):
        assert 0 <= float(number) <= max(drawing.width, drawing.height)


def test_the_report_draws_the_recommended_and_the_runner_up_with_words() -> None:
    page = as_html(recommend({"bounded_contexts": 7}), name="my shop", date=dt.date(2026, 2, 3))
    assert page.count("<desc>") == page.count("<title>The architecture of a") == 2
    assert "monolith, recommended." in page
    assert "the runner-up." in page
    assert "one process, which holds 7 contexts" in page
    assert "<title>Recommended architecture: monolith for my shop</title>" in page
    assert 'my shop, <time datetime="2026-02-03">3 February 2026</time>' in page
    assert "“The article” is the one that this program began from" in page


def test_the_day_comes_from_one_clock_that_can_be_fixed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert today() == dt.date(1970, 1, 2)
    (tmp_path / "a.yaml").write_text("project: {name: corner-shop}\nrequirements: {teams: 2}\n")
    assert run("recommend", "--answers", "a.yaml", "--html", "r.html").code == 0
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert 'corner-shop, <time datetime="1970-01-02">2 January 1970</time>' in page
    assert run("recommend", "--set", "requirements.teams=2", "--html", "s.html").code == 0
    assert ">2 January 1970<" in (tmp_path / "s.html").read_text(encoding="utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert today() > dt.date(2026, 1, 1)
