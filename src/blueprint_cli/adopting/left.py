"""What Copier and cruft leave in a project: where its template is, and what it was answered."""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Literal

import yaml

from blueprint_cli.errors import NotAProject, Problem, ProjectRefused, SpecInvalid, UsageError
from blueprint_cli.sources.address import SUBDIRECTORY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Program = Literal["Copier", "cruft"]

CRUFT: Final = ".cruft.json"
# As Copier names it, and as templates do that may be used beside others.
COPIER: Final = re.compile(r"\.copier-answers(\.[\w.-]+)?\.ya?ml")
ENDS: Final = (".yml", ".yaml")
BY_COPIER: Final = re.compile(rb"^_src_path:", re.MULTILINE)
LARGEST: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What one of the two programs says of a project.

    ``path`` is the file that says it, from the project's root. ``commit`` is what was rendered, as
    the program writes it; ``follows`` the branch or tag that somebody asked it for. ``skipped`` are
    paths and globs that it never updates.
    """

    program: Program
    path: str
    source: str
    commit: str
    follows: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()

    @property
    def is_rendered(self) -> bool:
        """Whether the file is one of the template's."""
        return self.program == "Copier"


def find_left(project: Path, file: str = "") -> Left:
    """Read what one of the two programs left in a project.

    Args:
        project: its folder.
        file: which file says it, where more than one does.

    Raises:
        NotAProject: where there is none.
        ProjectRefused: where there are several.
        SpecInvalid: where it cannot be understood.
    """
    paths = [Path(file).as_posix()] if file else _candidates(project)
    if not paths:
        raise NotAProject(
            f"{project} was made by neither Copier nor cruft: there is no .copier-answers.yml and "
            f"no {CRUFT}",
            hint="Where the answers are in another file, name it: --file FILE",
        )
    if len(paths) > 1:
        raise ProjectRefused(
            f"more than one file says where {project} is from: {', '.join(paths)}",
            hint=f"Name the one of the template that it is to follow: --file {paths[0]}",
        )
    place = project / paths[0]
    try:
        with place.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{place} cannot be read: {error.strerror}") from error
    if len(content) > LARGEST:
        raise _mistaken(paths[0], f"has more than {LARGEST // 1024} KiB")
    read = _of_cruft if place.suffix == ".json" else _of_copier
    return read(project, paths[0], content)


def _candidates(project: Path) -> list[str]:
    """Return the files that say it: by their names, or else by what they hold."""
    if not project.is_dir():
        raise NotAProject(f"there is no folder {project}")
    files = sorted(entry for entry in project.iterdir() if entry.is_file())
    named = [entry.name for entry in files if COPIER.fullmatch(entry.name) or entry.name == CRUFT]
    if named:
        return named
    folders = sorted(entry for entry in project.iterdir() if entry.is_dir())
    below = [entry for folder in folders if folder.name != ".git" for entry in _listed(folder)]
    return [
        entry.relative_to(project).as_posix()
        for entry in (*files, *below)
        if entry.suffix in ENDS and _says_so(entry)
    ]


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_file())
    except OSError:
        return []


def _says_so(place: Path) -> bool:
    try:
        with place.open("rb") as stream:
            return BY_COPIER.search(stream.read(LARGEST)) is not None
    except OSError:
        return False


def _of_copier(_project: Path, path: str, content: bytes) -> Left:
    try:
        said = yaml.safe_load(content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or "it is no YAML"
        raise _mistaken(path, f"cannot be read: {why}", line=mark and mark.line + 1) from error
    said = _mapping(said, path)
    answers = {key: _plain(value) for key, value in said.items() if not key.startswith("_")}
    return Left(
        program="Copier",
        path=path,
        source=_text(said, "_src_path", path),
        commit=_text(said, "_commit", path, needed=False),
        answers=answers,
    )


def _of_cruft(project: Path, path: str, content: bytes) -> Left:
    try:
        said = json.loads(content)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise _mistaken(path, f"cannot be read: {error}", line=line) from error
    said = _mapping(said, path)
    context = _mapping(_mapping(said.get("context"), path, "context").get("cookiecutter"), path)
    source = _text(said, "template", path)
    inside = _text(said, "directory", path, needed=False).strip("/")
    skipped = [*_list(said.get("skip")), *_list(_settings(project).get("skip"))]
    return Left(
        program="cruft",
        path=path,
        source=source + (f"{SUBDIRECTORY}{inside}" if inside else ""),
        commit=_text(said, "commit", path),
        follows=_text(said, "checkout", path, needed=False),
        answers={key: value for key, value in context.items() if not key.startswith("_")},
        skipped=tuple(each for each in skipped if isinstance(each, str)),
    )


def _settings(project: Path) -> Mapping[str, Any]:
    """Return what ``pyproject.toml`` tells cruft."""
    try:
        said = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    found = said.get("tool", {}).get("cruft", {})
    return found if isinstance(found, dict) else {}


def _mapping(value: object, path: str, key: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _mistaken(path, "is no mapping of keys to values", key=key)
    return {str(name): each for name, each in value.items()}


def _text(said: Mapping[str, Any], key: str, path: str, *, needed: bool = True) -> str:
    value = said.get(key)
    if value is None and not needed:
        return ""
    if not isinstance(value, str | int | float) or not str(value).strip():
        raise _mistaken(path, "is missing, or is no text", key=key)
    return str(value)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _plain(value: Any) -> Any:  # noqa: ANN401 - an answer is of any type
    """Return an answer as JSON has it; Copier reads a date again where it is text."""
    match value:
        case dt.date():
            return value.isoformat()
        case list():
            return [_plain(each) for each in value]
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case _:
            return value


def _mistaken(path: str, why: str, *, key: str = "", line: int | None = None) -> SpecInvalid:
    problem = Problem(why, path, line=line, key=key)
    return SpecInvalid(f"{path} does not say where the project is from", problems=[problem])


def owned_of(left: Left, matches: Callable[[str], list[str]]) -> list[dict[str, str]]:
    """Return what cruft never updates as ``owned``; ``matches`` has the paths of a glob."""
    paths: list[str] = []
    for each in left.skipped:
        paths += matches(each) if "*" in each else [PurePosixPath(each).as_posix()]
    reason = f"{left.program} does not update it"
    inside = [p for p in dict.fromkeys(paths) if p != "." and not {"..", "/"} & set(_parts(p))]
    return [{"path": path, "reason": reason} for path in inside]


def _parts(path: str) -> tuple[str, ...]:
    return PurePosixPath(path).parts
