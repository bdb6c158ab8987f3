"""A project in a folder of a larger repository gets a workflow that its host reads at the root."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.program import Run, git

CHECKERS = Path(__file__).parents[2] / ".venv-checkers" / "bin"
CHECKED = (CHECKERS.parent / "ready").exists()
PLACE = "services/my shop"
PATTERNS = ["monolith", "microservices", "event-driven"]


@pytest.fixture
def monorepo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "monorepo"
    folder.mkdir()
    git(folder, "init", "--quiet")
    monkeypatch.chdir(folder)
    return folder


def make(run: Run, pattern: str, ci: str) -> str:
    """Make a project in a folder of the repository around; return what `new` says of it."""
    settings = ("--pattern", pattern, "--reason", "x", "--set", f"platform.ci={ci}")
    made = run("new", "shop", "--defaults", "--output", PLACE, *settings)
    assert made.code == 0, made.err
    return " ".join(made.err.split())


def printed(run: Run, monorepo: Path, where: str) -> Path:
    """Put the workflow where it says that it goes, as a user does."""
    result = run("templates", "workflow", PLACE)
    assert (result.code, result.err) == (0, "")
    first = result.out.splitlines()[0]
    assert first.startswith(f"# {where}: ")
    path = monorepo / where
    path.parent.mkdir(parents=True)
    path.write_text(result.out, encoding="utf-8")
    return path


def scripts(document: dict[str, Any], key: str) -> list[Any]:
    return [job[key] for job in document.values() if isinstance(job, dict) and key in job]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_githubs_runs_in_the_folder_and_only_for_it(pattern: str, run: Run, monorepo: Path) -> None:
    said = make(run, pattern, "github")
    assert ".github/dependabot.yml" in said
    assert ".github/workflows/ci.yml" in said
    assert f"blueprint templates workflow '{PLACE}'" in said
    assert {path.name for path in monorepo.iterdir()} == {".git", "services"}
    path = printed(run, monorepo, ".github/workflows/my-shop.yml")
    own = ".github/workflows/my-shop.yml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    on = document[True]  # what YAML 1.1 makes of `on`
    assert on["push"] == {"branches": ["main"], "paths": [f"{PLACE}/**", own]}
    assert on["pull_request"] == {"paths": [f"{PLACE}/**", own]}
    assert document["defaults"] == {"run": {"working-directory": PLACE}}
    assert document["permissions"] == {}
    before = sum(
        len(yaml.safe_load(each.read_text())["jobs"])
        for each in (monorepo / PLACE / ".github/workflows").iterdir()
    )
    assert len(document["jobs"]) == before
    steps = [step for job in document["jobs"].values() for step in job["steps"]]
    given = [step.get("with", {}) for step in steps]
    kept = [one["path"] for one in given if "path" in one]
    assert set(kept) == {f"{PLACE}/var/bench/baseline.json", f"{PLACE}/var/bench"}
    cached = [one["cache-dependency-path"] for one in given if "cache-dependency-path" in one]
    assert set(cached) == {f"{PLACE}/requirements-dev.txt"}
    for filters in (step["with"]["filters"] for step in steps if "filters" in str(step)):
        globs = [glob for globs in yaml.safe_load(filters).values() for glob in globs]
        assert {glob for glob in globs if not glob.startswith(f"{PLACE}/")} == {own}
    if pattern == "event-driven":
        compatible = document["jobs"]["compatible"]
        assert compatible["if"] == "github.event_name == 'pull_request'"
    if CHECKED:
        for command in (
            ["actionlint", "-no-color", own],
            ["zizmor", "--offline", "--no-progress", "--persona", "auditor", ".github"],
        ):
            done = subprocess.run(
                [CHECKERS / command[0], *command[1:]], cwd=monorepo, check=False,
                capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("pattern", PATTERNS)
def test_gitlabs_is_a_child_pipeline_of_the_folder(pattern: str, run: Run, monorepo: Path) -> None:
    said = make(run, pattern, "gitlab")
    assert ".gitlab-ci.yml" in said
    path = printed(run, monorepo, ".gitlab/my-shop.yml")
    text = path.read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    assert not {"workflow", "include"} & document.keys()
    assert "blueprint" in document
    for script in (*scripts(document, "script"), *scripts(document, "after_script")):
        assert script[0] == f"cd '{PLACE}'"
    bench = document["bench"]["cache"]
    caches = [one for one in scripts(document, "cache") if one is not bench]
    for cache in (*caches, bench[0]):
        assert cache["key"]["files"] == [f"{PLACE}/requirements-dev.txt"]
    assert bench[1]["key"] == "my-shop-bench"
    assert bench[1]["paths"] == [f"{PLACE}/var/bench/baselines"]
    assert document["bench"]["artifacts"]["paths"] == [f"{PLACE}/var/bench/bench.html"]
    changes = [
        rule["changes"]
        for rules in scripts(document, "rules")
        for rule in rules
        if "changes" in rule
    ]
    assert bool(changes) == (pattern != "monolith")
    for globs in changes:
        others = {glob for glob in globs if not glob.startswith(f"{PLACE}/")}
        assert others == {".gitlab/my-shop.yml"}
    assert document["blueprint"]["artifacts"]["reports"] == {"junit": f"{PLACE}/blueprint.xml"}
    shown = "".join(re.findall(r"^# ?(.*\n)", text, re.MULTILINE)[2:6])
    (trigger,) = yaml.safe_load(shown).values()
    assert trigger["trigger"]["include"] == ".gitlab/my-shop.yml"


def test_there_is_none_for_a_repository_of_its_own_or_without_a_host(
    run: Run, monorepo: Path
) -> None:
    assert "root alone" not in make(run, "monolith", "none")
    planned = run("new", "other", "--defaults", "--output", "services/other", "--dry-run", "--json")
    named = json.loads(planned.out)["not_read_there"]
    assert named == [path for path in json.loads(planned.out)["files"] if ".github/" in path] != []
    none = run("templates", "workflow", PLACE)
    assert (none.code, "has no workflow" in none.err) == (2, True)
    alone = monorepo.parent / "alone"
    assert run("new", "shop", "--defaults", "--output", alone).err == ""
    refused = run("templates", "workflow", alone)
    assert refused.code == 2
    assert "at its repository's root" in " ".join(refused.err.split())
