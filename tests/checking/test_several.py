"""`blueprint check` of many projects: where it finds them, and how it reports on all of them."""

import json
import os
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from blueprint_cli.checking import check
from blueprint_cli.git.work_tree import prefix_in_repository
from tests.checking.test_command import validate_sarif
from tests.checking.test_rules import PEM, Edit
from tests.program import Result, Run, git

KEY = Edit("", "key.pem", PEM)


@pytest.fixture(scope="session")
def small_project(pristine_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's spec and record alone: all that finding it takes, and quick to copy."""
    folder = tmp_path_factory.mktemp("small")
    shutil.copytree(pristine_shop / ".blueprint", folder / ".blueprint")
    shutil.copy(pristine_shop / "blueprint.yaml", folder)
    (folder / "blueprint.yaml").write_text(
        (folder / "blueprint.yaml")
        .read_text()
        .replace("owned: []", "owned: [{path: src, reason: r}, {path: .github, reason: r}]")
    )
    return folder


@pytest.fixture
def monorepo(small_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two projects, one copy that git ignores, and one among dependencies."""
    top = tmp_path / "mono repo"
    for place in ("services/käse", "services/wine", "build/copy", "node_modules/theirs", "a/.b/c"):
        shutil.copytree(small_project, top / place)
    (top / ".gitignore").write_text("build/\nnode_modules/\n.b/\n")
    monkeypatch.chdir(top)
    return top


def places(result: Result, top: Path) -> list[str]:
    """Where the projects lie that a document speaks of."""
    projects = json.loads(result.out)["projects"]
    return [os.path.relpath(each["project"]["path"], top) for each in projects]


@pytest.mark.parametrize("with_git", [True, False])
def test_all_projects_below_a_folder_are_checked(
    monorepo: Path, run: Run, *, with_git: bool
) -> None:
    if with_git:
        git(monorepo, "init", "--quiet")
    else:
        shutil.rmtree(monorepo / "build")  # Without git nobody says that it does not count.
    assert places(run("check", "--json"), monorepo) == ["services/käse", "services/wine"]
    assert places(run("check", "services", "--json"), monorepo) == [
        "services/käse",
        "services/wine",
    ]


def test_without_git_installed_hidden_folders_and_dependencies_are_left_out(
    monorepo: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(monorepo, "init", "--quiet")
    (monorepo / "build/pyvenv.cfg").write_text("")
    monkeypatch.setenv("PATH", str(monorepo))
    assert places(run("check", "--json"), monorepo) == ["services/käse", "services/wine"]


def test_repositories_within_the_repository_are_looked_into(
    monorepo: Path, run: Run, small_project: Path
) -> None:
    git(monorepo, "init", "--quiet")
    for place in ("services/wine", "services"):
        git(monorepo / place, "init", "--quiet")
    git(monorepo / "services/wine", "add", "--all")
    git(monorepo / "services/wine", "commit", "--quiet", "--message", "x")
    git(monorepo / "services", "add", "wine")  # As a submodule is: a commit, and no files.
    assert places(run("check", "--json"), monorepo) == ["services/käse", "services/wine"]
    shutil.copytree(small_project, monorepo / "services/wine/var/copy")
    (monorepo / "services/wine/.gitignore").write_text("var/\n")
    assert places(run("check", "--json"), monorepo) == ["services/käse", "services/wine"]


@pytest.mark.parametrize("path", ["src/kit", "src/kit/clock.py", "var", ".blueprint"])
def test_inside_of_a_project_it_is_that_project(
    path: str, shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(shop.parent, "init", "--quiet")
    (shop / "var").mkdir()
    assert places(run("check", shop / path, "--json"), shop) == ["."]
    monkeypatch.chdir((shop / path) if (shop / path).is_dir() else (shop / path).parent)
    KEY.plant(shop)
    result = run("check")
    assert result.code == 1
    assert f"  {os.path.relpath(shop)}/key.pem" in result.out


def test_several_paths_are_one_run_and_each_project_counts_once(monorepo: Path, run: Run) -> None:
    result = run("check", "services/wine", "services", "services/wine/blueprint.yaml", "--json")
    assert places(result, monorepo) == ["services/wine", "services/käse"]


def test_one_that_fails_makes_the_run_fail(monorepo: Path, run: Run) -> None:
    git(monorepo, "init", "--quiet")
    for project in ("services/käse", "services/wine"):
        assert run("check", project, "--write-baseline", f"{project}/known.json").code == 0
    KEY.plant(monorepo / "services/wine")
    result = run("check", "--json")
    document = json.loads(result.out)
    found: list[dict[str, Any]] = document["projects"]
    assert (result.code, document["ok"]) == (1, False)
    assert document["errors"] == sum(each["errors"] for each in found) > 0
    assert "key.pem" not in {each["path"] for each in found[0]["findings"]}
    assert "key.pem" in {each["path"] for each in found[1]["findings"]}


def test_text_says_which_project_and_ends_with_all(monorepo: Path, run: Run) -> None:
    git(monorepo, "init", "--quiet")
    KEY.plant(monorepo / "services/wine")
    said = run("check").out
    assert "\n  services/wine/key.pem:1: holds a private key\n" in said
    assert "\nshop in services/käse (monolith 0.1.0): " in said
    assert said.splitlines()[-1].startswith("2 projects: ")


def test_annotations_and_sarif_name_files_as_the_repository_does(monorepo: Path, run: Run) -> None:
    git(monorepo, "init", "--quiet")
    KEY.plant(monorepo / "services/käse")
    KEY.plant(monorepo / "services/wine")
    os.chdir(monorepo / "services")
    said = run("check", "--format", "github").out
    for project in ("käse", "wine"):
        assert f"::error file=services/{project}/key.pem,line=1," in said
    document = json.loads(run("check", "--format", "sarif").out)
    validate_sarif(document)
    first, second = document["runs"]
    assert first["automationDetails"]["id"] == "blueprint/services/k%C3%A4se/"
    assert second["automationDetails"]["id"] == "blueprint/services/wine/"
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in second["results"]
    ]
    assert "services/wine/key.pem" in uris


@pytest.mark.parametrize("format_", ["github", "junit", "sarif"])
def test_git_is_asked_once_where_a_project_lies(
    format_: str, monorepo: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(monorepo, "init", "--quiet")
    for name in ("one.pem", "two.pem", "three.pem"):
        Edit("", name, PEM).plant(monorepo / "services/wine")
    asked: list[Path] = []

    def ask(folder: Path) -> str | None:
        asked.append(folder)
        return prefix_in_repository(folder)

    monkeypatch.setattr(check, "prefix_in_repository", ask)
    shown = run("check", "services/wine", "--format", format_).out
    assert all(f"services/wine/{name}" in shown for name in ("one.pem", "two.pem", "three.pem"))
    assert asked == [monorepo / "services/wine"]


def test_without_git_files_are_named_from_where_the_pipeline_stands(
    monorepo: Path, run: Run
) -> None:
    KEY.plant(monorepo / "services/wine")
    assert "::error file=services/wine/key.pem," in run("check", "--format", "github").out


def test_junit_has_a_suite_for_each_project(monorepo: Path, run: Run) -> None:
    git(monorepo, "init", "--quiet")
    KEY.plant(monorepo / "services/wine")
    root = ET.fromstring(run("check", "--format", "junit").out)  # noqa: S314 - our own
    assert [suite.get("name") for suite in root] == ["services/käse/shop", "services/wine/shop"]
    assert int(root.get("tests", "")) == sum(len(suite) for suite in root)
    assert int(root.get("failures", "")) == sum(int(suite.get("failures", "")) for suite in root)
    assert "services/wine/key.pem" in {case.get("file") for case in root[1]}
    assert "services/käse/key.pem" not in {case.get("file") for case in root[0]}


def test_a_baseline_holds_what_each_project_accepts(monorepo: Path, run: Run) -> None:
    git(monorepo, "init", "--quiet")
    KEY.plant(monorepo / "services/wine")
    accept = run("check", "--write-baseline", "known.json")
    assert accept.code == 0
    assert run("check", "--baseline", "known.json").code == 0
    assert run("check", "services/wine", "--baseline", "known.json").code == 0
    os.chdir(monorepo / "services/käse")
    result = run("check", "--baseline", "../../known.json", "--json")
    assert result.code == 0
    assert (
        json.loads(result.out)["baseline"]["gone"] == 0
    )  # The other project's are not looked for.
    KEY.plant(monorepo / "services/käse")  # Accepted in the other project, and not here.
    assert run("check", "--baseline", "../../known.json").code == 1


def test_a_baseline_goes_where_the_repository_goes(monorepo: Path, run: Run) -> None:
    KEY.plant(monorepo / "services/wine")
    assert run("check", "--write-baseline", "services/known.json").code == 0
    moved = monorepo.rename(monorepo.with_name("elsewhere"))
    os.chdir(moved)
    assert run("check", "--baseline", "services/known.json").code == 0


@pytest.mark.parametrize("lost", ["blueprint.yaml", ".blueprint"])
def test_a_project_that_lost_a_part_is_found_and_fails(lost: str, monorepo: Path, run: Run) -> None:
    git(monorepo, "init", "--quiet")
    place = monorepo / "services/wine" / lost
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    result = run("check", "--json")
    assert places(result, monorepo) == ["services/käse", "services/wine"]
    rules = {each["id"] for each in json.loads(result.out)["projects"][1]["findings"]}
    assert rules & {"BP001", "BP101"}
    (monorepo / "services/wine/src").mkdir()
    assert places(run("check", "services/wine/src", "--json"), monorepo) == ["services/wine"]


def test_another_programs_file_of_that_name_is_no_project(monorepo: Path, run: Run) -> None:
    for folder in ("", "home-assistant"):
        (monorepo / folder).mkdir(exist_ok=True)
        (monorepo / folder / "blueprint.yaml").write_text("blueprint:\n  name: a lamp\n")
    assert places(run("check", "services", "--json"), monorepo) == [
        "services/käse",
        "services/wine",
    ]
    git(monorepo, "init", "--quiet")
    assert places(run("check", "--json"), monorepo) == ["services/käse", "services/wine"]


def test_where_there_is_none_the_exit_code_is_2(monorepo: Path, run: Run, tmp_path: Path) -> None:
    git(monorepo, "init", "--quiet")
    shutil.rmtree(monorepo / "services")
    (monorepo / "docs").mkdir()
    result = run("check")
    assert (result.code, "no blueprint project" in result.err) == (2, True)
    assert run("check", "docs").code == 2
    both = run("check", "docs", tmp_path / "nowhere", "--json")
    assert both.code == 2
    problems = json.loads(both.out)["error"]["problems"]
    assert [str(tmp_path / "nowhere") in each["message"] for each in problems] == [False, True]


def test_a_project_of_a_later_format_is_named(monorepo: Path, run: Run) -> None:
    Edit("", "services/wine/blueprint.yaml", "blueprint: 2", "blueprint: 1").plant(monorepo)
    result = run("check", "services")
    assert (result.code, f"{monorepo / 'services/wine'}: " in result.err) == (2, True)
