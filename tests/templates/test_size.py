"""A skeleton is small: what its owner does not need to own is not there."""

import re
from pathlib import Path

from tests.rendered import files_of, render

FILES = 150
LINES = 13_160
"""Of Python. What is wanted is 150 files with 9,000; nothing may grow meanwhile."""


def test_a_skeleton_is_small(tmp_path: Path) -> None:
    project = files_of(render(tmp_path / "shop", "--defaults", "--pattern", "monolith"))
    files = {path: content for path, (_, content) in project.items() if path[:11] != ".blueprint/"}
    lines = sum(len(content.splitlines()) for path, content in files.items() if path[-3:] == ".py")
    assert len(files) <= FILES
    assert lines <= LINES


# What JHipster 9.4.0 adds for the doctor of its clinic without a front end: benchmarks/README.md.
JHIPSTER_FILES = 20
JHIPSTER_LINES = 2_055
WARD = """
blueprint: 1
pattern: monolith
contexts:
  identity: {roles: [desk]}
  notifications: {}
  clinic:
    entities:
      Ward: {fields: {name: text(1..120)}, access: {read: anyone, create: desk}}
"""
DOCTOR = """\
      Doctor:
        fields:
          account: ref identity.User unique once
          name: text(1..120)
          speciality: text(1..40)
          room: text(1..10) optional
        access: {read: anyone, create: desk, update: desk, delete: desk}
        list: {filter: [speciality], sort: [name], search: [name]}
"""


def test_an_entity_more_is_smaller_than_jhipsters(tmp_path: Path) -> None:
    before = lines_of(WARD, tmp_path / "before")
    after = lines_of(WARD + DOCTOR, tmp_path / "after")
    more = {path: count - before.get(path, 0) for path, count in after.items()}
    assert 0 < len(after.keys() - before.keys()) < JHIPSTER_FILES
    assert 0 < sum(more.values()) < JHIPSTER_LINES


def lines_of(spec: str, folder: Path) -> dict[str, int]:
    """The lines of each file of a project, by its path."""
    answers = folder.with_suffix(".yaml")
    answers.write_text(spec)
    project = files_of(render(folder, "--answers", str(answers)))
    return {
        path: len(content.splitlines())
        for path, (_, content) in project.items()
        if not path.startswith(".blueprint")
    }


SHOP = {"orders", "catalog", "analytics"}
TEXTS = (".py", ".yaml", ".yml", ".json", ".toml", ".mk", "Makefile", ".conf")


def test_it_has_nothing_of_a_shop(tmp_path: Path) -> None:
    for pattern in ("monolith", "microservices", "event-driven"):
        project = files_of(render(tmp_path / pattern, "--defaults", "--pattern", pattern))
        assert [path for path in project if SHOP & set(path.split("/"))] == []
        for path, (_, content) in project.items():
            if path.endswith(TEXTS):
                assert not re.search(rb"orders_v1|/v1/(products|orders)", content), path
