"""Rendering with tiny templates: what comes out, whoever runs it, and what an author did wrong."""

# ruff: noqa: E501 - a case is one line

import os
from pathlib import Path

import pytest

from blueprint_cli.errors import TemplateBroken, TemplateNotFound
from blueprint_cli.spec.model import Spec
from blueprint_cli.templates.builtin import find_template, load_templates
from blueprint_cli.templates.render import render
from blueprint_cli.tree import EXECUTABLE, Tree
from tests.program import WriteTemplates, git

SPEC = Spec.model_validate(
    {
        "blueprint": 1,
        "project": {"name": "my-shop", "description": "Käse & <b>"},
        "pattern": "monolith",
    }
)


def rendered(root: Path, *, name: str = "monolith") -> Tree:
    return render(SPEC, find_template(name, root))


def described(*layers: str) -> str:
    return "name: monolith\nsummary: s\nprocesses: one\nlayers:\n" + "".join(
        f"  - {layer}\n" for layer in layers
    )


def test_layers_go_where_the_description_says(templates: WriteTemplates) -> None:
    root = templates(
        {
            "shared/kit/clock.py": "# [= not a hole in a plain file =]\n",
            "contexts/identity/package/facade.py": "I",
            "contexts/notifications/package/facade.py.jinja": "[= context =]",
            "contexts/notifications/package/deep/er/x": "O",
            "contexts/notifications/package/x": "N",
            "files/README.md.jinja": (
                "[= project.name =] [= package =] [= project.description =] [= pattern =] "
                "[= slo.p95_ms =] [= platform.ci =] [= contexts | join(',') =] "
                "[= requirements.teams is none =] ${{ github.x }} {{ y }} {% z %} ${#a} [[b]]\n"
            ),
            "files/[= package =]/.gitignore.jinja": "x",
            "files/__pycache__/x.pyc": "compiled",
            "files/.DS_Store": "",
        },
        description=described(
            "{from: shared/kit, to: src/kit}",
            "{from: 'contexts/{context}/package', to: 'src/{context}', each: context}",
            "{from: files}",
        ),
    )
    tree = rendered(root)
    assert {path: file.content.decode() for path, file in tree.items()} == {
        "README.md": (
            "my-shop my_shop Käse & <b> monolith 100 github "
            "identity,notifications True "
            "${{ github.x }} {{ y }} {% z %} ${#a} [[b]]\n"
        ),
        "my_shop/.gitignore": "x",
        "src/identity/facade.py": "I",
        "src/kit/clock.py": "# [= not a hole in a plain file =]\n",
        "src/notifications/deep/er/x": "O",
        "src/notifications/facade.py": "notifications",
        "src/notifications/x": "N",
    }


def test_a_layer_is_rendered_only_when_the_spec_says_so(templates: WriteTemplates) -> None:
    root = templates(
        {"yes/a": "", "no/b": "", "none/c": ""},
        description=described(
            "{from: yes, when: {platform.ci: github, pattern: monolith}}",
            "{from: no, when: {platform.ci: none}}",
        ),
    )
    assert list(rendered(root)) == ["a"]


def test_what_renders_to_nothing_is_no_file(templates: WriteTemplates) -> None:
    root = templates({"files/a.jinja": "[% if pattern == 'none' %]a[% endif %]\n", "files/b": ""})
    assert list(rendered(root)) == ["b"]


def test_only_the_executable_bit_of_a_mode_counts(templates: WriteTemplates) -> None:
    root = templates({"files/run": "", "files/text": ""})
    (root / "files/run").chmod(0o700)
    (root / "files/text").chmod(0o666)
    modes = {path: file.mode for path, file in rendered(root).items()}
    assert modes == {"run": EXECUTABLE, "text": "100644"}


def test_the_users_environment_has_no_part_in_it(
    templates: WriteTemplates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    root = templates({"files/a.jinja": "[= project.name =]"})
    expected = rendered(root)
    settings = tmp_path / "settings.yml"
    settings.write_text("defaults: {project: {name: other}}\n")
    git(tmp_path, "init", "--quiet", "repository")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(settings))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "repository" / ".git"))
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    before = dict(os.environ)

    assert rendered(root) == expected
    assert dict(os.environ) == before
    assert capfd.readouterr() == ("", "")


def test_templates_that_are_a_repository_are_rendered_as_they_lie_there(
    templates: WriteTemplates,
) -> None:
    root = templates({"files/a": "tagged"})
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "x")
    git(root, "tag", "v1")
    (root / "files/a").write_text("edited")
    assert rendered(root)["a"].content == b"edited"


@pytest.mark.parametrize(
    ("files", "layers", "expected"),
    [
        ({"one/a": "", "two/a": ""}, ["{from: one}", "{from: two}"], ["brings a more", "one and two"]),
        ({"one/A": "", "two/a": ""}, ["{from: one}", "{from: two}"], ["brings A and a", "one and two"]),
        ({"one/a": "", "two/b": ""}, ["{from: one}", "{from: two, to: a}"], ["brings a and a/b", "one and two"]),
        ({"one/a": "", "one/a.jinja": "a"}, ["{from: one}"], ["brings a more", "one"]),
        ({"one/a": ""}, ["{from: one, to: x, each: context}"], ["brings x/a more", "one and one"]),
        ({"one/a": ""}, ["{from: none}"], ["has no layer none"]),
        ({"one/a": ""}, ["{from: one, when: {platform.cloud: x}}"], ["asks for platform.cloud"]),
        ({"one/a.jinja": "[= nothing =]"}, ["{from: one}"], ["layer one cannot", "'nothing' is undefined"]),
        ({"one/a.jinja": "[% if %]"}, ["{from: one}"], ["layer one cannot", "a.jinja:1"]),
        ({"one/[= nothing =]": ""}, ["{from: one}"], ["layer one cannot", "nothing"]),
        ({"one/a.jinja": "", "copier.yml": "_tasks: [ls]\n_subdirectory: one\n"}, ["{from: one}"], ["layer one cannot", "tasks"]),
        ({"one/a.jinja": "", "copier.yml": "{"}, ["{from: one}"], ["layer one cannot"]),
    ],
)  # fmt: skip
def test_an_authors_mistake_is_named(
    files: dict[str, str], layers: list[str], expected: list[str], templates: WriteTemplates
) -> None:
    root = templates(files, description=described(*layers))
    with pytest.raises(TemplateBroken) as broken:
        rendered(root)
    assert broken.value.exit_code == 3
    for words in expected:
        assert words in broken.value.message


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("name: [", "not YAML"),
        ("name: monolith\nsummary: s\nprocesses: one\nlayers: []\n", "layers"),
        ("name: monolith\nsummary: s\nprocesses: one\nlayers: [{from: a, too: b}]\n", "too"),
        ("name: monolith\nprocesses: one\nlayers: [{from: a}]\n", "summary"),
        (
            "name: monolith\nsummary: s\nprocesses: one\nlayers: [{from: a}]\nmanaged: [/a]\n",
            "managed",
        ),
    ],
)
def test_a_bad_description_is_named(
    description: str, expected: str, templates: WriteTemplates
) -> None:
    root = templates({}, description=description)
    with pytest.raises(TemplateBroken) as broken:
        load_templates(root)
    assert expected in "\n".join(map(str, broken.value.problems))


def test_a_template_that_is_not_there_is_answered_with_those_that_are(
    templates: WriteTemplates,
) -> None:
    root = templates({"files/a": ""})
    for name in ("microservices", "", "../monolith", "a\\b"):
        with pytest.raises(TemplateNotFound, match="no template") as refused:
            find_template(name, root)
        assert refused.value.hint == "There is: monolith."


def test_the_hash_covers_what_the_template_is_made_of_and_nothing_else(
    templates: WriteTemplates,
) -> None:
    root = templates({"files/a": "1", "other/b": "1", "event_driven/pattern.yaml": "x"})
    before = find_template("monolith", root).tree.digest()
    (root / "other/b").write_text("2")
    (root / "files/__pycache__").mkdir()
    (root / "files/__pycache__/a.pyc").write_text("")
    assert find_template("monolith", root).tree.digest() == before
    for changed in ("files/a", "copier.yml"):
        now = find_template("monolith", root).tree.digest()
        (root / changed).write_text(f"{(root / changed).read_text()}\n")
        assert find_template("monolith", root).tree.digest() != now
