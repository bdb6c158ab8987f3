"""What is too large for who reads it is refused when a project is rendered."""

from __future__ import annotations

import pytest

from blueprint_cli.errors import SpecInvalid
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate
from blueprint_cli.templates import limits
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.limits import CONFIG_MAP_BYTES, CONFIG_MAPS, HAPROXY_BYTES
from blueprint_cli.templates.render import render
from blueprint_cli.tree import File, Tree

SPEC = """\
blueprint: 1
project: {{name: shop}}
pattern: microservices
contexts: {{identity: {{}}, notifications: {{}}}}
platform: {{gateway: {gateway}, ci: none, deploy: [{target}]}}
"""


def refused(gateway: str, target: str, sizes: dict[str, int]) -> None:
    document = parse_document(SPEC.format(gateway=gateway, target=target), "blueprint.yaml")
    tree = Tree({path: File(bytes(size)) for path, size in sizes.items()})
    limits.refuse_too_large(validate(document.data, document), tree)


@pytest.mark.parametrize("target", CONFIG_MAPS)
def test_what_is_no_config_map_is_refused(target: str) -> None:
    folder = CONFIG_MAPS[target]
    other = next(one for one in CONFIG_MAPS.values() if one != folder)
    sizes = {f"{folder}openapi.json": CONFIG_MAP_BYTES - 9, f"{folder}nginx.conf": 9}
    refused("nginx", target, sizes | {f"{other}openapi.json": 9 * CONFIG_MAP_BYTES})
    with pytest.raises(SpecInvalid, match=f"1,048,577 .*{folder}openapi.json 1,048,567") as error:
        refused("nginx", target, sizes | {f"{folder}nginx.conf": 10})
    assert target in error.value.hint


def test_what_haproxy_cannot_answer_is_refused() -> None:
    refused("haproxy", "", {limits.DOCUMENT: HAPROXY_BYTES})
    refused("nginx", "", {limits.DOCUMENT: HAPROXY_BYTES + 1})
    with pytest.raises(SpecInvalid, match="HAProxy"):
        refused("haproxy", "", {limits.DOCUMENT: HAPROXY_BYTES + 1})


def test_a_stack_has_so_many_resources_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    document = parse_document(SPEC.format(gateway="nginx", target="aws-lambda"), "blueprint.yaml")
    spec = validate(document.data, document)
    tree = render(spec, find_template("microservices"))
    made = limits.resources_of(tree[limits.STACK].content.decode())
    monkeypatch.setattr(limits, "STACK_RESOURCES", made)
    limits.refuse_too_large(spec, tree)
    monkeypatch.setattr(limits, "STACK_RESOURCES", made - 1)
    with pytest.raises(SpecInvalid, match=f"{made} resources, .* takes {made - 1}"):
        limits.refuse_too_large(spec, tree)


def test_a_project_is_not_rendered_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONFIG_MAP_BYTES", 10_000)
    document = parse_document(SPEC.format(gateway="nginx", target="helm"), "blueprint.yaml")
    with pytest.raises(SpecInvalid, match="a ConfigMap takes 10,000"):
        render(validate(document.data, document), find_template("microservices"))
