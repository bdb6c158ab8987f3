"""Contexts on MySQL: what is rendered for them, and that nobody else has any of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from blueprint_cli.errors import PatternRuledOut
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.render import render

if TYPE_CHECKING:
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.tree import Tree

DESCRIPTION = Path(__file__).with_name("mysql.yaml").read_text()
# What knows where rows are; the rest of a context is the same wherever they are.
KNOWS = re.compile(r"src/quays/(adapters/|wiring\.py)")


def spec_of(text: str) -> Spec:
    document = parse_document(text, "blueprint.yaml")
    return validate(document.data, document)


def rendered(text: str) -> Tree:
    return render(spec_of(text), find_template("monolith"))


@pytest.fixture(scope="module")
def on_mysql() -> Tree:
    return rendered(DESCRIPTION)


@pytest.fixture(scope="module")
def on_postgresql() -> Tree:
    return rendered(DESCRIPTION.replace("store: mysql", "store: postgresql"))


def test_only_adapters_and_wiring_know_where_rows_are(on_mysql: Tree, on_postgresql: Tree) -> None:
    of_context = [path for path in on_postgresql if re.match(r"src/(quays|contracts)/", path)]
    assert of_context
    differing = {path for path in of_context if on_mysql.get(path) != on_postgresql[path]}
    assert differing
    assert {path for path in differing if not KNOWS.match(path)} == set()


def test_others_have_nothing_of_it(on_postgresql: Tree) -> None:
    said = [
        path
        for path, file in on_postgresql.items()
        if re.search(rb"mysql|mariadb|galera", file.content, re.IGNORECASE)
        if path not in {"blueprint.yaml", "src/identity/adapters/common_passwords.txt"}
    ]
    assert said == []
    assert not any("mysql" in path or "mariadb" in path for path in on_postgresql)


def test_the_driver_is_bounded_and_locked(on_mysql: Tree) -> None:
    assert b'"asyncmy>=' in on_mysql["pyproject.toml"].content
    for lock in ("requirements.txt", "requirements-dev.txt"):
        names = re.findall(r"^([a-z0-9-]+)==", on_mysql[lock].content.decode(), re.MULTILINE)
        assert "asyncmy" in names
        assert names == sorted(names)


def test_no_module_of_postgresql_is_in_its_adapters(on_mysql: Tree) -> None:
    said = [
        path
        for path, file in on_mysql.items()
        if path.startswith("src/quays/adapters/")
        if re.search(
            rb"psycopg|postgresql|kit\.(outbox|inbox|database|keyed_answers)", file.content
        )
    ]
    assert said == []


@pytest.mark.parametrize("pattern", ["microservices", "event-driven"])
def test_another_pattern_is_refused_also_where_nobody_wrote_it(pattern: str) -> None:
    with pytest.raises(PatternRuledOut, match=pattern):
        render(spec_of(DESCRIPTION), find_template(pattern))
