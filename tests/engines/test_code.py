"""Templates that run code say what, and those whose renders can differ are known."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from blueprint_cli.errors import NotInstalled, SourceRefused, TemplateBroken
from tests.engines import cookiecutter_templates, copier_templates
from tests.engines.written import Files, opened, rendered, spec, write

COOKIECUTTER: Files = {"cookiecutter.json": '{"slug": "x"}'}


def test_what_a_copier_template_runs_is_listed(tmp_path: Path) -> None:
    files = {
        "copier.yml": "_jinja_extensions: [one.Extension]\n"
        "_tasks: [git init, [python, -c, x], {command: 'echo {{ a }}', when: false}]\n"
        "_external_data: {mine: .answers.yml, other: ../other.yml, home: ~/x.yml}\n"
        "_migrations: [echo later]\n"
    }
    assert opened(write(tmp_path / "t", files), tmp_path).runs == (
        "Jinja extension one.Extension",
        "task git init",
        "task ['python', '-c', 'x']",
        "task echo {{ a }}",
        "reads ../other.yml, which is outside the project",
        "reads ~/x.yml, which is outside the project",
    )


def test_what_a_cookiecutter_template_runs_is_listed(tmp_path: Path) -> None:
    files = {
        "cookiecutter.json": '{"templates": {"a": {"path": "a"}, "b": {"path": "b"}}}',
        "a/cookiecutter.json": '{"_extensions": ["local.x"]}',
        "a/hooks/post_gen_project.py": "",
        "a/hooks/pre_gen_project.sh": "",
        "a/hooks/helpers.py": "",
        "a/hooks/post_gen_project.py~": "",
        "b/cookiecutter.json": "{}",
        "b/hooks/pre_prompt.py": "",
    }
    assert opened(write(tmp_path / "t", files), tmp_path).runs == (
        "hook a/hooks/pre_gen_project.sh",
        "hook a/hooks/post_gen_project.py",
        "Jinja extension local.x",
        "hook b/hooks/pre_prompt.py",
    )


@pytest.mark.parametrize(
    "files",
    [
        {"copier.yml": "a: '{{ 9|ans_random }}'\n"},
        {"copier.yml": "a: 1\n", "x.jinja": "{{ range(9)|random }}"},
        {"copier.yml": "a: 1\n", "x.jinja": "{{ '%Y' | strftime }}"},
        {
            "copier.yml": "_envops: {variable_start_string: '[['}\n",
            "x.jinja": "[[ make_secret() }}",
        },
        {"copier.yml": "_tasks: [date > when]\n"},
        {**COOKIECUTTER, "{{cookiecutter.slug}}/a": "{% now 'utc', '%Y' %}"},
        {**COOKIECUTTER, "{{cookiecutter.slug}}/a": "{{ random_ascii_string(9) }}"},
        {**COOKIECUTTER, "{{cookiecutter.slug}}/{{ uuid4() }}": "a"},
        {**COOKIECUTTER, "hooks/post_gen_project.sh": "#!/bin/sh\n"},
    ],
)
def test_a_template_that_can_come_out_otherwise_draws(files: Files, tmp_path: Path) -> None:
    assert opened(write(tmp_path / "t", files), tmp_path).draws


def test_others_do_not_draw(tmp_path: Path) -> None:
    files: Files = {"x.md.jinja": "Now at random: {{ name }}, uuid4\n", "bytes": bytes(range(256))}
    copier = write(tmp_path / "a", {"copier.yml": "name: x\n", **files})
    cookiecutter = write(tmp_path / "b", {**COOKIECUTTER, **files, "{{cookiecutter.slug}}/a": "a"})
    assert not opened(copier, tmp_path).draws
    assert not opened(cookiecutter, tmp_path).draws


def test_tasks_say_nothing_and_read_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files = {"copier.yml": "_tasks: ['cat > read.txt', 'echo loud', 'echo louder >&2']\n"}
    template = opened(write(tmp_path / "t", files), tmp_path, trusted=True)
    assert rendered(template, {})["read.txt"] == ("100644", b"")
    assert capfd.readouterr() == ("", "")


def test_tasks_have_the_environment_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("COPIER_SETTINGS_PATH", "x")
    monkeypatch.setenv("MINE", "kept")
    files = {
        "copier.yml": "_tasks: ['echo $MINE $GIT_DIR $COPIER_SETTINGS_PATH > a; git init -q .']\n"
    }
    template = opened(write(tmp_path / "t", files), tmp_path, trusted=True)
    assert rendered(template, {})["a"][1] == b"kept\n"
    assert not (tmp_path / "elsewhere").exists()


def test_a_task_that_fails_says_what_it_said(tmp_path: Path) -> None:
    files = {"copier.yml": "_tasks: ['echo why >&2; exit 3']\n"}
    template = opened(write(tmp_path / "t", files), tmp_path, trusted=True)
    with pytest.raises(TemplateBroken, match="exit") as failed:
        rendered(template, {})
    assert failed.value.hint.endswith("why")


@pytest.mark.parametrize(
    "files",
    [
        {"copier.yml": "_jinja_extensions: [not_installed.Extension]\n"},
        {
            "cookiecutter.json": '{"slug": "x", "_extensions": ["not_installed.X"]}',
            "{{cookiecutter.slug}}/a": "a",
        },
    ],
)
def test_an_extension_that_is_not_installed_is_named(files: Files, tmp_path: Path) -> None:
    template = opened(write(tmp_path / "t", files), tmp_path, trusted=True)
    with pytest.raises(NotInstalled, match="not_installed"):
        rendered(template, {})


def test_what_a_copier_template_must_not_do_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside.yml").write_text("secret: 1\n")
    broken: dict[str, Files] = {
        "name": {"copier.yml": "a: ../out\n", "{{ a }}/b": "x"},
        "answers": {
            "copier.yml": "_answers_file: ../out\n",
            "{{ _copier_conf.answers_file }}": "x",
        },
        "included": {"copier.yml": "!include ../outside.yml\n---\na: 1\n"},
        "sandbox": {"copier.yml": "a: 1\n", "b.jinja": "{{ cycler.__init__.__globals__ }}"},
        "folder": {"copier.yml": "_subdirectory: ../..\n", "a": "a"},
    }
    for name, files in broken.items():
        template = opened(write(tmp_path / name, files), tmp_path)
        scratch = tmp_path / f"scratch {name}"
        scratch.mkdir()
        with pytest.raises(TemplateBroken):
            template.render(spec("shop", {}), scratch=scratch)
        assert not list(scratch.iterdir())
        assert not (tmp_path / "out").exists()


def test_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    for target in ("/etc/passwd", "../x", "a/../../x"):
        files = {"copier.yml": f"_tasks: ['ln -s {target} link']\n"}
        template = opened(write(tmp_path / "t", files), tmp_path, trusted=True)
        with pytest.raises(TemplateBroken, match="leads out of the project"):
            rendered(template, {})


def test_environments_are_left_out(tmp_path: Path) -> None:
    files = {
        "copier.yml": "_tasks: ['mkdir v node_modules; touch a v/pyvenv.cfg node_modules/b']\n"
    }
    template = opened(write(tmp_path / "t", files), tmp_path, trusted=True)
    assert rendered(template, {}).keys() == {"a"}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"README.md": "x"}, "holds no template"),
        ({"copier.yml": "", "cookiecutter.json": "{}"}, "more than one template"),
        ({"copier.yml": "", "copier.yaml": ""}, "more than one template"),
    ],
)
def test_what_is_no_template_is_refused(files: Files, said: str, tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match=said):
        opened(write(tmp_path / "t", files), tmp_path)


@pytest.mark.parametrize(
    "files",
    [
        {"copier.yml": "a: [\n"},
        {"copier.yml": "_min_copier_version: '99'\n"},
        {"copier.yml": "a: 1\n", "b.jinja": "{{ a"},
        {"cookiecutter.json": "{"},
        {"cookiecutter.json": "[]"},
        {"cookiecutter.json": '{"slug": "x"}'},
        {"cookiecutter.json": '{"slug": []}', "{{cookiecutter.slug}}/a": "a"},
        {"cookiecutter.json": '{"slug": "x"}', "{{cookiecutter.slug}}/a": "{{ nowhere }}"},
    ],
)
def test_a_broken_template_is_its_authors_fault(files: Files, tmp_path: Path) -> None:
    template = opened(write(tmp_path / "t", files), tmp_path)
    with pytest.raises(TemplateBroken):
        rendered(template, {})


def test_the_templates_own_files_are_its_tree(tmp_path: Path) -> None:
    for name, files in {
        "copier": copier_templates.TEMPLATES["files"],
        "cookiecutter": cookiecutter_templates.TEMPLATES["files"],
    }.items():
        template = opened(write(tmp_path / name, files), tmp_path)
        assert template.tree.keys() == files.keys()
        assert template.kind == name


@pytest.mark.parametrize(
    ("files", "same"),
    [
        (
            {"copier.yml": "_subdirectory: t\n", "t/a.jinja": "{{ '%Y-%m-%d %H:%M' | strftime }}"},
            "--:",
        ),
        ({"copier.yml": "_subdirectory: t\n", "t/a.jinja": "{{ now().year }}"}, ""),
        ({**COOKIECUTTER, "{{cookiecutter.slug}}/a": "{% now 'utc', '%Y-%m-%d %H:%M' %}"}, "--:"),
    ],
)
def test_a_second_render_is_of_another_day(files: Files, same: str, tmp_path: Path) -> None:
    template = opened(write(tmp_path / "t", files), tmp_path)
    first = template.render(spec("shop", {})).tree["a"].content.decode()
    other = template.render_otherwise(spec("shop", {}))
    assert other is not None
    second = other["a"].content.decode()
    assert first[:4] == str(datetime.now(tz=UTC).year)
    assert all(one != another for one, another in zip(first[:4], second[:4], strict=True))
    assert first[:10] != second[:10]
    assert {letter for letter in first if not letter.isdigit()} >= set(same)
    third = template.render(spec("shop", {})).tree["a"].content.decode()
    assert third[:10] == first[:10]


def test_what_is_drawn_is_drawn_each_time(tmp_path: Path) -> None:
    """Jinja computes a constant once, as it compiles; a text that draws is compiled anew."""
    templates: dict[str, Files] = {
        "copier": {"copier.yml": "a: 1\n", "x.jinja": "{{ 999999999999 | ans_random }}"},
        "cookiecutter": {
            **COOKIECUTTER,
            "{{cookiecutter.slug}}/x": "{{ random_ascii_string(30) }}",
        },
    }
    for name, files in templates.items():
        template = opened(write(tmp_path / name, files), tmp_path)
        drawn = {template.render(spec("shop", {})).tree["x"].content for _ in range(3)}
        assert len(drawn) == 3
