"""What a review leaves in a rendered project is the project's own: nothing else trips over it."""

import json
import shutil
from pathlib import Path

import pytest

from tests.program import git
from tests.recommendation.conftest import Run
from tests.rendered import render
from tests.reviewing.benches import bench, written


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop = render(tmp_path_factory.mktemp("rendered") / "shop", "--defaults")
    git(shop, "init", "--quiet")
    for name, value in (("user.name", "Ada"), ("user.email", "ada@example.com")):
        git(shop, "config", name, value)
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "Begin")
    return shop


def test_what_is_kept_and_written_survives_check_update_and_evolve(
    rendered: Path, tmp_path: Path, run: Run
) -> None:
    shop = Path(shutil.copytree(rendered, tmp_path / "shop"))
    before = run("check", shop, "--json").document
    done = run("review", shop, "--bench", written(tmp_path, bench()), "--keep", "--write")
    assert done.code == 0, done.err
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "Review it")
    assert git(shop, "show", "--name-only", "--format=").splitlines() == [
        ".blueprint/measured.json",
        "docs/decisions/0002-review.md",
    ]
    checked = run("check", shop, "--json").document
    assert checked["projects"][0]["findings"] == before["projects"][0]["findings"]
    unchanged = run("update", shop, "--json").document
    assert unchanged["state"] == "unchanged"
    assert "docs/decisions/0002-review.md" not in unchanged["changes"]["yours"]["added"]
    kept = (shop / ".blueprint" / "measured.json").read_bytes()
    moved = run("evolve", shop, "--to", "microservices", "--json")
    assert moved.document["state"] == "done", moved.err
    assert (shop / ".blueprint" / "measured.json").read_bytes() == kept
    assert "by what was measured" in (shop / "docs/decisions/0002-review.md").read_text()
    record = (shop / "docs/decisions/0003-architecture.md").read_text()
    assert "Estimates are corrected by what was measured: capacity 0.5 times" in record
    # The factors hold until somebody measures again, and say where they are from.
    assert "monolith, bench at" in run("recommend", shop).out


def test_every_key_of_the_document_is_described(rendered: Path, tmp_path: Path, run: Run) -> None:
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    section = page.partition("## `blueprint review`")[2].partition("\n## ")[0]
    done = run("review", rendered, "--bench", written(tmp_path, bench()), "--json")
    found = json.loads(done.out)
    keys = {*found, *found["corrections"], *found["corrections"]["measured"]}
    for listed in ("requirements", "figures", "triggers", "problems", "costs"):
        keys |= {key for one in found[listed] for key in one}
    assert [key for key in sorted(keys) if f"`{key}`" not in section] == []
