"""The pictures show what the program says today, and need nothing but themselves."""

import re
from pathlib import Path

import pytest

from tools.pictures import IMAGES, SCREENS, picture, words

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize("name", SCREENS)
def test_a_picture_shows_what_the_program_says_today(name: str) -> None:
    kept = (IMAGES / f"{name}.svg").read_text(encoding="utf-8")
    assert words(kept) == words(picture(name)), "run `make pictures`"


@pytest.mark.parametrize("path", sorted(IMAGES.glob("*.svg")), ids=lambda path: path.name)
def test_a_picture_needs_no_network_and_names_no_machine(path: Path) -> None:
    svg = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.findall(r"https?:|@import|//\w|href|<script|<image", svg)
    assert not re.findall(r"/tmp|/home|/root|/work", svg)  # noqa: S108 - looked for, not used


def test_every_picture_is_shown_and_made_by_the_script() -> None:
    linked = {
        Path(target).name
        for document in DOCUMENTS
        for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", document.read_text(encoding="utf-8"))
    }
    assert linked == {f"{name}.svg" for name in SCREENS}
    assert {path.stem for path in IMAGES.iterdir()} == set(SCREENS)
