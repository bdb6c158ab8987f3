"""What Copier templates become: the bytes, modes and links that ``copier copy`` makes."""

from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.errors import Untrusted
from tests.engines.copier_templates import ANSWERED, CASES, LINKS, TEMPLATES
from tests.engines.rivals import by_copier
from tests.engines.written import commit, opened, rendered, spec, write


def source(folder: Path, name: str) -> Path:
    """Write a template into a repository with a tag and a commit after it."""
    write(folder, TEMPLATES[name])
    if name == "files":
        for path, target in LINKS.items():
            (folder / path).symlink_to(target)
    commit(folder, "v1.2.0")
    return commit(folder)


@pytest.mark.parametrize(
    ("name", "answers", "ref"),
    [*((name, answers, "v1.2.0") for name, answers in CASES), ("package", {}, "main")],
)
def test_the_project_is_the_same_bytes(
    name: str, answers: dict[str, Any], ref: str, tmp_path: Path
) -> None:
    folder = source(tmp_path / "template", name)
    template = opened(folder, tmp_path, ref=ref, trusted=True)
    secret = {key: answers[key] for key in template.secret_questions & answers.keys()}
    template = opened(folder, tmp_path, ref=ref, trusted=True, secrets=secret)
    given = {key: value for key, value in answers.items() if key not in secret}
    ours = rendered(template, template.completed(given, "shop"))
    assert ours == by_copier(folder, tmp_path / "shop", answers, ref=ref)
    assert ours


def test_a_folder_is_the_same_bytes(tmp_path: Path) -> None:
    folder = write(tmp_path / "template", TEMPLATES["package"])
    template = opened(folder, tmp_path)
    ours = rendered(template, template.completed({}, "shop"))
    assert ours == by_copier(folder, tmp_path / "shop", {}, trust=False)


def test_every_template_is_answered() -> None:
    assert ANSWERED.keys() == TEMPLATES.keys()


def test_without_trust_nothing_runs_and_a_preview_lacks_what_it_makes(tmp_path: Path) -> None:
    template = opened(source(tmp_path / "template", "working"), tmp_path)
    with pytest.raises(Untrusted):
        rendered(template, {})
    ours = template.rendered_with(spec("shop", {}), {}).tree
    assert "gone.txt" in ours
    assert "task.txt" not in ours


def test_files_that_are_rendered_once_are_known(tmp_path: Path) -> None:
    template = opened(source(tmp_path / "template", "external"), tmp_path)
    once = template.skipped(spec("shop", {"name": "till"}))
    paths = ("till.md", "docs/once.md", "docs/always.md", "other.md")
    assert [path for path in paths if once(path)] == ["till.md", "docs/once.md"]
