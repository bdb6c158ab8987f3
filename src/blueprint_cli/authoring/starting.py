"""``blueprint templates new``: a repository for a team's template, or for its standard."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.creating.destination import check_destination, name_and_destination
from blueprint_cli.creating.staging import put_in_place, staging_folder
from blueprint_cli.errors import UsageError
from blueprint_cli.git.command import create_repository, find_git
from blueprint_cli.tree import File, Tree, write_tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KINDS: Final = ("layered", "copier", "cookiecutter", "standard")

README: Final = """\
# {name}

{what}

    blueprint templates lint .
    blueprint templates test .

Tag a version (`git tag v1.0.0`) and push it: projects then get it by `blueprint update`.
{use}
"""
WORKFLOW: Final = """\
name: test

on:
  push:
    branches: [main]
  pull_request:

permissions:
  contents: read

jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          fetch-depth: 0 # an update from the previous tag is tested, too
          persist-credentials: false
      - uses: actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0
        with:
          python-version: "3.13"
      - run: pip install backend-blueprint=={version}
      - run: blueprint templates lint .
      - run: blueprint templates test . --junit tests.xml{trust}
"""
TRIALS: Final = """\
# What `blueprint templates test` does beside rendering every choice.
tests: 1
# To questions that have no default:
answers: {answers}
# Which have to pass in a rendered project; they run with --trust.
commands: [test -f README.md]
"""
LAYERED: Final = {
    "blueprint-template.yaml": """\
# What this template adds to blueprint's own patterns.
template: 1
name: {name}
version: 1.0.0
extends: builtin
summary: A backend as our team runs it.
questions:
  cost_center: {{ask: Which cost center pays for it?, default: unknown}}
# Files of ours that it brings itself; every other one of `files/` is added.
replaces: []
# Files that stay the template's: `blueprint check` tells who edits them.
managed: [catalog-info.yaml]
""",
    "files/catalog-info.yaml.jinja": """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: [= project.name =]
  annotations:
    acme.example/cost-center: "[= answers.cost_center =]"
spec:
  type: service
  lifecycle: experimental
  owner: "[= project.owner or 'unknown' =]"
""",
    "blueprint-tests.yaml": TRIALS.replace("{answers}", "{{}}"),
}
COPIER: Final = {
    "copier.yml": """\
_subdirectory: template
title:
  type: str
  help: What is it called?
  default: Example
license:
  type: str
  choices: [MIT, Apache-2.0]
  default: MIT
""",
    "template/README.md.jinja": """\
# {{{{ title }}}}

Licensed under {{{{ license }}}}.
""",
    "template/{{{{ _copier_conf.answers_file }}}}.jinja": """\
# What this project was made of; blueprint and Copier read it.
{{{{ _copier_answers|to_nice_yaml -}}}}
""",
    "blueprint-tests.yaml": TRIALS.replace("{answers}", "{{}}"),
}
COOKIECUTTER: Final = {
    "cookiecutter.json": """\
{{
  "title": "Example",
  "slug": "{{{{ cookiecutter.title.lower().replace(' ', '-') }}}}",
  "license": ["MIT", "Apache-2.0"],
  "__prompts__": {{
    "title": "What is it called?"
  }}
}}
""",
    "{{{{cookiecutter.slug}}}}/README.md": """\
# {{{{ cookiecutter.title }}}}

Licensed under {{{{ cookiecutter.license }}}}.
""",
    "blueprint-tests.yaml": TRIALS.replace("{answers}", "{{}}"),
}
STANDARD: Final = {
    "standard.yaml": """\
# What our team asks of its projects: `blueprint schema --standard` says what can stand here.
standard: 1
name: {name}
version: 1.0.0
summary: What our team asks of its backends.
defaults:
  platform: {{ci: github}}
locked: []
checks:
  - id: TEAM-001
    title: Every project has a README
    why: Whoever finds the repository wants to know what it is.
    fix: Write a README.md.
    must_exist: [README.md]
    tests:
      passes: [{{README.md: "# Till"}}]
      fails: [{{}}]
""",
}
FILES: Final[Mapping[str, Mapping[str, str]]] = {
    "layered": LAYERED,
    "copier": COPIER,
    "cookiecutter": COOKIECUTTER,
    "standard": STANDARD,
}


@dataclass(frozen=True, slots=True)
class Started:
    """A repository that was made, its files, and what to type next."""

    path: Path
    files: tuple[str, ...]
    following: tuple[str, ...]


def start(name: str, kind: str, output: Path | None) -> Started:
    """Make a repository with one commit: a template or a standard that works, and its tests in CI.

    Raises:
        UsageError: where there is no such kind.
        BlueprintError: where it cannot stand there; nothing was written then.
    """
    if kind not in KINDS:
        raise UsageError(f"there is no kind {kind}", hint=f"There is: {', '.join(KINDS)}.")
    _, destination = name_and_destination(name, output)
    check_destination(destination)
    tree = _tree(name, kind)
    with staging_folder(_existing(destination)) as staging:
        folder = staging / "project"
        write_tree(tree, folder)
        if find_git():
            create_repository(folder, f"Start the {kind} {name}")
        put_in_place(folder, destination)
    place = shlex.quote(str(output or name))
    return Started(
        destination,
        tuple(tree),
        (f"cd {place}", "blueprint templates lint .", "blueprint templates test ."),
    )


def _existing(place: Path) -> Path:
    return next(parent for parent in place.parents if parent.is_dir())


def _tree(name: str, kind: str) -> Tree:
    from blueprint_cli.version import installed_version  # noqa: PLC0415 - reads a file

    standard = kind == "standard"
    option = "--standard" if standard else "--template"
    readme = README.format(
        name=name,
        what="What our team asks of its projects." if standard else "A template of our team's.",
        use=f"A new project: `blueprint new NAME {option} SOURCE`.",
    )
    texts = {path.format(): text.format(name=name) for path, text in FILES[kind].items()}
    trust = "" if standard else " --trust"
    files = {
        **texts,
        "README.md": readme,
        ".github/workflows/test.yml": WORKFLOW.format(version=installed_version(), trust=trust),
    }
    return Tree({path: File(text.encode()) for path, text in files.items()})
