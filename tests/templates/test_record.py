"""What the record of a built-in template's project holds: what git tracks, and what is managed."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from blueprint_cli.globs import select
from blueprint_cli.record.record import read_record
from blueprint_cli.templates.builtin import BuiltinTemplate as Template
from blueprint_cli.templates.builtin import load_templates
from tests.rendered import BLUEPRINT

TEMPLATES = load_templates()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_the_base_holds_what_git_tracks_and_nothing_ignored(
    template: Template, tmp_path: Path
) -> None:
    pattern = template.name
    home = {"HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(
        [BLUEPRINT, "new", "shop", "--defaults", "--pattern", pattern],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        env={**os.environ, **home},
    )
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=tmp_path / "shop")
    tracked = {path for path in listed.decode().split("\0") if path}
    base = set(read_record(tmp_path / "shop").base)
    assert base <= tracked
    # The decision is written once and never rendered again.
    assert {path for path in tracked - base if not path.startswith(".blueprint/")} == {
        "docs/decisions/0001-architecture.md"
    }
    assert not any(path.startswith(".blueprint/") for path in base)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_every_managed_glob_matches_something(template: Template, tmp_path: Path) -> None:
    pattern, globs = template.name, template.managed
    made = subprocess.check_output(
        [BLUEPRINT, "new", "shop", "--defaults", "--dry-run", "--json", "--pattern", pattern],
        cwd=tmp_path,
    )
    files = json.loads(made)["files"]
    assert globs
    assert [glob for glob in globs if not select(files, [glob])] == []
    assert "blueprint.yaml" not in select(files, globs)
