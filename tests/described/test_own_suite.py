"""Tests that are rendered with a project, run by its own Python: as a client, and of its schema."""

import subprocess

import pytest

from blueprint_cli.domain.naming import snake
from tests.described.world import World

pytestmark = pytest.mark.project


# What the examples say is tried by their own `make test`.
@pytest.mark.parametrize("world", ["strange"], indirect=True, scope="session")
def test_it_passes(world: World) -> None:
    suite = [
        world.project / f"tests/blackbox/test_{entity.context}_{snake(entity.name)}.py"
        for entity in world.entities
    ]
    suite.append(world.project / "tests/blackbox/test_whole_document.py")
    suite.append(world.project / "tests/migrations/test_migrations.py")
    python = world.project / ".venv/bin/python"
    ended = subprocess.run(
        [python, "-m", "pytest", "-q", "-x", *suite],
        cwd=world.project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-6000:]
