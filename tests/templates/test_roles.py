"""Roles of a project's own, and who may look users up."""

import subprocess
import sys
from pathlib import Path

import pytest

from blueprint_cli.errors import TemplateBroken
from blueprint_cli.spec.model import READY_MADE, Spec
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.descriptions import ContextDescription, read_description

LISTED = "from identity.domain.user import Role; print([*Role])"


def rendered(pattern: str, identity: dict[str, object], gateway: str = "nginx") -> dict[str, str]:
    spec = Spec.model_validate(
        {
            "blueprint": 1,
            "project": {"name": "shop"},
            "pattern": pattern,
            "platform": {"gateway": gateway},
            "contexts": {**{name: {} for name in READY_MADE}, "identity": identity},
        }
    )
    tree = find_template(pattern).render(spec).tree
    return {path: file.content.decode() for path, file in tree.items()}


def test_roles_stand_beside_user_and_admin(tmp_path: Path) -> None:
    files = rendered("monolith", {"roles": ["doctor", "front_desk"]})
    for path, text in files.items():
        if path.startswith("src/identity/domain/"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
    (tmp_path / "src/identity/__init__.py").touch()
    found = subprocess.check_output([sys.executable, "-c", LISTED], cwd=tmp_path / "src", text=True)
    assert all(role in found for role in ("'user'", "'admin'", "'doctor'", "'front_desk'"))


@pytest.mark.parametrize("pattern", ["monolith", "microservices", "event-driven"])
@pytest.mark.parametrize("gateway", ["nginx", "haproxy"])
def test_a_directory_is_there_where_roles_may_use_it(pattern: str, gateway: str) -> None:
    plain = rendered(pattern, {"roles": ["desk"]}, gateway)
    with_it = rendered(pattern, {"roles": ["desk"], "directory": ["desk"]}, gateway)
    assert not [path for path, text in plain.items() if "/v1/users" in text]
    added = {path.rpartition("/")[2] for path in with_it.keys() - plain.keys()}
    assert added == {"directory.py", "test_directory.py"}
    (routes,) = (
        text
        for path, text in with_it.items()
        if path.endswith(("routes.conf", "haproxy.cfg")) and "/v1/users" in text
    )
    assert "zone=auth" in routes or "rates_of_auth if { path /v1/users }" in routes


def test_who_may_look_is_who_is_named() -> None:
    files = rendered("monolith", {"roles": ["doctor", "desk"], "directory": ["desk"]})
    text = files["src/identity/entrypoints/directory.py"]
    assert "READERS = (\n    Role.ADMIN,\n    Role.DESK,\n)\n" in text


def test_a_route_that_asks_for_what_no_spec_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reviews" / "context.yaml"
    path.parent.mkdir()
    path.write_text(
        "name: reviews\nsummary: s\nroutes:\n  - {path: /v1/reviews, when: {has.nothing: true}}\n"
    )
    with pytest.raises(TemplateBroken) as raised:
        read_description(path, ContextDescription)
    (problem,) = raised.value.problems
    assert "has.nothing, which no blueprint.yaml has" in problem.message
