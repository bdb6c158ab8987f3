"""CONTRIBUTING names every package and every folder of tests, and nothing that is not there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?!---)([^|\n]+) \| [^|\n]+ \|$", re.MULTILINE)
# A file or a folder of this repository, from its root; a name in brackets may be any.
PLACE = re.compile(
    r"`((?:src/blueprint_cli|templates|tests|tools|docs|benchmarks|\.github|\.ci)/[^`\s]*|[a-z_]+\.[a-z]+)`"
)


def rows(heading: str) -> set[str]:
    """Return what the first column of the tables after a line of the page names."""
    _, found, after = PAGE.partition(heading)
    assert found, heading
    table = re.split(r"\n(?:`|## )", after, maxsplit=1)[0]
    return {name for cell in ROW.findall(table) for name in re.findall(r"`([^`]+)`", cell)}


def folders(root: Path) -> set[str]:
    return {
        f"{path.name}/"
        for path in root.iterdir()
        if path.is_dir() and any(each.is_file() for each in path.rglob("[!.]*.*[!c]"))
    }


def test_every_package_of_the_program_is_named_and_there() -> None:
    root = ROOT / "src" / "blueprint_cli"
    modules = {path.name for path in root.glob("*.py") if not path.name.startswith("__")}
    assert rows("`src/blueprint_cli/`, from the top down.") == folders(root) | modules


def test_every_folder_of_the_templates_is_named_and_there() -> None:
    assert rows("\n`templates/`:") == folders(ROOT / "templates") | {"described/"}


def test_every_folder_of_tests_is_named_and_there() -> None:
    named = rows("`tests/` mirrors `src/blueprint_cli/`") - {"event_driven/"}
    assert named == folders(ROOT / "tests")
    packages = folders(ROOT / "src" / "blueprint_cli")
    assert named - packages == {
        "observed/",
        "checkers/",
        "deploy/",
        "described/",
        "docs/",
        "environment/",
        "packaging/",
        "projects/",
        "teams/",
    }


def test_every_place_where_something_is_added_is_there() -> None:
    lines = [line for line in PAGE.splitlines() if "(to come)" not in line]
    named = {
        place.split("<")[0].rpartition("/")[0]
        for line in lines
        for place in PLACE.findall(line)
        if "/" in place
    }
    assert {"src/blueprint_cli/checking/rules", "templates", "templates/contexts"} <= named
    assert [place for place in sorted(named) if not (ROOT / place).is_dir()] == []
