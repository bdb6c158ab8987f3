"""What users read is plain English: the field's terms, no metaphors, and nobody is a "he"."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
AVOIDED = re.compile(
    r"\b(he|him|his|himself|reckon\w*|surety|keepers?|mortals?|workshops?|hollow)\b", re.IGNORECASE
)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_has_no_metaphors(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [f"{n}: {line}" for n, line in enumerate(lines, 1) if AVOIDED.search(line)] == []


def test_the_words_are_seen() -> None:
    assert AVOIDED.findall("How it reckons what he needs") == ["reckons", "he"]
