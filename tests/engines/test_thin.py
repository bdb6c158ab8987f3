import json
from pathlib import Path

from tests.engines.written import commit, opened, rendered, write


def test_a_copier_template_is_rendered(tmp_path: Path) -> None:
    files = {
        "copier.yml": "title: Shop\n",
        "{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}",
        "{{ title|lower }}/a.txt.jinja": "{{ title }} in {{ _folder_name }}\n",
    }
    source = commit(write(tmp_path / "template", files), "v1.0")
    template = opened(source, tmp_path)
    assert rendered(template, {"title": "Till"}) == {
        ".copier-answers.yml": (
            "100644",
            f"_commit: v1.0\n_src_path: {source.as_posix()}\ntitle: Till\n".encode(),
        ),
        "till/a.txt": ("100644", b"Till in shop\n"),
    }


def test_a_cookiecutter_template_is_rendered(tmp_path: Path) -> None:
    files = {
        "cookiecutter.json": json.dumps({"title": "Shop", "slug": "{{cookiecutter.title|lower}}"}),
        "{{cookiecutter.slug}}/run.sh": "#!/bin/sh\necho {{ cookiecutter.title }}\n",
    }
    template = opened(write(tmp_path / "template", files), tmp_path)
    assert rendered(template, {"title": "Till"}) == {
        "run.sh": ("100755", b"#!/bin/sh\necho Till\n")
    }
