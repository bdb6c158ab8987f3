"""The ``pyproject.toml`` files of a project, as they were rendered and as they are."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject

NAME: Final = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """One file: as rendered, as it is, and why it cannot be read where it cannot."""

    path: str
    text: str
    then: dict[str, Any]
    now: dict[str, Any]
    broken: str = ""

    @property
    def folder(self) -> str:
        """The folder of the file, with a slash at its end; empty for the project's root."""
        return self.path.removesuffix(NAME)


def read_settings(project: CheckedProject) -> Iterator[Settings]:
    """Yield the files that were rendered, edited or not: a file beside one may replace it."""
    for path in project.record.base if project.record else ():
        if path.rpartition("/")[2] != NAME:
            continue
        text = project.text(path)
        then = tomllib.loads(project.rendered_text(path) or "")
        if text is None:
            yield Settings(path, "", then, {}, broken="there is no such file")
            continue
        try:
            yield Settings(path, text, then, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            yield Settings(path, text, then, {}, broken=str(error))
