"""A project of described contexts is born with the documents that its own commands write."""

from pathlib import Path

import pytest

from tests.newcomer import run, set_up
from tests.rendered import files_of, render

pytestmark = pytest.mark.project

SPEC = Path(__file__).with_name("documents.yaml")
WRITING = {"microservices": ["openapi"], "event-driven": ["openapi", "contracts"]}


@pytest.mark.parametrize("pattern", WRITING)
def test_its_own_commands_have_nothing_to_change(pattern: str, tmp_path: Path) -> None:
    project = render(
        tmp_path / "shapes", "--answers", str(SPEC), "--defaults", "--pattern", pattern
    )
    born = _documents(project)
    set_up(project)

    result = run(project, "make", *WRITING[pattern])

    assert result.returncode == 0, result.stdout
    assert {path.partition("/")[0] for path in born} >= {"gateway", "services"}
    assert _documents(project) == born


def _documents(project: Path) -> dict[str, bytes]:
    folders = ("services", "gateway", "contracts", "docs")
    return {
        f"{folder}/{path}": content
        for folder in folders
        for path, (_, content) in files_of(project / folder).items()
        if path.endswith(".json")
    }
