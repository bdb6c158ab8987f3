"""What a target renders in Python is what the project's own `make format` would write."""

import subprocess
from pathlib import Path

import pytest
from ruff import find_ruff_bin

from tests.rendered import render

CLINIC = Path(__file__).parents[1] / "domain" / "examples" / "clinic.yaml"
FUNCTIONS = "platform.deploy=[aws-lambda, google-functions, azure-functions]"


@pytest.mark.parametrize("pattern", ["monolith", "microservices", "event-driven"])
@pytest.mark.parametrize("about", [("--answers", str(CLINIC)), ("--defaults",)], ids=["clinic", ""])
def test_ruff_finds_nothing(pattern: str, about: tuple[str, ...], tmp_path: Path) -> None:
    project = render(tmp_path / "shop", *about, "--pattern", pattern, "--set", FUNCTIONS)
    assert list((project / "deploy").rglob("*.py"))
    assert ruff(project, "check") == ruff(project, "format", "--check") == ""
    first = next((project / "deploy" / "aws-lambda" / "functions").glob("edge.py"))
    first.write_text(first.read_text().replace("import json", "import  json\nimport abc", 1))
    assert "I001" in ruff(project, "check")


def ruff(project: Path, *command: str) -> str:
    done = subprocess.run(
        [find_ruff_bin(), *command, "--no-cache", "--quiet", "."],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout
