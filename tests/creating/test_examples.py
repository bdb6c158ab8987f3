"""`blueprint new NAME --example EXAMPLE`: what the examples are, and what comes with them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ruamel.yaml import YAML

from blueprint_cli.errors import TemplateBroken
from blueprint_cli.record.record import read_record
from blueprint_cli.templates.builtin import load_examples
from tests.program import Run, WriteTemplates

SHOP = ["identity", "catalog", "orders", "notifications"]
TREES = """\
# Trees, and who waters them.
blueprint: 1
contexts:
  # Who.
  identity: {}
  catalog: {}
  orders: {}
  notifications: {}
"""


def contexts(project: Path) -> dict[str, object]:
    data = YAML(typ="safe", pure=True).load(project / "blueprint.yaml")
    return dict(data["contexts"])


@pytest.fixture
def trees(tiny: Path) -> Path:
    """A folder to stand in, and templates with an example."""
    examples = tiny.parent / "some templates" / "examples"
    examples.mkdir()
    (examples / "trees.yaml").write_text(TREES)
    return tiny


def test_templates_list_shows_each_with_a_line(run: Run) -> None:
    examples = {one.name: one.summary for one in load_examples()}
    assert "shop" in examples
    shown = run("templates", "list").out
    document = json.loads(run("templates", "list", "--json").out)
    assert {one["name"]: one["summary"] for one in document["examples"]} == examples
    for name, summary in examples.items():
        assert name in shown
        assert summary.split()[-1] in shown


def test_the_spec_has_the_examples_contexts_as_they_are_written(trees: Path, run: Run) -> None:
    assert run("new", "park", "--example", "trees", "--no-git").code == 0
    assert list(contexts(trees / "park")) == SHOP
    assert "contexts:\n  # Who.\n  identity: {}\n" in (trees / "park/blueprint.yaml").read_text()


def test_the_functions_of_an_example_are_written_and_not_in_the_base(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = json.loads(run("new", "clinic", "--example", "clinic", "--no-git", "--json").out)
    assert made["to_write"] == []
    path = "src/clinic/domain/within_opening_hours.py"
    body = (tmp_path / "clinic" / path).read_text(encoding="utf-8")
    assert "NotImplementedError" not in body
    rendered = read_record(tmp_path / "clinic").base[path].content.decode()
    assert "raise NotImplementedError" in rendered
    signature = next(line for line in rendered.splitlines() if line.startswith("def "))
    assert signature in body
    shown = json.loads(run("diff", "clinic", "--json").out)
    assert (shown["state"], shown["changes"]["yours"]["edited"]) == ("unchanged", [path])


def test_a_context_by_hand_begins_as_its_owners_own(run: Run, tmp_path: Path) -> None:
    answers, project = tmp_path / "answers.yaml", tmp_path / "shop"
    answers.write_text(f"{TREES}  reports: {{by: hand}}\n")
    made = run("new", "shop", "--answers", answers, "--defaults", "--no-git", "--output", project)
    assert made.code == 0, made
    wiring = "src/reports/wiring.py"
    assert "def wire(" in (project / wiring).read_text(encoding="utf-8")
    assert wiring not in read_record(project).base
    assert json.loads(run("diff", project, "--json").out)["state"] == "unchanged"
    assert run("check", project).code == 0


def opening_hours() -> Callable[..., bool]:
    (example,) = (one for one in load_examples() if one.name == "clinic")
    module: dict[str, Any] = {}
    exec(example.bodies["clinic/domain/within_opening_hours.py"], module)  # noqa: S102 - it is ours
    return cast("Callable[..., bool]", module["within_opening_hours"])


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        ("2026-03-02T08:00Z", "2026-03-02T08:30Z", True),
        ("2026-03-06T17:00Z", "2026-03-06T18:00Z", True),
        ("2026-03-02T07:59Z", "2026-03-02T08:30Z", False),
        ("2026-03-06T17:00Z", "2026-03-06T18:01Z", False),
        ("2026-03-07T10:00Z", "2026-03-07T11:00Z", False),
        ("2026-03-02T17:00Z", "2026-03-03T09:00Z", False),
        ("2026-03-02T09:00+02:00", "2026-03-02T10:00+02:00", False),
    ],
)
def test_the_clinic_is_open_on_weekdays_from_8_to_18_in_utc(
    begins: str, ends: str, expected: object
) -> None:
    row = SimpleNamespace(
        starts_at=datetime.fromisoformat(begins), ends_at=datetime.fromisoformat(ends)
    )
    assert opening_hours()(row, datetime.now(UTC), None) is expected


def test_answers_and_settings_stand_beside_an_example(trees: Path, run: Run) -> None:
    answers = trees / "answers.yaml"
    answers.write_text("# Ours.\nproject: {owner: team-a}\ncontexts: {reviews: {by: hand}}\n")
    made = run(
        "new", "park", "--example", "trees", "--answers", answers,
        "--set", "slo.p95_ms=50", "--pattern", "monolith", "--no-git",
    )  # fmt: skip
    assert made.code == 0, made.err
    assert contexts(trees / "park") == {"reviews": {"by": "hand"}} | {name: {} for name in SHOP}
    assert (trees / "park/blueprint.yaml").read_text().startswith("# Ours.\n")


def test_an_unknown_example_is_refused_with_the_nearest(trees: Path, run: Run) -> None:
    result = run("new", "park", "--example", "trese", "--json")
    assert result.code == 2
    error = json.loads(result.out)["error"]
    assert error["code"] == "example-not-found"
    assert "did you mean trees?" in error["message"]
    assert list(trees.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["blueprint: 1\ncontexts:\n  identity: {}\n", "# A line.\nblueprint: 1\n"]
)
def test_an_example_says_what_it_is_and_has_contexts(text: str, templates: WriteTemplates) -> None:
    root = templates({"examples/trees.yaml": text})
    with pytest.raises(TemplateBroken, match="begins with a comment"):
        load_examples(root)
