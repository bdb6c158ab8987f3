"""What ``pyproject.toml`` and requirements files declare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from blueprint_cli.standards.keys import read_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.specifiers import Specifier

# What stands behind a requirement in a file of pip's: a comment, or an option such as --hash.
BEHIND: Final = re.compile(r"(?:^|\s)(?:#|--\w).*$")
LONGEST: Final = 1000
LOWER_BOUNDS: Final = frozenset({">=", ">", "==", "~=", "==="})


@dataclass(frozen=True, slots=True)
class Declared:
    """A requirement in a file."""

    name: str
    text: str
    line: int | None
    requirement: Requirement

    def is_at_least(self, version: str) -> bool:
        """Whether no version below that one is allowed."""
        try:
            least = Version(version)
        except InvalidVersion:
            return True
        bounds = [_bound(one) for one in self.requirement.specifier]
        return any(bound is not None and bound >= least for bound in bounds)


def _bound(specifier: Specifier) -> Version | None:
    """Return the version below which a specifier allows none; None where it has no such bound."""
    if specifier.operator not in LOWER_BOUNDS:
        return None
    try:
        return Version(specifier.version.removesuffix(".*"))
    except InvalidVersion:
        return None


def canonical(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return canonicalize_name(name)


def declared_in(path: str, text: str) -> Iterator[Declared]:
    """Yield the requirements of a file.

    Raises:
        Unreadable: where it is no TOML, and should be.
    """
    written = _of_pyproject(path, text) if path.endswith(".toml") else _of_requirements(text)
    for line, one in written:
        try:
            requirement = Requirement(one)
        except InvalidRequirement:
            continue
        shown = f"{requirement.name}{requirement.specifier}"
        yield Declared(canonical(requirement.name), shown, line, requirement)


def _of_requirements(text: str) -> Iterator[tuple[int | None, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        one = BEHIND.sub("", line[:LONGEST]).rstrip("\\ ").strip()
        if one and not one.startswith("-"):
            yield number, one


def _of_pyproject(path: str, text: str) -> Iterator[tuple[int | None, str]]:
    data = read_keys(path, text).data
    project = _table(_table(data).get("project"))
    lists = [project.get("dependencies")]
    for groups in (project.get("optional-dependencies"), _table(data).get("dependency-groups")):
        lists += _table(groups).values()
    lines = text.splitlines()
    for declared in lists:
        for one in declared if isinstance(declared, list) else ():
            if isinstance(one, str):
                at = (number for number, line in enumerate(lines, start=1) if one in line)
                yield next(at, 1), one[:LONGEST]


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
