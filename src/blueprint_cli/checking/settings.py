"""``pyproject.toml`` and ``ruff.toml`` of a project, as they were rendered and as they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject

PYPROJECT: Final = "pyproject.toml"
RUFF: Final = "ruff.toml"


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
        return self.path.removesuffix(self.path.rpartition("/")[2])


def read_settings(project: CheckedProject) -> Iterator[Settings]:
    """Yield the files that were edited since they were rendered."""
    for path in settings_files(project):
        if not project.is_pristine(path):
            yield _read(project, path)


def settings_files(project: CheckedProject) -> list[str]:
    """Return the paths of the files that were rendered."""
    base = project.record.base if project.record else ()
    return [path for path in base if path.rpartition("/")[2] in {PYPROJECT, RUFF}]


def replaces(project: CheckedProject, section: str, *names: str) -> Iterator[str]:
    """Yield files that a tool reads instead of the section that was rendered for it."""
    for path in settings_files(project):
        folder, _, own = path.rpartition("/")
        if own == section or section in (project.rendered_text(path) or ""):
            beside = (f"{folder}/{name}".lstrip("/") for name in names if name != own)
            yield from (other for other in beside if other in project.written_by_hand)


def _read(project: CheckedProject, path: str) -> Settings:
    text = project.text(path)
    below = ("tool", "ruff") if path.rpartition("/")[2] == RUFF else ()
    then = _parsed(project.rendered_text(path) or "", below)
    if text is None:
        return Settings(path, "", then, {}, broken="there is no such file")
    try:
        return Settings(path, text, then, _parsed(text, below))
    except ValueError as error:
        return Settings(path, text, then, {}, broken=str(error))


@cache
def _parsed(text: str, below: tuple[str, ...]) -> dict[str, Any]:
    """Read a file, as if its tables stood below another; several rules ask for the same one."""
    import tomllib  # noqa: PLC0415 - 10 ms, only where a file was edited

    document = tomllib.loads(text)
    for name in reversed(below):
        document = {name: document}
    return document
