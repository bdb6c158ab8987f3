"""Patterns, components and contexts as their authors describe them, and what they get wrong."""

# ruff: noqa: E501 - a case is one line

from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.errors import TemplateBroken
from blueprint_cli.spec.model import Spec
from blueprint_cli.templates.builtin import BuiltinTemplate, find_template, load_templates
from blueprint_cli.templates.conditions import holds
from blueprint_cli.templates.render import render
from tests.program import WriteTemplates

SPEC = Spec.model_validate({"blueprint": 1, "project": {"name": "my-shop"}, "pattern": "monolith"})
KIT = """\
name: kit
summary: s
when: {platform.ci: github}
layers:
  - {from: components/kit/package, one_process: src/kit, many_processes: libs/kit, managed: all}
  - {from: components/kit/tests, to: tests/kit, managed: ['*.py']}
  - {from: components/kit/services, many_processes: services}
"""


def pattern(name: str = "monolith", processes: str = "one", *lines: str) -> str:
    own = "layers: [{from: own}]\n"
    return f"name: {name}\nsummary: s\nprocesses: {processes}\n{own}" + "".join(
        f"{line}\n" for line in lines
    )


@pytest.fixture
def kit(templates: WriteTemplates) -> Path:
    """Two patterns that share a component; one brings a context."""
    for name, processes, more in (
        ("monolith", "one", ()),
        ("event-driven", "many", ("brings: {sales: identity}",)),
    ):
        root = templates(
            {
                "own/own.txt": "",
                "components/kit/component.yaml": KIT,
                "components/kit/package/clock.py": "",
                "components/kit/tests/test_clock.py": "",
                "components/kit/tests/data.txt": "",
                "components/kit/services/each.txt": "",
                "contexts/sales/context.yaml": "name: sales\nsummary: s\n",
            },
            description=pattern(name, processes, "components: [kit]", *more),
            folder=name.replace("-", "_"),
        )
    return root


def test_a_component_says_once_where_it_goes_in_one_process_and_in_many(kit: Path) -> None:
    monolith, many = find_template("monolith", kit), find_template("event-driven", kit)
    assert list(render(SPEC, monolith)) == [
        "own.txt", "src/kit/clock.py", "tests/kit/data.txt", "tests/kit/test_clock.py",
    ]  # fmt: skip
    assert list(render(SPEC, many)) == [
        "libs/kit/clock.py", "own.txt", "services/each.txt", "tests/kit/data.txt",
        "tests/kit/test_clock.py",
    ]  # fmt: skip
    assert monolith.managed == ("src/kit/**", "tests/kit/*.py")
    assert many.managed == ("libs/kit/**", "tests/kit/*.py")
    assert [one.name for one in load_templates(kit)] == ["event-driven", "monolith"]


def test_a_component_is_part_of_a_project_when_its_condition_holds(kit: Path) -> None:
    without = SPEC.model_copy(update={"platform": SPEC.platform.model_copy(update={"ci": "none"})})
    assert list(render(without, find_template("monolith", kit))) == ["own.txt"]


def test_a_template_says_where_it_comes_from(kit: Path) -> None:
    template = find_template("event-driven", kit)
    assert (template.kind, template.source, template.ref, template.commit) == (
        "builtin", "builtin", "", "",
    )  # fmt: skip
    assert template.components == ("kit",)
    assert template.contexts["sales"]["summary"] == "s"
    assert {
        "components/kit/component.yaml", "components/kit/package/clock.py",
        "contexts/sales/context.yaml", "event_driven/pattern.yaml",
    } < set(template.tree)  # fmt: skip


def test_a_layer_may_be_missing_where_it_is_optional(templates: WriteTemplates) -> None:
    root = templates(
        {"contexts/identity/monolith/a": ""},
        description="name: monolith\nsummary: s\nprocesses: one\nlayers:\n"
        "  - {from: 'contexts/{context}/{pattern}', each: context, optional: true}\n",
    )
    assert list(render(SPEC, find_template("monolith", root))) == ["a"]


@pytest.mark.parametrize(
    ("wanted", "value", "expected"),
    [
        ("kubernetes", "kubernetes", True),
        ("kubernetes", "none", False),
        ("kubernetes", ["aws-lambda", "kubernetes"], True),
        ("kubernetes", ("aws-lambda", "kubernetes"), True),
        ("kubernetes", [], False),
        ("kube", ["kubernetes"], False),
        (["kubernetes", "helm"], "helm", True),
        (["kubernetes", "helm"], ["none", "helm"], True),
        (["kubernetes", "helm"], ["none"], False),
        (True, True, True),
        (True, False, False),
    ],
)
def test_a_condition_holds_where_the_value_is_the_wanted_one_or_a_list_that_has_it(
    wanted: str | bool | list[str],  # noqa: FBT001 - it is a value of the spec
    value: Any,  # noqa: ANN401 - the same
    expected: bool,  # noqa: FBT001 - the table says it
) -> None:
    values = {"platform": {"deploy": value}, "pattern": "monolith"}
    assert holds({"platform.deploy": wanted, "pattern": "monolith"}, values) is expected


def test_two_layers_of_components_that_bring_one_path_are_named(kit: Path) -> None:
    (kit / "components/kit/component.yaml").write_text(
        KIT.replace("components/kit/tests, to: tests/kit", "components/kit/tests, to: src/kit")
    )
    (kit / "components/kit/tests/clock.py").write_text("")
    with pytest.raises(TemplateBroken) as broken:
        render(SPEC, find_template("monolith", kit))
    assert broken.value.message == (
        "template monolith brings src/kit/clock.py more than once: "
        "components/kit/package and components/kit/tests"
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("monolith/pattern.yaml", "[kit]", "[kitt]", "pattern.yaml:5:14: components[0]: there is no kitt in components; allowed: kit"),
        ("monolith/pattern.yaml", "components: [kit]", "brings: {stock: identity}", "pattern.yaml:5:17: brings.stock: there is no stock in brings; allowed: sales"),
        ("monolith/pattern.yaml", "processes: one", "processes: many", "processes is many, and monolith has one"),
        ("monolith/pattern.yaml", "processes: one", "processes: two", "pattern.yaml:3:12: processes"),
        ("monolith/pattern.yaml", "name: monolith", "name: cathedral", "pattern.yaml:1:7: name"),
        ("components/kit/component.yaml", "name: kit", "name: kat", "component.yaml:1:7: name: is kat, and its folder is kit"),
        ("components/kit/component.yaml", "platform.ci: github", "platform.cloud: x", "component.yaml:3:24: when.platform.cloud: asks for platform.cloud, which no blueprint.yaml has; allowed: gateway, ci"),
        ("components/kit/component.yaml", "platform.ci: github", "platform.ci: jenkins", "asks for platform.ci: jenkins, which no blueprint.yaml has; allowed: github, gitlab, none"),
        ("components/kit/component.yaml", "platform.ci: github", "platform: github", "asks for platform, which is a section; allowed: platform.gateway, platform.ci"),
        ("components/kit/component.yaml", "managed: all", "mannaged: all", "component.yaml:5:84: layers[0].mannaged: unknown key; did you mean managed?"),
        ("components/kit/component.yaml", "to: tests/kit", "to: tests/kit, one_process: x", "has either `to`, or"),
        ("components/kit/component.yaml", "['*.py']", "['/a']", "layers[1].managed"),
        ("contexts/sales/context.yaml", "summary: s", "sumary: s", "context.yaml:2:1: sumary: unknown key; did you mean summary?"),
        ("contexts/sales/context.yaml", "name: sales", "name: Sales", "context.yaml:1:7: name"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_description_is_named_with_its_place(
    file: str, old: str, new: str, expected: str, kit: Path
) -> None:
    text = (kit / file).read_text()
    assert old in text
    (kit / file).write_text(text.replace(old, new))
    with pytest.raises(TemplateBroken) as broken:
        find_template("monolith", kit)
    assert expected in "\n".join(map(str, broken.value.problems))


def test_a_component_without_a_place_in_a_pattern_is_refused(kit: Path) -> None:
    (kit / "components/kit/component.yaml").write_text(
        "name: kit\nsummary: s\nlayers: [{from: a, many_processes: b}]\n"
    )
    assert isinstance(find_template("event-driven", kit), BuiltinTemplate)
    with pytest.raises(TemplateBroken, match="kit, which has no place where processes is one"):
        find_template("monolith", kit)
