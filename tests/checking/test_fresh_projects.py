"""No rule fires on a fresh project of any pattern and options, edited without harm or not."""

import itertools
import json
import subprocess
from pathlib import Path

import pytest

from blueprint_cli.checking.check import check_project
from blueprint_cli.checking.project import CheckedProject
from blueprint_cli.templates.builtin import load_templates
from tests.program import git, uncounted
from tests.rendered import BLUEPRINT

PATTERNS = [template.name for template in load_templates()]
OPTIONS = list(itertools.product(PATTERNS, ["github", "gitlab", "none"]))
COMMENT = {".json": b"\n", ".md": b"\n", ".txt": b"\n", ".typed": b"\n", ".mako": b"\n"}


@pytest.mark.parametrize(("pattern", "ci"), OPTIONS)
def test_nothing_is_found_in_a_fresh_project(pattern: str, ci: str, tmp_path: Path) -> None:
    project = tmp_path / "shop"
    settings = [f"pattern={pattern}", f"platform.ci={ci}"]
    arguments = [word for setting in settings for word in ("--set", setting)]
    subprocess.run(
        [BLUEPRINT, "new", "shop", "--defaults", *arguments, "--output", project],
        check=True,
        capture_output=True,
        env=uncounted() | {"HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"},
    )
    checked = subprocess.run(
        [BLUEPRINT, "check", project, "--json"], capture_output=True, check=False, env=uncounted()
    )
    assert json.loads(checked.stdout)["projects"][0]["findings"] == []
    assert checked.returncode == 0

    # An edit makes every rule look at the whole file.
    tracked = git(project, "ls-files", "-z").split("\0")
    for path in tracked:
        if path and not path.startswith(".blueprint/"):
            file = project / path
            file.write_bytes(file.read_bytes() + COMMENT.get(file.suffix, b"\n# edited\n"))
    managed = CheckedProject(project).record
    assert managed is not None
    findings = check_project(project).findings
    assert {finding.rule.id for finding in findings} == {"BP102"}
    assert {finding.found.path for finding in findings} == managed.managed
