"""Keys of TOML, YAML and JSON files, with their lines."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import SpecInvalid
from blueprint_cli.recommendation.data_file import DataFileInvalid, key_lines, parse_data
from blueprint_cli.spec.document import parse_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMATS: Final = (".toml", ".yaml", ".yml", ".json")
SHOWN: Final = 60


class Unreadable(ValueError):  # noqa: N818 - it is what happened; a finding says it
    """A file is not what its name says."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Keys:
    """A file's data, and the lines of its keys as far as they are known."""

    data: Any
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    def at(self, parts: Sequence[str]) -> tuple[bool, object]:
        """Return whether a key is there, and its value."""
        here = self.data
        for part in parts:
            if isinstance(here, dict) and part in here:
                here = here[part]
            elif isinstance(here, list) and part.isdecimal() and int(part[:9]) < len(here):
                here = here[int(part[:9])]
            else:
                return False, None
        return True, here

    def line(self, parts: Sequence[str]) -> int | None:
        """Return the line of a key, or of the nearest above it that is there."""
        path = tuple(int(part) if part.isdecimal() else part for part in parts)
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def read_keys(path: str, text: str) -> Keys:
    """Return the keys of a file, by the ending of its name.

    Raises:
        Unreadable: where it is not of that format.
    """
    if path.endswith(".toml"):
        try:
            return Keys(parse_data(text, path).data, key_lines(text))
        except DataFileInvalid as invalid:
            problem = invalid.problems[0]
            raise Unreadable(problem.message, problem.line) from None
    if path.endswith(".json"):
        return _json(path, text)
    try:
        document = parse_document(text, path)
    except SpecInvalid as invalid:
        first = invalid.problems[0] if invalid.problems else None
        message = first.message if first else invalid.message
        raise Unreadable(message, first.line if first else 1) from None
    return Keys(document.data, {key: place.line for key, place in document.keys.items()})


def _json(path: str, text: str) -> Keys:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}", getattr(error, "lineno", 1)) from None
    try:  # JSON is YAML, as long as it is no larger than a spec may be.
        document = parse_document(text, path)
    except SpecInvalid:
        return Keys(data)
    return Keys(data, {key: place.line for key, place in document.keys.items()})


def shown(value: object) -> str:
    """Return a value as a message shows it."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = "a value"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
