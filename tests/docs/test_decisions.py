"""Every decision record has a number, a status and a date, and the index says the same of each."""

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "decisions"
INDEX = FOLDER / "README.md"
HEAD = "| number | decision | status | date |\n| --- | --- | --- | --- |\n"
RECORD = re.compile(
    r"# (?P<number>\d+)\. (?P<title>[^\n]+)\n\n"
    r"Status: (?P<status>accepted|superseded by (?P<by>\d{4}))\. "
    r"Date: (?P<date>\d{4}-\d\d-\d\d)\.\n\n"
    r"## Context\n"
)
MODULE = re.compile(r"`([a-z_]+(?:/[\w.]+)+\.py)`")
RECORDS = sorted(path for path in FOLDER.glob("*.md") if path != INDEX)


@dataclass(frozen=True)
class Decision:
    number: str
    title: str
    status: str
    by: str | None
    date: str

    @classmethod
    def read(cls, path: Path) -> "Decision":
        found = RECORD.match(path.read_text(encoding="utf-8"))
        assert found, f"{path.name} has no title, status and date as the others have them"
        return cls(found["number"].zfill(4), *found.group("title", "status", "by", "date"))


def table() -> str:
    rows = ((path, Decision.read(path)) for path in RECORDS)
    return HEAD + "".join(
        f"| {record.number} | [{record.title}]({path.name}) | {record.status} | {record.date} |\n"
        for path, record in rows
    )


def test_the_index_lists_every_record_as_it_is() -> None:
    text = INDEX.read_text(encoding="utf-8")
    before, head, _ = text.partition(HEAD)
    assert head
    if os.environ.get("UPDATE_SNAPSHOTS"):
        INDEX.write_text(before + table(), encoding="utf-8")
    assert INDEX.read_text(encoding="utf-8") == before + table(), "UPDATE_SNAPSHOTS=1 makes it anew"


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.name[:4])
def test_a_record_says_what_it_is(path: Path) -> None:
    record = Decision.read(path)
    assert path.name.startswith(f"{record.number}-")
    assert date.fromisoformat(record.date) > date(2026, 1, 1)
    if record.by:
        assert list(FOLDER.glob(f"{record.by}-*.md")), f"{path.name}: there is no {record.by}"


@pytest.mark.parametrize(
    "head",
    [
        "# 1. A title\n\n## Context\n",
        "# 1. A title\n\nStatus: accepted.\n\n## Context\n",
        "# 1. A title\n\nStatus: superseded. Date: 2026-11-22.\n\n## Context\n",
    ],
)
def test_a_record_without_its_head_is_seen(head: str, tmp_path: Path) -> None:
    (tmp_path / "0001-a-title.md").write_text(head)
    with pytest.raises(AssertionError):
        Decision.read(tmp_path / "0001-a-title.md")


def test_every_module_that_a_record_names_is_in_the_program_or_in_a_project() -> None:
    ours = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    projects = [
        line
        for snapshot in (ROOT / "tests/templates/snapshots").rglob("*.txt")
        for line in snapshot.read_text(encoding="utf-8").splitlines()
    ]
    paths = [f"/{path}" for path in (*ours, *projects)]
    named = [
        (path.name, module)
        for path in RECORDS
        for module in MODULE.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(named) > 5
    assert [each for each in named if not any(path.endswith(f"/{each[1]}") for path in paths)] == []
