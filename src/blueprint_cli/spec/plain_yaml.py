"""YAML that libyaml and ruamel.yaml read alike, by the one that is ten times as fast.

ruamel.yaml decides what a document says and what is wrong with it. A described domain may have five
thousand lines, for which it takes seconds; so what is plain is read by libyaml, and whatever is not
(anchors, tags, tabs, blocks of text, numbers of unusual form, any mistake) is left to ruamel.yaml.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml
from yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

if TYPE_CHECKING:
    Path = tuple[str | int, ...]

# What the two read otherwise, or what only one of them takes.
_UNUSUAL: Final = re.compile(
    "[\t\r\x85\u2028\u2029\ufeff]|^(%|---|\\.\\.\\.)|(^|[\\s\\[{,:-])[?](\\s|$)", re.MULTILINE
)
_NUMBER_LIKE: Final = re.compile(r"[-+]?\.?[0-9]|[-+]?\.(inf|nan)", re.IGNORECASE)
_INT: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_FLOAT: Final = re.compile(r"-?(0|[1-9][0-9]{0,8})\.[0-9]{1,8}")
_WORDS: Final[dict[str, bool | None]] = {
    "": None,
    **dict.fromkeys(("~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NOT_TEXT: Final = frozenset((*_WORDS, "<<", "="))


class NotPlain(Exception):  # noqa: N818 - it says what was found
    """The document holds what is left to ruamel.yaml."""


class PlainReader:
    """Reads one document, and tells of each key and value where it stands."""

    def __init__(self, text: str, *, most: int, depth: int) -> None:
        # Where PyYAML has no wheel it may be without libyaml.
        if not yaml.__with_libyaml__ or _UNUSUAL.search(text):
            raise NotPlain
        from yaml.cyaml import CParser  # type: ignore[attr-defined]  # noqa: PLC0415 - see above

        self._parser = CParser(text)
        self._most = most
        self._depth = depth
        self.keys: dict[Path, tuple[int, int]] = {}
        self.values: dict[Path, tuple[int, int]] = {}
        # Scalars as they were written, and whether in quotes.
        self.scalars: dict[Path, tuple[str, bool]] = {}

    def read(self) -> dict[str, Any]:
        """Return the mapping.

        Raises:
            NotPlain: where it is none, or holds what is left to others.
        """
        try:
            self._next()
            self._next()
            found = self._value(self._next(), ())
            self._next()
            if not isinstance(found, dict) or not isinstance(self._next(), StreamEndEvent):
                raise NotPlain
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            raise NotPlain from error
        return found

    def _next(self) -> Any:  # noqa: ANN401 - an event of any kind
        return self._parser.get_event()

    def _value(self, event: Any, path: Path) -> Any:  # noqa: ANN401 - YAML holds anything
        kind = type(event)
        if kind not in (ScalarEvent, MappingStartEvent, SequenceStartEvent):
            raise NotPlain
        mark = event.start_mark
        self.values[path] = (mark.line, mark.column)
        if len(self.values) > self._most:
            raise NotPlain
        if kind is ScalarEvent:
            return self._scalar(event, path)
        if event.anchor or event.tag or len(path) >= self._depth:
            raise NotPlain
        return self._mapping(path) if kind is MappingStartEvent else self._list(path)

    def _list(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while type(event := self._next()) is not SequenceEndEvent:
            here = (*path, len(found))
            found.append(self._value(event, here))
            if self.scalars.get(here) == ("", False):
                raise NotPlain
        return found

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while type(event := self._next()) is not MappingEndEvent:
            if type(event) is not ScalarEvent or event.anchor or event.tag:
                raise NotPlain
            key = event.value
            plain = event.implicit[0]
            if key in found or (plain and (key in _NOT_TEXT or _NUMBER_LIKE.match(key))):
                raise NotPlain
            if "\n" in key or event.style in ("|", ">"):
                raise NotPlain
            here = (*path, key)
            mark: Any = event.start_mark
            self.keys[here] = (mark.line, mark.column)
            found[key] = self._value(self._next(), here)
            if self.scalars.get(here) == ("", False):
                self.values[here] = self.keys[here]
        return found

    def _scalar(self, event: ScalarEvent, path: Path) -> str | int | float | bool | None:
        if event.anchor or event.tag or event.style in ("|", ">"):
            raise NotPlain
        text: str = event.value
        plain: bool = event.implicit[0]
        self.scalars[path] = (text, not plain)
        if not plain:
            return text
        if text in _NOT_TEXT:
            if text not in _WORDS:
                raise NotPlain
            return _WORDS[text]
        if not _NUMBER_LIKE.match(text) or " " in text:
            return text
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        raise NotPlain
