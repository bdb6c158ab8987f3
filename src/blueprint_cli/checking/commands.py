"""Whether a command that the render runs in its Makefile or its pipeline is still run there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.finding import Found
from blueprint_cli.checking.text import line_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject

# A comment, a recipe whose failure make ignores, a failure that the shell ignores, and options with
# which a linter never fails.
IGNORED: Final = r"^\s*#|^\t[@+]*-|\|\|\s*(?:true|:)(?:\s|$)|;\s*true\s*$|--exit-zero|--fix-only"

PIPELINES: Final = (".github/workflows", ".gitlab/pipelines")


def silenced(project: CheckedProject, command: str) -> Iterator[Found]:
    """Yield the files in which the command was run and is not run any more."""
    for path in project.record.base if project.record else ():
        if not _runs_commands(path) or project.is_pristine(path):
            continue
        text = project.text(path)
        if (
            text is not None
            and _runs(project.rendered_text(path) or "", command)
            and not _runs(text, command)
        ):
            message = f"does not run `{command}` any more, or ignores that it fails"
            yield Found(path, message, line_with(text, command), command)


def _runs_commands(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return name == "Makefile" or path == ".gitlab-ci.yml" or folder in PIPELINES


def _runs(text: str, command: str) -> bool:
    where = rf"(?<![\w.-]){re.escape(command)}(?![\w-])"
    return any(
        re.search(where, line) and not re.search(IGNORED, line) for line in text.splitlines()
    )
