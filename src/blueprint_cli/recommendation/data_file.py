"""TOML data files that a team may write: rules and price books, checked with file and line.

TOML, not YAML: the standard library reads it thirty times as fast, and these are read on each run.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from blueprint_cli.errors import EXIT_BAD_INPUT, BlueprintError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_BYTES: Final = 1024 * 1024
MAX_PROBLEMS: Final = 20
A_TABLE: Final = "a table of keys and values"
AT_LINE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
HEADER = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(#.*)?$")
KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")

DataPath = tuple[str | int, ...]


class DataFileInvalid(BlueprintError):  # noqa: N818 - the name says what happened, as in errors.py
    """A file of rules or prices holds something that is not allowed."""

    code: ClassVar[str] = "data-file-invalid"
    exit_code: ClassVar[int] = EXIT_BAD_INPUT


@dataclass(slots=True)
class Found:
    """What is wrong in one file, collected so that all of it is shown at once."""

    name: str
    text: str
    problems: list[tuple[DataPath, str, str]]

    def add(self, path: DataPath, message: str, allowed: str = "") -> None:
        """Note a problem at a path."""
        self.problems.append((path, message, allowed))

    def raise_if_any(self) -> None:
        """Refuse the file where something was wrong in it."""
        if not self.problems:
            return
        lines = key_lines(self.text)
        # What should be in a table is no second mistake where there is no table.
        no_tables = [path for path, _, allowed in self.problems if allowed == A_TABLE]
        reported = [
            problem
            for problem in self.problems
            if not any(problem[0][: len(table)] == table != problem[0] for table in no_tables)
        ]
        problems = sorted(
            {
                Problem(
                    message,
                    self.name,
                    _nearest_line(lines, path),
                    key=dotted(path),
                    allowed=allowed,
                )
                for path, message, allowed in reported[:MAX_PROBLEMS]
            },
            key=lambda problem: (problem.line or 0, problem.key, problem.message),
        )
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise DataFileInvalid(f"{self.name} has {count}", problems=problems)


class Table:
    """A table of a data file that is read key by key; what nobody asked for is unknown."""

    def __init__(self, data: object, path: DataPath, found: Found) -> None:
        self.path = path
        self.found = found
        self._asked: set[str] = set()
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            found.add(path, "is missing" if data is None else f"is {shown(data)}", A_TABLE)

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self.data

    def raw(self, key: str) -> Any:  # noqa: ANN401 - a data file holds anything
        """Return the value as it stands; None where it is missing."""
        self._asked.add(key)
        return self.data.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not empty."""
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (not value.strip() and default is None):
            self._wrong(key, value, "a text")
            return ""
        return value

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        """Return one of the allowed words."""
        value = self.raw(key)
        if value not in allowed:
            self._wrong(key, value, ", ".join(allowed))
            return allowed[0]
        return str(value)

    def number(
        self,
        key: str,
        default: float | None = None,
        *,
        least: float = -math.inf,
        most: float = math.inf,
    ) -> float:
        """Return a finite number within its limits."""
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
            or not least <= value <= most
        ):
            limits = " ".join(
                text
                for text, there in (
                    (f"from {least:g}", least > -math.inf),
                    (f"to {most:g}", most < math.inf),
                )
                if there
            )
            self._wrong(key, value, f"a number {limits}".strip())
            return least if math.isfinite(least) else 0.0
        return float(value)

    def table(self, key: str, *, needed: bool = True) -> Table:
        """Return a table inside this one."""
        value = self.raw(key)
        if value is None and not needed:
            value = {}
        return Table(value, (*self.path, key), self.found)

    def tables(self, key: str) -> Iterator[Table]:
        """Return each of a list of tables."""
        value = self.raw(key)
        if value is None:
            return
        if not isinstance(value, list):
            self._wrong(key, value, f"[[{key}]], a list of tables")
            return
        for index, item in enumerate(value):
            yield Table(item, (*self.path, key, index), self.found)

    def each(self) -> Iterator[tuple[str, Table]]:
        """Return every key with its value as a table."""
        for key in self.data:
            yield key, self.table(key)

    def same(self, key: str, value: object) -> bool:
        """Whether the key has this one allowed value; noted where it has not."""
        given = self.raw(key)
        if given == value and not isinstance(given, bool):
            return True
        self._wrong(key, given, str(value))
        return False

    def wrong(self, key: str, message: str, allowed: str = "") -> None:
        """Note that a value cannot stand."""
        self.found.add((*self.path, key), message, allowed)

    def end(self) -> None:
        """Refuse the keys that nobody asked for."""
        for key in self.data.keys() - self._asked:
            near = difflib.get_close_matches(key, sorted(self._asked), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            self.wrong(key, f"unknown key{hint}", "" if near else ", ".join(sorted(self._asked)))

    def _wrong(self, key: str, value: object, allowed: str) -> None:
        if value is None and key not in self.data:
            self.found.add((*self.path, key), "is missing", allowed)
        else:
            self.found.add((*self.path, key), f"is {shown(value)}", allowed)


def read_data_file(path: Path) -> Table:
    """Read a TOML file.

    Raises:
        DataFileInvalid: where it cannot be read or is no TOML, with the line.
    """
    name = str(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise DataFileInvalid(f"{name} is a directory; a TOML file is needed") from None
    except FileNotFoundError:
        raise DataFileInvalid(f"there is no file {name}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataFileInvalid(f"{name} cannot be read: {reason}") from None
    if len(content) > MAX_BYTES:
        raise DataFileInvalid(f"{name} is larger than 1 MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = Problem(f"byte 0x{content[error.start]:02x} is not UTF-8", name, line)
        raise DataFileInvalid(f"{name} has one problem", problems=[problem]) from None
    return parse_data(text, name)


def parse_data(text: str, name: str) -> Table:
    """Parse a text in TOML.

    Raises:
        DataFileInvalid: where it is none, with the line.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        message = str(error) if not isinstance(error, RecursionError) else "is nested too deeply"
        place = AT_LINE.search(message)
        line = column = None
        if place:
            message = message[: place.start()]
            ends = text.count("\n") + 1
            line, column = (int(place[1]), int(place[2])) if place[1] else (ends, None)
        problem = Problem(f"not TOML: {message}", name, line, column)
        raise DataFileInvalid(f"{name} has one problem", problems=[problem]) from None
    return Table(data, (), Found(name, text, []))


def dotted(path: DataPath) -> str:
    """``("criteria", 0, "why")`` as people write it: ``criteria[0].why``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: object) -> str:
    """Return a value as a message shows it."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "a table"
        case list():
            return "a list"
        case str():
            return repr(value if len(value) <= 40 else f"{value[:37]}...")  # noqa: PLR2004 - fits a line
        case _:
            return str(value)


def _nearest_line(lines: dict[DataPath, int], path: DataPath) -> int | None:
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def key_lines(text: str) -> dict[DataPath, int]:
    """Return the line of each key and of each element of a list; the parser keeps none."""
    lines: dict[DataPath, int] = {}
    counts: dict[DataPath, int] = {}
    table: DataPath = ()
    here: DataPath = ()
    depth = index = 0
    for number, line in enumerate(text.splitlines(), start=1):
        bare = _without_strings(line)
        if depth == 0 and (header := HEADER.fullmatch(bare)):
            table = _resolved(_parts(HEADER.fullmatch(line) or header, 2), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            lines[table] = number
            for length in range(1, len(table)):
                lines.setdefault(table[:length], number)
            continue
        if depth == 0 and (key := KEY.match(line)):
            here, index = (*table, *_parts(key, 1)), 0
            lines[here] = number
            bare = bare[bare.find("=") + 1 :]
        for sign in bare:
            if sign in "[{":
                if depth == 1 and sign == "{":
                    lines[(*here, index)] = number
                    index += 1
                depth += 1
            elif sign in "]}":
                depth = max(0, depth - 1)
    return lines


def _parts(match: re.Match[str], group: int) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in match[group].split("."))


def _resolved(parts: tuple[str, ...], counts: dict[DataPath, int]) -> DataPath:
    path: DataPath = ()
    for part in parts[:-1]:
        path = (*path, part)
        if path in counts:
            path = (*path, counts[path])
    return (*path, parts[-1])


def _without_strings(line: str) -> str:
    bare = re.sub(r'"(?:\\.|[^"\\])*"|' + r"'[^']*'", lambda found: "_" * len(found[0]), line)
    return bare.partition("#")[0]
