"""What each kind of a team's own check finds in a project's files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

from blueprint_cli.layout import FOLDER, SPEC_FILE
from blueprint_cli.standards.dependencies import canonical, declared_in
from blueprint_cli.standards.expressions import Budget, Expression, TooSlow, matching
from blueprint_cli.standards.keys import Unreadable, read_keys, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from blueprint_cli.standards.model import Contents, Dependencies, Header, KeyOf, OwnCheck

WILD: Final = re.compile(r"[*?]")
# A shebang, a coding line and what opens a comment may stand before a header.
BEFORE_HEADER: Final = 3
OPENS: Final = re.compile(r"^\s*(?:#!.*|<\?xml.*|#.*coding[:=].*|<!--|/\*+|\"\"\"|'''|--\[\[)?\s*$")
SIGNS: Final = re.compile(r"^\s*(?:/\*+|<!--|//+|#+|--+|;+|%+|\*+(?!/)|\"\"\")?\s?")
CLOSES: Final = re.compile(r"\s*(?:\*+/|-->|\"\"\")\s*$")
# No line of a header is longer; what is behind it is not looked at.
LONGEST: Final = 1000
YEAR: Final = "{year}"
YEARS: Final = r"[0-9]{4}(?:\s?[-\u2013]\s?[0-9]{4})?"


class Files(Protocol):
    """A project's files, as a check sees them."""

    @property
    def files(self) -> Sequence[str]:
        """Return the paths, relative and with /."""

    def text(self, path: str) -> str | None:
        """Return a file's text, or None where it is none."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A place that breaks a check; ``subject`` is what stays the same when lines move."""

    path: str
    message: str
    line: int | None = None
    subject: str = ""


@dataclass(frozen=True)
class Sample:
    """Files that stand in the standard itself."""

    contents: Mapping[str, str]

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Their paths, in order."""
        return tuple(sorted(self.contents))

    def text(self, path: str) -> str | None:
        """Return the text of one."""
        return self.contents.get(path)


def broken_by(check: OwnCheck, files: Files, budget: Budget) -> list[Broken]:
    """Return the places where files break a check; one that ran out of time says so."""
    try:
        return list(_LOOK[check.kind](check, files, budget))
    except TooSlow:
        message = (
            f"{check.id} was stopped: the checks of the standard took more than "
            f"{budget.seconds:g} seconds together"
        )
        return [Broken(SPEC_FILE, message, subject="too slow")]


def _paths(
    files: Files, globs: Sequence[str], budget: Budget, but: Sequence[str] = ()
) -> list[str]:
    own = [path for path in files.files if not path.startswith(f"{FOLDER}/")]
    found = matching(own, globs, budget)
    left_out = set(matching(found, but, budget)) if but else ()
    return [path for path in found if path not in left_out]


def _must_exist(check: OwnCheck, files: Files, budget: Budget) -> Iterator[Broken]:
    for glob in check.must_exist or ():
        if not _paths(files, [glob], budget):
            place = WILD.split(glob)[0].rpartition("/")[0] if WILD.search(glob) else glob
            message = "is not here" if place == glob else f"no file matches {glob}"
            yield Broken(place or SPEC_FILE, message, subject=glob)


def _must_not_exist(check: OwnCheck, files: Files, budget: Budget) -> Iterator[Broken]:
    for path in _paths(files, check.must_not_exist or (), budget):
        yield Broken(path, "must not be here")


def _must_contain(check: OwnCheck, files: Files, budget: Budget) -> Iterator[Broken]:
    for path, text, expression in _texts(check.must_contain, files, budget):
        if next(expression.lines(text, budget), None) is None:
            yield Broken(path, f"has no line with /{expression.text}/", 1, expression.text)


def _must_not_contain(check: OwnCheck, files: Files, budget: Budget) -> Iterator[Broken]:
    for path, text, expression in _texts(check.must_not_contain, files, budget):
        for line in expression.lines(text, budget):
            # The line itself may be a secret.
            yield Broken(path, f"has /{expression.text}/", line, expression.text)


def _texts(
    contents: Contents | None, files: Files, budget: Budget
) -> Iterator[tuple[str, str, Expression]]:
    if contents is None:
        return
    expression = Expression(contents.expression)
    for path in _paths(files, contents.files, budget, contents.but):
        text = files.text(path)
        if text is not None:
            yield path, text, expression


def _key(check: OwnCheck, files: Files, budget: Budget) -> Iterator[Broken]:
    key = check.key
    if key is None:
        return
    parts = key.path.split(".") if isinstance(key.path, str) else key.path
    name = ".".join(parts)
    for path in _paths(files, key.files, budget):
        budget.spend()
        text = files.text(path)
        if text is None:
            continue
        try:
            found = read_keys(path, text)
        except Unreadable as error:
            yield Broken(path, f"cannot be read: {error}", error.line, "unreadable")
            continue
        there, value = found.at(parts)
        if message := _about_key(key, name, there=there, value=value):
            yield Broken(path, message, found.line(parts), name)


def _about_key(key: KeyOf, name: str, *, there: bool, value: object) -> str:
    """Return what is wrong with a key; empty where nothing is."""
    said = key.model_fields_set
    if key.absent:
        return f"has {name}, which must not be there" if there else ""
    if not there:
        wanted = f"; it must be {shown(key.equals)}" if "equals" in said else ""
        return f"has no {name}{wanted}"
    if "equals" in said and not _same(value, key.equals):
        return f"{name} is {shown(value)}; it must be {shown(key.equals)}"
    if key.one_of is not None and not any(_same(value, one) for one in key.one_of):
        return f"{name} is {shown(value)}; it must be one of {', '.join(map(shown, key.one_of))}"
    return ""


def _same(value: object, wanted: object) -> bool:
    """Python's True equals 1; in these formats it is another thing."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return value == wanted


def _header(check: OwnCheck, files: Files, budget: Budget) -> Iterator[Broken]:
    header = check.header
    if header is None:
        return
    wanted = _lines_of(header)
    for path in _paths(files, header.files, budget, header.but):
        budget.spend()
        text = files.text(path)
        if text is not None and text.strip() and not _begins_with(text, wanted):
            yield Broken(path, f"does not begin with: {header.text.strip().splitlines()[0]}", 1)


def _lines_of(header: Header) -> list[re.Pattern[str]]:
    """Return an expression for each line; what the team wrote is text, so none can be slow."""
    return [
        re.compile(YEARS.join(re.escape(part) for part in line.strip().split(YEAR)))
        for line in header.text.strip().splitlines()
    ]


def _begins_with(text: str, wanted: list[re.Pattern[str]]) -> bool:
    begins = text.lstrip("\ufeff").splitlines()[: BEFORE_HEADER + len(wanted)]
    lines = [line[:LONGEST] for line in begins]
    for start in range(BEFORE_HEADER + 1):
        here = [_without_signs(line) for line in lines[start : start + len(wanted)]]
        if len(here) == len(wanted) and all(
            pattern.fullmatch(line) for pattern, line in zip(wanted, here, strict=True)
        ):
            return True
        if start < len(lines) and not OPENS.match(lines[start]):
            return False
    return False


def _without_signs(line: str) -> str:
    return CLOSES.sub("", SIGNS.sub("", line, count=1)).strip()


def _dependencies(check: OwnCheck, files: Files, budget: Budget) -> Iterator[Broken]:
    wanted = check.dependencies
    if wanted is None:
        return
    for path in _paths(files, wanted.files, budget):
        budget.spend()
        text = files.text(path)
        if text is not None:
            yield from _declared(wanted, path, text)


def _declared(wanted: Dependencies, path: str, text: str) -> Iterator[Broken]:
    forbidden = {canonical(name): what for name, what in wanted.forbidden.items()}
    least = {canonical(name): version for name, version in wanted.at_least.items()}
    try:
        for declared in declared_in(path, text):
            name = declared.name
            if name in forbidden:
                message = f"depends on {name}; instead: {forbidden[name]}"
                yield Broken(path, message, declared.line, f"forbidden {name}")
            if name in least and not declared.is_at_least(least[name]):
                message = f"allows {declared.text}; {name} must be at least {least[name]}"
                yield Broken(path, message, declared.line, f"at least {name}")
    except Unreadable as error:
        yield Broken(path, f"cannot be read: {error}", error.line, "unreadable")


_LOOK: Final[Mapping[str, Callable[[OwnCheck, Files, Budget], Iterator[Broken]]]] = {
    "must_exist": _must_exist,
    "must_not_exist": _must_not_exist,
    "must_contain": _must_contain,
    "must_not_contain": _must_not_contain,
    "key": _key,
    "header": _header,
    "dependencies": _dependencies,
}
