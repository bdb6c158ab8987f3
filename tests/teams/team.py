"""A team's template in a repository, and projects of it."""

from pathlib import Path

from tests.engines.written import commit, git, write

FILES = {
    "copier.yml": """\
title: {type: str, help: "What is it called?"}
port: {type: int, default: 8000, validator: "{% if port < 1024 %}at least 1024{% endif %}"}
license: {type: str, choices: [MIT, Apache-2.0], default: MIT}
parts: {type: str, multiselect: true, choices: [docs, ci], default: [docs]}
token: {type: str, secret: true, default: none-yet}
_skip_if_exists: [notes.md]
""",
    "README.md.jinja": "# {{ title }}\n\nOn port {{ port }}.\n\nUnder {{ license }}.\n\nThe end.\n",
    "{% if 'ci' in parts %}ci.yml{% endif %}": "on: push\n",
    ".env.jinja": "TOKEN={{ token }}\nPORT={{ port }}\n",
    "notes.md": "Yours.\n",
}


def template(folder: Path) -> Path:
    """Make the template, tagged v1.0.0."""
    return commit(write(folder, FILES), "v1.0.0")


def release(folder: Path, tag: str, files: dict[str, str]) -> None:
    """Make another version of it."""
    commit(write(folder, files), tag)


def committed(project: Path) -> None:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "mine")
