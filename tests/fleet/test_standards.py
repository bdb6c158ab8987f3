"""`blueprint fleet try --standard`: what `check` would find in each project, before it does."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.program import Run, git
from tests.rendered import files_of
from tests.updating.scenarios import commit, write

STANDARD = """\
standard: 1
name: acme
version: {version}
checks:
  - id: ACME-001
    title: A project says who answers for it
    why: Somebody has to be asked.
    fix: Write OWNERS.md.
    must_exist: [OWNERS.md]
{more}"""
MORE = """\
  - id: ACME-002
    title: b.txt is not wanted
    why: It is old.
    fix: Remove it.
    severity: warning
    must_not_exist: [b.txt]
"""


def tried(run: Run, *arguments: str | Path) -> dict[str, dict[str, Any]]:
    document = json.loads(run("fleet", "try", *arguments, "--json").out)
    return {each["project"]["name"]: each for each in document["projects"]}


@pytest.fixture
def standard(tmp_path: Path) -> Path:
    """A repository with a released standard, and a stricter one on its branch."""
    source = tmp_path / "acme standard"
    write(source, "standard.yaml", STANDARD.format(version="1.0.0", more=""))
    git(source, "init", "--quiet", "--initial-branch", "main")
    commit(source)
    git(source, "tag", "v1.0.0")
    write(source, "standard.yaml", STANDARD.format(version="2.0.0", more=MORE))
    commit(source)
    return source


def test_a_candidate_says_what_would_be_found(run: Run, copy: Path, standard: Path) -> None:
    write(copy / "fine", "OWNERS.md", "We.\n")
    before = files_of(copy)
    everyone = ["behind", "changed", "damaged", "fine"]
    found = tried(run, *everyone, "--standard", standard, "--to", "main")
    assert {name: (each["state"], each["ok"]) for name, each in found.items()} == {
        "behind": ("findings", False),
        "changed": ("findings", False),  # which has no b.txt any more
        "damaged": ("failed", False),
        "fine": ("findings", True),
    }
    codes = {name: [one["id"] for one in each["new_findings"]] for name, each in found.items()}
    assert codes["behind"] == ["ACME-001", "ACME-002"]
    assert codes["changed"] == ["ACME-001"]
    assert codes["fine"] == ["ACME-002"]
    assert found["fine"]["to"]["standard"] == "acme 2.0.0"
    assert files_of(copy) == before
    result = run("fleet", "try", "fine", "changed", "--standard", standard, "--to", "main")
    assert result.code == 1
    assert "1 new warning" in result.out
    assert "standard none → acme 2.0.0" in result.out
    assert "  error ACME-001 OWNERS.md: is not here" in result.out
    assert result.out.endswith("2 projects: 2 with new findings: fine and changed.\n")


def test_what_is_found_today_is_not_new(run: Run, copy: Path, standard: Path) -> None:
    address = f"git+{standard.as_uri()}"
    made = run("new", "held", "--defaults", "--standard", address, "--standard-ref", "v1.0.0")
    assert made.code == 0, made.err
    commit(copy / "held")
    told = json.loads(run("fleet", "held", "--json").out)["projects"][0]
    assert told["findings"]["rules"] == {"ACME-001": 1}
    assert told["standard"]["ref"] == "v1.0.0"
    assert (told["standard"]["newest"], told["standard"]["lags"]) == ("v1.0.0", False)
    again = tried(run, "held", "--standard", address)["held"]
    assert (again["state"], again["ok"]) == ("unchanged", True)
    later = tried(run, "held", "--standard", address, "--to", "main")["held"]
    assert [one["id"] for one in later["new_findings"]] == ["ACME-002"]
    assert later["ok"]
    git(standard, "tag", "v2.0.0")
    run("fleet", "held", "--online")
    told = json.loads(run("fleet", "held", "--json").out)["projects"][0]
    assert (told["standard"]["newest"], told["standard"]["lags"]) == ("v2.0.0", True)


def test_a_standard_goes_without_a_template(run: Run, copy: Path, standard: Path) -> None:
    del copy
    assert run("fleet", "try", "fine", "--standard", standard, "--trust").code == 2
    assert run("fleet", "try", "fine", "--standard", standard, "--to", "nowhere").code == 2
