"""Contexts on MySQL: what is rendered for them, and that nobody else has any of it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from blueprint_cli.errors import PatternRuledOut
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.render import render

if TYPE_CHECKING:
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.tree import Tree

DESCRIPTION = Path(__file__).with_name("mysql.yaml").read_text()
PATTERNS = ("monolith", "microservices", "event-driven")
IN_SERVICES = PATTERNS[1:]
# Of a context, in a project of whichever pattern.
OF_CONTEXT = re.compile(r"(?:services/quays/|libs/contracts/)?src/((?:quays|contracts)/.+)")
# What knows where rows are; the rest of a context is the same wherever they are.
KNOWS = re.compile(r"quays/(adapters/|wiring\.py)")
PURE = re.compile(r"quays/(domain|application)/")


def spec_of(text: str) -> Spec:
    document = parse_document(text, "blueprint.yaml")
    return validate(document.data, document)


@cache
def rendered(pattern: str, store: str = "mysql", service: str = "") -> Tree:
    said = f"store: {store}\n    service: {service}" if service else f"store: {store}"
    text = DESCRIPTION.replace("store: mysql", said)
    text = text.replace("pattern: monolith", f"pattern: {pattern}")
    return render(spec_of(text), find_template(pattern))


def of_context(tree: Tree) -> dict[str, bytes]:
    found = {match[1]: path for path in tree if (match := OF_CONTEXT.fullmatch(path))}
    assert found
    return {name: tree[path].content for name, path in found.items()}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_only_adapters_and_wiring_know_where_rows_are(pattern: str) -> None:
    here, there = of_context(rendered(pattern)), of_context(rendered(pattern, "postgresql"))
    differing = {path for path in there if here.get(path) != there[path]}
    assert differing
    assert {path for path in differing if not KNOWS.match(path)} == set()


@pytest.mark.parametrize("pattern", IN_SERVICES)
def test_domain_and_application_are_the_same_in_each_pattern(pattern: str) -> None:
    pure = {
        name: {path: content for path, content in of_context(tree).items() if PURE.match(path)}
        for name, tree in (("here", rendered(pattern)), ("monolith", rendered("monolith")))
    }
    assert pure["here"] == pure["monolith"]
    assert pure["here"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_others_have_nothing_of_it(pattern: str) -> None:
    on_postgresql = rendered(pattern, "postgresql")
    said = [
        path
        for path, file in on_postgresql.items()
        if re.search(rb"mysql|mariadb|galera", file.content, re.IGNORECASE)
        if path != "blueprint.yaml" and not path.endswith("/common_passwords.txt")
    ]
    assert said == []
    assert not any("mysql" in path or "mariadb" in path for path in on_postgresql)


def names_in(tree: Tree, lock: str) -> list[str]:
    return re.findall(r"^([a-z0-9-]+)==", tree[lock].content.decode(), re.MULTILINE)


def test_the_driver_is_bounded_and_locked() -> None:
    tree = rendered("monolith")
    assert b'"asyncmy>=' in tree["pyproject.toml"].content
    for lock in ("requirements.txt", "requirements-dev.txt"):
        names = names_in(tree, lock)
        assert "asyncmy" in names
        assert names == sorted(names)


@pytest.mark.parametrize("pattern", IN_SERVICES)
def test_the_driver_is_in_the_image_of_that_service_alone(pattern: str) -> None:
    tree = rendered(pattern)
    for service in ("quays", "identity", "notifications"):
        folder = f"services/{service}"
        names = names_in(tree, f"{folder}/requirements.txt")
        assert names == sorted(names)
        assert ("asyncmy" in names) == (service == "quays")
        assert (b'"asyncmy>=' in tree[f"{folder}/pyproject.toml"].content) == (service == "quays")
    assert "asyncmy" in names_in(tree, "requirements-dev.txt")


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_module_of_postgresql_is_in_its_adapters(pattern: str) -> None:
    said = [
        path
        for path, content in of_context(rendered(pattern)).items()
        if path.startswith("quays/adapters/")
        if re.search(rb"psycopg|postgresql|kit\.(outbox|inbox|database|keyed_answers)", content)
    ]
    assert said == []


@pytest.mark.parametrize("pattern", IN_SERVICES)
def test_compose_gives_a_service_its_own_database_and_no_other(pattern: str) -> None:
    services = yaml.safe_load(rendered(pattern)["compose.yaml"].content)["services"]
    quays, migrate = (services[name]["environment"] for name in ("quays", "quays-migrate"))
    assert "DATABASE_URL" not in quays.keys() | migrate.keys()
    assert quays["MYSQL_DATABASE_URL"] == migrate["MYSQL_DATABASE_URL"]
    assert quays["MYSQL_DATABASE_URL"].startswith("mysql://quays:${QUAYS_PASSWORD:?")
    assert list(services["quays-migrate"]["depends_on"]) == ["mysql"]
    secret = ("MYSQL_ADMIN_URL", "MYSQL_MIGRATION_URL")
    assert all(name in migrate and name not in quays for name in secret)
    others = {name: one["environment"] for name, one in services.items() if "environment" in one}
    for name in others.keys() - {"quays", "quays-migrate", "mysql"}:
        assert not any("MYSQL" in key for key in others[name]), name


@pytest.mark.parametrize("pattern", IN_SERVICES)
def test_a_service_of_another_name_is_known_by_it(pattern: str) -> None:
    tree = rendered(pattern, service="harbourmaster")
    names: dict[str, tuple[str, ...]] = {}
    exec(tree["dev/contexts.py"].content.partition(b"def ")[0], names)  # noqa: S102 - what we render
    assert names["ON_MYSQL"] == ("quays",)
    assert names["SERVICES_ON_MYSQL"] == ("harbourmaster",)
    composition = tree["services/harbourmaster/src/harbourmaster_service/composition.py"].content
    assert b'open_database(settings, "quays")' in composition
    services = yaml.safe_load(tree["compose.yaml"].content)["services"]
    command = services["harbourmaster-migrate"]["command"]
    assert command[-1] == "harbourmaster_service.composition:ON_MYSQL"


@pytest.mark.parametrize("pattern", IN_SERVICES)
def test_a_target_that_has_it_in_a_monolith_alone_is_refused_where_nobody_wrote_a_pattern(
    pattern: str,
) -> None:
    spec = spec_of(DESCRIPTION.replace("ci: github", "ci: github, deploy: [google-functions]"))
    with pytest.raises(PatternRuledOut, match=f"google-functions.*{pattern}"):
        render(spec, find_template(pattern))
