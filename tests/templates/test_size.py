"""A skeleton is small: what its owner does not need to own is not there."""

import re
from pathlib import Path

from tests.rendered import files_of, render

FILES = 150
LINES = 13_100
"""Of Python. What is wanted is 150 files with 9,000; nothing may grow meanwhile."""


def test_a_skeleton_is_small(tmp_path: Path) -> None:
    project = files_of(render(tmp_path / "shop", "--defaults", "--pattern", "monolith"))
    files = {path: content for path, (_, content) in project.items() if path[:11] != ".blueprint/"}
    lines = sum(len(content.splitlines()) for path, content in files.items() if path[-3:] == ".py")
    assert len(files) <= FILES
    assert lines <= LINES


SHOP = {"orders", "catalog", "analytics"}
TEXTS = (".py", ".yaml", ".yml", ".json", ".toml", ".mk", "Makefile", ".conf")


def test_it_has_nothing_of_a_shop(tmp_path: Path) -> None:
    for pattern in ("monolith", "microservices", "event-driven"):
        project = files_of(render(tmp_path / pattern, "--defaults", "--pattern", pattern))
        assert [path for path in project if SHOP & set(path.split("/"))] == []
        for path, (_, content) in project.items():
            if path.endswith(TEXTS):
                assert not re.search(rb"orders_v1|/v1/(products|orders)", content), path
