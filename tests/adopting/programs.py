"""Templates, and projects that Copier and cruft themselves make of them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines.written import commit

ROOT = Path(__file__).parents[2]
COPIER = Path(sys.executable).with_name("copier")
# `make updaters` gets it.
CRUFT = ROOT / ".venv-updaters/bin/cruft"
TEXT = "".join(f"line {number}\n" for number in range(1, 21))
QUESTIONS = """\
title: {type: str, default: Shop}
parts: {type: str, multiselect: true, choices: [docs, ci], default: [docs]}
port: {type: int, default: 80}
"""
OF_COPIER = {
    "copier.yml": f"_subdirectory: template\n{QUESTIONS}",
    "template/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}",
    "template/README.md.jinja": "# {{ title }}\n\n{{ parts }} on {{ port }}\n" + TEXT,
    "template/src/app.txt": TEXT,
    "template/src/gone.txt": TEXT,
    "template/run": "#!/bin/sh\n",
}
OF_COOKIECUTTER = {
    "cookiecutter.json": json.dumps(
        {"title": "Shop", "slug": "{{ cookiecutter.title|lower }}", "license": ["MIT", "BSD"]}
    ),
    "{{cookiecutter.slug}}/README.md": "# {{ cookiecutter.title }}\n\n{{ cookiecutter.license }}\n"
    + TEXT,
    "{{cookiecutter.slug}}/src/app.txt": TEXT,
    "{{cookiecutter.slug}}/src/gone.txt": TEXT,
}


def copied(template: Path, project: Path, *, ref: str = "v1.0.0", **answers: object) -> Path:
    """Make a project with Copier, and commit it."""
    data = [
        f"--data={name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in answers.items()
    ]
    _run(
        COPIER, "copy", "--quiet", "--defaults", "--trust", *data, "--vcs-ref", ref,
        template, project, cwd=template,
    )  # fmt: skip
    return commit(project)


def crufted(template: Path, parent: Path, *options: str, **answers: object) -> Path:
    """Make a project with cruft, and commit it."""
    if not CRUFT.exists():
        pytest.skip("there is no cruft: make updaters")
    before = set(parent.iterdir())
    context = ("--extra-context", json.dumps(answers))
    _run(CRUFT, "create", "--no-input", *context, *options, template.as_uri(), cwd=parent)
    (project,) = (entry for entry in parent.iterdir() if entry not in before)
    return commit(project)


def updated_by_copier(project: Path, aside: Path) -> dict[str, bytes]:
    """Return the files of a project after `copier update` of a copy."""
    shutil.copytree(project, aside)
    _run(COPIER, "update", "--quiet", "--defaults", "--trust", cwd=aside)
    return files(aside)


def updated_by_cruft(project: Path, aside: Path) -> dict[str, bytes]:
    """Return the files of a project after `cruft update` of a copy."""
    shutil.copytree(project, aside)
    _run(CRUFT, "update", "--skip-apply-ask", cwd=aside)
    return files(aside)


def files(project: Path) -> dict[str, bytes]:
    """Return a project's files, without what is ours or git's."""
    return {
        path: place.read_bytes()
        for place in sorted(project.rglob("*"))
        if place.is_file()
        and not (path := place.relative_to(project).as_posix()).startswith(
            (".git/", ".blueprint/", "blueprint.yaml")
        )
    }


def edited(text: str, line: int, new: str = "mine") -> str:
    lines = text.splitlines(keepends=True)
    lines[line - 1] = f"{new}\n"
    return "".join(lines)


def _run(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False,
        env={**os.environ, "GIT_ALLOW_PROTOCOL": "file:https:ssh"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
