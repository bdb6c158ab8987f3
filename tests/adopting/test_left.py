"""What Copier and cruft leave is read as they write it, and what cannot be read is told."""

import json
from pathlib import Path

import pytest

from blueprint_cli.adopting.left import Left, find_left
from blueprint_cli.errors import BlueprintError, NotAProject, ProjectRefused, SpecInvalid
from tests.engines.written import write

STATE = {
    "template": "https://git.example.org/acme/cookie",
    "commit": "c0ffee",
    "checkout": "main",
    "context": {"cookiecutter": {"title": "Till", "_template": "x"}},
    "directory": "service/",
}


def left(project: Path, path: str, content: str) -> Left:
    return find_left(write(project, {path: content}))


def test_copiers_answers_are_as_json_has_them(tmp_path: Path) -> None:
    origin = "_commit: v1.0.0-3-gc0ffee\n_src_path: gh:acme/t\n"
    text = f"{origin}day: 2026-11-29\nlist: [{{a: 2026-01-02}}]\n"
    found = left(tmp_path, ".copier-answers.service.yml", text)
    assert found == Left(
        program="Copier",
        path=".copier-answers.service.yml",
        source="gh:acme/t",
        commit="v1.0.0-3-gc0ffee",
        answers={"day": "2026-11-29", "list": [{"a": "2026-01-02"}]},
    )
    assert found.is_rendered


def test_a_template_without_versions_has_no_commit(tmp_path: Path) -> None:
    assert left(tmp_path, ".copier-answers.yml", "_src_path: /t\n").commit == ""


def test_crufts_state_names_folder_branch_and_what_it_skips(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.cruft]\nskip = ['b', 3]\n"})
    found = left(tmp_path, ".cruft.json", json.dumps({**STATE, "skip": ["a"]}))
    assert found.source == "https://git.example.org/acme/cookie#subdirectory=service"
    assert (found.commit, found.follows) == ("c0ffee", "main")
    assert (found.answers, found.skipped) == ({"title": "Till"}, ("a", "b"))
    assert not found.is_rendered


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        (".copier-answers.yml", "title: Till\n", "_src_path: is missing"),
        (".copier-answers.yml", "- a\n", "is no mapping"),
        (".copier-answers.yml", "<<<<<<< ours\na: 1\n=======\n", "cannot be read"),
        (".copier-answers.yml", "!!python/object:os.system {}\n", "cannot be read"),
        (".copier-answers.yml", "#" * (1024 * 1024 + 1), "more than 1024 KiB"),
        (".cruft.json", "{", ".cruft.json:1: cannot be read"),
        (".cruft.json", "[]", "is no mapping"),
        (".cruft.json", "{}", "context: is no mapping"),
        (".cruft.json", json.dumps({**STATE, "commit": None}), "commit: is missing"),
        (".cruft.json", json.dumps({**STATE, "template": ["x"]}), "template: is missing"),
    ],
)
def test_what_does_not_say_it_is_told_with_its_place(
    tmp_path: Path, path: str, content: str, said: str
) -> None:
    with pytest.raises(SpecInvalid) as refused:
        left(tmp_path, path, content)
    (problem,) = refused.value.problems
    assert said in str(problem)
    assert problem.file == path


def test_no_file_and_several_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"README.md": "", "folder/config.yml": "a: 1\n", ".git/x.yml": "_src_path: /"})
    with pytest.raises(NotAProject, match="neither Copier nor cruft"):
        find_left(tmp_path)
    write(tmp_path, {".github/a.yml": "_src_path: /t\n", "b.yaml": "_src_path: /t\n"})
    with pytest.raises(ProjectRefused, match=r"b.yaml, .github/a.yml"):
        find_left(tmp_path)
    assert find_left(tmp_path, "./b.yaml").path == "b.yaml"
    with pytest.raises(BlueprintError, match="cannot be read"):
        find_left(tmp_path, "c.yaml")
