"""What Cookiecutter templates become: what ``cookiecutter --no-input`` makes, byte for byte."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.errors import TemplateBroken, Untrusted
from tests.engines.cookiecutter_templates import ANSWERED, CASES, LINKS, TEMPLATES
from tests.engines.rivals import by_cookiecutter
from tests.engines.written import Files, opened, rendered, spec, write


def source(folder: Path, name: str) -> Path:
    write(folder, TEMPLATES[name])
    if name == "files":
        for path, target in LINKS.items():
            (folder / path).symlink_to(target)
    return folder


@pytest.mark.parametrize(("name", "answers"), CASES)
def test_the_project_is_the_same_bytes(name: str, answers: dict[str, Any], tmp_path: Path) -> None:
    folder = source(tmp_path / "template", name)
    template = opened(folder, tmp_path, trusted=True)
    ours = rendered(template, template.completed(answers, "shop"))
    assert ours == by_cookiecutter(folder, tmp_path / "made", answers)
    assert ours


@pytest.mark.parametrize("name", ["package", "application", "hooked"])
def test_without_trust_a_preview_has_all_but_what_hooks_do(name: str, tmp_path: Path) -> None:
    folder = source(tmp_path / "template", name)
    template = opened(folder, tmp_path)
    with pytest.raises(Untrusted):
        rendered(template, {})
    ours = rendered(replace(template, preview=True), {})
    assert ours == by_cookiecutter(folder, tmp_path / "made", {}, hooks=False)


def test_every_template_is_answered() -> None:
    assert ANSWERED.keys() == TEMPLATES.keys()


def test_another_of_several_templates_is_rendered(tmp_path: Path) -> None:
    template = opened(source(tmp_path / "template", "nested"), tmp_path, trusted=True)
    answers = template.completed({"templates": "library", "tests": False}, "shop")
    assert answers == {"templates": "library", "slug": "lib", "tests": False}
    ours = rendered(template, answers)
    assert ours == by_cookiecutter(
        tmp_path / "template" / "libraries" / "plain", tmp_path / "made", {"tests": "no"}
    )


def test_part_of_a_dictionary_is_answered(tmp_path: Path) -> None:
    template = opened(source(tmp_path / "template", "data"), tmp_path)
    given = {"file_types": {"png": {"name": "P"}, "gif": {"name": "G"}}}
    answers = template.completed(given, "shop")
    assert answers["file_types"]["png"] == {"name": "P", "apps": ["GIMP", "Krita"]}
    assert list(answers["file_types"]) == ["png", "img", "gif"]
    assert rendered(template, answers)["all.txt"][1].startswith(b"gif: G")


def test_answers_are_text_and_no_templates(tmp_path: Path) -> None:
    files = {
        "cookiecutter.json": '{"slug": "x", "a": "y"}',
        "{{cookiecutter.slug}}/a": "{{cookiecutter.a}}",
    }
    template = opened(write(tmp_path / "template", files), tmp_path)
    answers = template.completed({"a": "{{ cookiecutter.slug }}"}, "shop")
    assert rendered(template, answers)["a"][1] == b"{{ cookiecutter.slug }}"


OUT = {
    "top": ({"slug": "../out"}, {}),
    "folder": (
        {"slug": "x", "a": "../../out"},
        {"{{cookiecutter.slug}}/{{cookiecutter.a}}/b": "x"},
    ),
    "file": ({"slug": "x", "a": "../../out"}, {"{{cookiecutter.slug}}/{{cookiecutter.a}}": "x"}),
    "absolute": ({"slug": "x", "a": "{out}"}, {"{{cookiecutter.slug}}/{{cookiecutter.a}}": "x"}),
    "copied": (
        {"slug": "x", "a": "../../out", "_copy_without_render": ["*"]},
        {"{{cookiecutter.slug}}/{{cookiecutter.a}}": "x"},
    ),
    "copied folder": (
        {"slug": "x", "a": "../../out", "_copy_without_render": ["*a*"]},
        {"{{cookiecutter.slug}}/{{cookiecutter.a}}/b": "x"},
    ),
}


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize("name", OUT)
def test_no_name_leads_out_of_the_project(name: str, trusted: bool, tmp_path: Path) -> None:  # noqa: FBT001 - of the case
    variables, files = OUT[name]
    text = json.dumps(variables).replace("{out}", (tmp_path / "out").as_posix())
    files = {"cookiecutter.json": text, "{{cookiecutter.slug}}/z": "z", **files}
    template = opened(write(tmp_path / "template", files), tmp_path, trusted=trusted)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(TemplateBroken, match="leads out of the project"):
        template.render(spec("shop", {}), scratch=scratch)
    assert not list(tmp_path.glob("out*"))
    assert not list(scratch.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "{{ cycler.__init__.__globals__.os.popen('touch ran').read() }}",
        "{{ cookiecutter.__class__.__mro__[1].__subclasses__() }}",
        "{{ lipsum.__globals__['os'].system('touch ran') }}",
    ],
)
@pytest.mark.parametrize("where", ["file", "name", "default"])
def test_what_is_not_trusted_does_not_reach_python(
    text: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    variables = {"slug": "x", "a": text if where == "default" else "y"}
    name = "{{cookiecutter.slug}}/" + (
        "{{cookiecutter.a}}" if where != "name" else text.replace("/", "")
    )
    files: Files = {
        "cookiecutter.json": json.dumps(variables),
        name: text if where == "file" else "x",
    }
    template = opened(write(tmp_path / "template", files), tmp_path)
    with pytest.raises(Untrusted, match="reaches for Python"):
        rendered(template, {})
    assert not list(tmp_path.rglob("ran"))


def test_an_extension_of_one_template_is_not_that_of_another(tmp_path: Path) -> None:
    for number in (1, 2):
        files = {
            "cookiecutter.json": '{"slug": "x", "_extensions": ["local_extensions.say"]}',
            "local_extensions.py": "from cookiecutter.utils import simple_filter\n"
            f"@simple_filter\ndef say(text):\n    return text + '{number}'\n",
            "{{cookiecutter.slug}}/a": "{{ 'a'|say }}",
        }
        template = opened(write(tmp_path / f"template-{number}", files), tmp_path, trusted=True)
        assert rendered(template, {})["a"][1] == f"a{number}".encode()


def test_a_hook_that_fails_says_what_it_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    template = opened(source(tmp_path / "template", "package"), tmp_path, trusted=True)
    with pytest.raises(TemplateBroken, match="exit status: 1") as failed:
        rendered(template, {"slug": "1-bad"})
    assert failed.value.hint == "ERROR: bad 1-bad"
    assert capfd.readouterr() == ("", "")


def test_where_it_was_rendered_is_not_said(tmp_path: Path) -> None:
    files = {
        "cookiecutter.json": '{"slug": "x"}',
        "{{cookiecutter.slug}}/a": "{{cookiecutter._output_dir}}/{{cookiecutter.slug}} "
        "{{cookiecutter._output_dir}} {{cookiecutter._repo_dir}}/b {{cookiecutter._template}}",
    }
    folder = write(tmp_path / "template", files)
    ours = rendered(opened(folder, tmp_path), {})["a"][1].decode()
    assert ours == f"x . {folder.as_posix()}/b {folder.as_posix()}"


def test_nothing_of_the_user_counts_and_nothing_is_left_in_his_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".cookiecutterrc").write_text("default_context: {slug: his}\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("COOKIECUTTER_CONFIG", str(home / ".cookiecutterrc"))
    files = {
        "cookiecutter.json": '{"slug": "x"}',
        "{{cookiecutter.slug}}/a": "{{cookiecutter.slug}}",
    }
    template = opened(write(tmp_path / "template", files), tmp_path)
    assert rendered(template, {})["a"][1] == b"x"
    assert [path.name for path in home.iterdir()] == [".cookiecutterrc"]
