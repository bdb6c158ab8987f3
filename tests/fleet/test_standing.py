"""`blueprint fleet`: what it says of each project, the same on every way; and what it leaves."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.version import installed_version
from tests.conftest import COPIER_YML
from tests.fleet.conftest import new
from tests.program import Run, badly_broken, git
from tests.records import rendered_as
from tests.rendered import files_of
from tests.updating.scenarios import commit, write

ALL = ["behind", "changed", "conflicting", "damaged", "fine", "managed", "mono/one", "mono/three",
       "mono/two", "nothing", "unfinished", "without-git"]  # fmt: skip


def projects(run: Run, *arguments: str | Path) -> dict[str, dict[str, Any]]:
    """What the document says of each project, by its name."""
    document = json.loads(run("fleet", *arguments, "--json").out)
    return {each["project"]["name"]: each for each in document["projects"]}


def test_each_project_is_told_as_it_stands(run: Run, fleet: Path) -> None:
    found = projects(run, *ALL)
    assert list(found) == [name.rpartition("/")[2] for name in ALL]
    fine = found["fine"]
    assert fine == {
        "project": {"name": "fine", "place": str(fleet / "fine"), "path": str(fleet / "fine")},
        "ok": True,
        "problem": None,
        "pattern": "monolith",
        "template": {
            "name": "monolith",
            "kind": "builtin",
            "source": "builtin",
            "ref": "",
            "commit": "",
            "version": installed_version(),
            "newest": installed_version(),
            "lags": False,
        },
        "standard": None,
        "drift": {"edited": 0, "deleted": 0, "managed": 0},
        "findings": {"errors": 0, "warnings": 0, "notes": 0, "rules": {}, "failing": 0},
        "unfinished": None,
        "owner": "",
        "changed": git(fleet / "fine", "log", "-1", "--format=%cI"),
    }
    assert found["behind"]["template"]["lags"]
    assert found["behind"]["template"]["version"] == "0.0.1"
    assert found["behind"]["owner"] == "@acme/team-behind"
    assert found["behind"]["drift"] == {"edited": 0, "deleted": 0, "managed": 0}
    assert found["changed"]["drift"] == {"edited": 1, "deleted": 1, "managed": 0}
    assert found["managed"]["drift"] == {"edited": 1, "deleted": 0, "managed": 1}
    assert found["managed"]["findings"]["rules"] == {"BP102": 1}
    assert found["unfinished"]["unfinished"] == {
        "command": "update",
        "interrupted": False,
        "conflicts": ["a.txt"],
    }
    assert found["without-git"]["ok"]
    assert found["without-git"]["changed"] is None
    ok = {name for name, each in found.items() if each["ok"]}
    assert ok == {"fine", "conflicting", "three", "without-git"}


def test_what_cannot_be_read_is_a_row_with_the_reason(run: Run, fleet: Path) -> None:
    found = projects(run, "damaged", "nothing", "nowhere", "*.nothing", "https://[", "fine")
    codes = {name: each["problem"] and each["problem"]["code"] for name, each in found.items()}
    assert codes == {
        "damaged": "record-damaged",
        "nothing": "not-a-project",
        "nowhere": "not-a-project",
        "*.nothing": "not-a-project",
        "[": "source-refused",
        "fine": None,
    }
    assert found["damaged"]["findings"]["errors"] == 1
    shown = run("fleet", "damaged", "nowhere").out
    assert "is not the archive that" in shown
    assert f"there is no folder {fleet / 'nowhere'}" in shown


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["fine", "without-git"], 0),
        (["fine", "behind"], 1),
        (["managed"], 1),
        (["unfinished"], 1),
        (["nothing"], 1),
        (["nowhere"], 1),
        ([], 2),
        (["--list", "nowhere.txt"], 2),
        (["--jobs", "0", "fine"], 2),
        (["fine", "--html", "nowhere/fleet.html"], 2),
    ],
)
def test_the_exit_code_says_whether_all_is_fine(
    arguments: list[str], code: int, run: Run, fleet: Path
) -> None:
    del fleet
    assert run("fleet", *arguments).code == code


class Table(HTMLParser):
    """The rows of the page's table."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "tr":
            self.rows.append([])
        self._inside = tag in {"th", "td"}
        if self._inside:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in {"th", "td"}

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.rows[-1][-1] += data


def rows_of_text(text: str) -> list[list[str]]:
    """The cells of the table, by the columns that its head begins."""
    head, *lines = text.split("\n\n", maxsplit=1)[0].splitlines()
    starts = [0, *(match.start() for match in re.finditer(r"(?<=\s\s)\S", head))]
    ends = [*starts[1:], None]
    return [
        [line[begin:end].strip() for begin, end in zip(starts, ends, strict=True)]
        for line in (head, *lines)
    ]


def counted(cell: str) -> dict[str, int]:
    """What a cell such as `2 errors, 1 note` counts."""
    parts = (part.split(" ", 1) for part in cell.split(", ") if part)
    return {kind.removesuffix("s"): int(number) for number, kind in parts}


def test_the_table_the_document_and_the_page_say_the_same(
    run: Run, fleet: Path, tmp_path: Path
) -> None:
    del fleet
    page = tmp_path / "fleet.html"
    text = run("fleet", *ALL, "--html", page).out
    document = json.loads(run("fleet", *ALL, "--json").out)
    table = Table()
    table.feed(page.read_text(encoding="utf-8"))
    (_, *head), *rows = table.rows
    (_, *same_head), *same_rows = rows_of_text(text)
    assert (head, rows) == (same_head, same_rows)
    for row, each in zip(rows, document["projects"], strict=True):
        told = dict(zip(["project", *head], row, strict=True))
        assert told["project"].startswith(each["project"]["name"])
        assert told["pattern"] == each["pattern"]
        assert told["owner"] == each["owner"]
        assert told["last change"] == (each["changed"] or "")[:10]
        origin, drift, findings = each["template"], each["drift"], each["findings"]
        if origin:
            assert told["template"] == origin["source"]
            later = [origin["newest"]] if origin["lags"] else []
            assert told["version"].split(" → ") == [origin["version"], *later]
        assert counted(told["drift"]) == {k: n for k, n in (drift or {}).items() if n}
        kinds = ("error", "warning", "note")
        severities = {kind: findings[f"{kind}s"] for kind in kinds} if findings else {}
        assert counted(told["findings"]) == {k: n for k, n in severities.items() if n}
        assert bool(told["state"]) == bool(each["problem"] or each["unfinished"])
    counts = document["counts"]
    assert f"12 projects: {counts['behind']} behind, {counts['with_errors']} with errors" in text
    assert text.splitlines()[-1] in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", ["60", "80", "120"])
def test_it_fits_the_terminal(
    width: str, run: Run, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del fleet
    wide = run("fleet", *ALL).out
    monkeypatch.setenv("COLUMNS", width)
    narrow = run("fleet", *ALL).out
    assert badly_broken(narrow, wide, int(width)) == []


def test_a_list_names_projects_too(run: Run, fleet: Path, tmp_path: Path) -> None:
    listed = tmp_path / "lists" / "fleet.txt"
    listed.parent.mkdir()
    (listed.parent / "here").symlink_to(fleet)
    listed.write_text("# ours\nhere/fine  # the best\n\nhere/mono\nhere/w*\n")
    found = projects(run, "--list", listed, "fine", "mono/one")
    assert list(found) == ["fine", "one", "three", "two", "without-git"]
    listed.write_text("# nothing yet\n")
    assert run("fleet", "--list", listed).code == 2


def test_a_glob_takes_the_projects_among_what_matches(run: Run, fleet: Path) -> None:
    del fleet
    assert list(projects(run, "[fn]*")) == ["fine"]
    assert set(projects(run, "**/t*")) == {"two", "three"}


def test_projects_of_one_name_are_told_apart(run: Run, copy: Path) -> None:
    new(copy / "other" / "fine")
    shown = run("fleet", "fine", "other/fine").out
    assert "\nfine (fine) " in shown
    assert "\nfine (other/fine) " in shown


def test_a_repository_is_cloned_and_looked_at(run: Run, fleet: Path) -> None:
    address = (fleet / "mono").as_uri()
    before = files_of(fleet / "mono")
    found = projects(run, address, f"git+{(fleet / 'fine').as_uri()}")
    assert {name: each["project"]["path"] for name, each in found.items()} == dict.fromkeys(
        ["one", "three", "two", "fine"]
    )
    assert found["two"]["project"]["place"] == f"{address}#subdirectory=two"
    assert found["two"]["changed"] == git(fleet / "mono", "log", "-1", "--format=%cI")
    assert files_of(fleet / "mono") == before
    gone = projects(run, f"{address}-gone")
    assert [each["problem"]["code"] for each in gone.values()] == ["source-failed"]


def test_a_later_tag_is_known_once_it_was_asked_for(run: Run, copy: Path, tmp_path: Path) -> None:
    source = tmp_path / "team-template"
    write(source, "copier.yml", COPIER_YML)
    git(source, "init", "--quiet")
    commit(source)
    git(source, "tag", "v1.0.0")
    rendered_as(
        copy / "fine",
        {
            "name": "team-template",
            "kind": "copier",
            "source": f"git+{source.as_uri()}",
            "version": "1.0.0",
            "ref": "v1.0.0",
            "commit": git(source, "rev-parse", "HEAD"),
        },
    )

    def known(*arguments: str) -> tuple[str | None, bool | None]:
        told = projects(run, "fine", *arguments)["fine"]["template"]
        return told["newest"], told["lags"]

    assert known() == (None, None)
    assert known("--online") == ("v1.0.0", False)
    git(source, "tag", "v1.1.0")
    assert known() == ("v1.0.0", False)
    assert known("--online") == ("v1.1.0", True)
    assert known() == ("v1.1.0", True)
    shown = run("fleet", "fine").out
    assert "team-template (copier)" in shown
    assert "1.0.0 → v1.1.0" in shown


def test_nothing_is_changed_by_looking(run: Run, fleet: Path) -> None:
    before = files_of(fleet)
    run("fleet", *ALL)
    assert files_of(fleet) == before
