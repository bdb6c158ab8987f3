"""Edits of a YAML text at the places that they concern: everything else stays byte for byte."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.nodes import CollectionNode, MappingNode, ScalarNode, SequenceNode

from blueprint_cli.domain.edits import Put, Rekey, Remove
from blueprint_cli.errors import SpecInvalid
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.model import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ruamel.yaml.nodes import Node

    from blueprint_cli.domain.edits import Edit
    from blueprint_cli.spec.document import Document, KeyPath

# What YAML reads as the same text without quotes, also within brackets.
_PLAIN: Final = re.compile(r"[A-Za-z][\w./()+*-]*(?: [\w./()=+*<>-]+)*")
_NOT_TEXT: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
STEP: Final = 2


@dataclass(frozen=True, slots=True)
class _Patch:
    """A stretch of the text, and what is to stand there."""

    start: int
    end: int
    text: str


def edited(text: str, name: str, edits: Sequence[Edit]) -> str:
    """Return the text with its edits; their paths are those of the text as it is.

    Raises:
        SpecInvalid: where it is written in a way that cannot be edited.
    """
    expected = parse_document(text, name).data
    editor = _Editor(text, YAML(typ="rt", pure=True).compose(text))
    patches = [patch for edit in edits for patch in editor.patches(edit)]
    changed = text
    for patch in sorted(patches, key=lambda one: (one.start, one.end), reverse=True):
        changed = changed[: patch.start] + patch.text + changed[patch.end :]
    _apply(expected, edits)
    if parse_document(changed, name).data != expected:
        raise SpecInvalid(
            f"{name} cannot be edited without changing what else it says",
            hint="Write it without anchors, aliases and explicit document marks, or edit it by "
            "hand and run `blueprint update`.",
        )
    return changed


def edited_contexts(text: str, name: str, make: Callable[[Document], Sequence[Edit]]) -> str:
    """Return the text with edits whose paths begin below ``contexts``.

    ``make`` is given the document; where that says no contexts, it gets the default ones first.

    Raises:
        SpecInvalid: where it is written in a way that cannot be edited.
    """
    document = parse_document(text, name)
    if not isinstance(document.data.get("contexts"), dict):
        contexts: dict[str, Any] = {
            context: {} for context in Spec.model_validate(document.data).contexts
        }
        text = edited(text, name, [Put(("contexts",), contexts)])
        document = parse_document(text, name)
    edits = [replace(edit, path=("contexts", *edit.path)) for edit in make(document)]
    return edited(text, name, edits)


def _apply(data: Any, edits: Sequence[Edit]) -> None:  # noqa: ANN401 - YAML holds anything
    """Do the same to plain data: first what keeps its place, then what changes places."""
    for edit in edits:
        if isinstance(edit, Put):
            holder = _at(data, edit.path[:-1])
            holder[edit.path[-1]] = copy.deepcopy(edit.value)
    removed = [edit.path for edit in edits if isinstance(edit, Remove)]
    for path in sorted(removed, key=lambda one: [str(part).zfill(9) for part in one], reverse=True):
        del _at(data, path[:-1])[path[-1]]
    moved = [edit for edit in edits if isinstance(edit, Rekey)]
    for edit in sorted(moved, key=lambda one: len(one.path), reverse=True):
        holder = _at(data, edit.path[:-1])
        holder[edit.key] = holder.pop(edit.path[-1])


def _at(data: Any, path: KeyPath) -> Any:  # noqa: ANN401 - YAML holds anything
    for part in path:
        data = data[part]
    return data


class _Editor:
    def __init__(self, text: str, root: Node | None) -> None:
        self._text = text
        self._root = root
        self._newline = "\r\n" if "\r\n" in text else "\n"

    def patches(self, edit: Edit) -> list[_Patch]:
        holder = self._find(edit.path[:-1])
        key = edit.path[-1]
        if isinstance(edit, Rekey):
            pair = _pair(holder, key)
            assert pair is not None  # noqa: S101 - who asks has looked it up
            return [_over(pair[0], _scalar(edit.key))]
        if isinstance(edit, Remove):
            return [self._without(holder, key)]
        found = self._value(holder, key)
        if found is None:
            return [self._with(holder, edit)]
        return [self._instead(holder, key, found, edit.value)]

    def _find(self, path: KeyPath) -> Node | None:
        node = self._root
        for part in path:
            node = self._value(node, part)
        return node

    @staticmethod
    def _value(node: Node | None, key: str | int) -> Node | None:
        if isinstance(key, int):
            return node.value[key] if isinstance(node, SequenceNode) else None
        pair = _pair(node, key)
        return pair[1] if pair else None

    def _instead(self, holder: Node | None, key: str | int, found: Node, value: object) -> _Patch:
        if isinstance(found, ScalarNode) and isinstance(value, str):
            return self._scalar_instead(found, value)
        pair = _pair(holder, key)
        assert pair is not None  # noqa: S101 - what is no scalar has a key
        start = self._after_colon(pair[0])
        if _in_flow(holder):
            return _Patch(start, self._end(found, start), f" {_flow(value)}")
        indent = pair[0].start_mark.column + STEP
        return _Patch(start, self._end(found, start), self._block(value, indent))

    def _scalar_instead(self, found: ScalarNode, value: str) -> _Patch:
        start, end = found.start_mark.index, found.end_mark.index
        written = self._text[start:end]
        inner = written[1:-1] if found.style in ("'", '"') else written
        if inner != found.value or (found.style and found.style in value):
            return _Patch(start, end, _quoted(value))
        if found.style in ("'", '"'):
            return _Patch(start + 1, end - 1, value)
        return _Patch(start, end, _scalar(value))

    def _with(self, holder: Node | None, edit: Put) -> _Patch:
        """Add a pair to a mapping, in the way in which that is written."""
        assert isinstance(holder, MappingNode)  # noqa: S101 - who asks has looked it up
        key = _scalar(str(edit.path[-1]))
        if _in_flow(holder):
            pair = f"{key}: {_flow(edit.value)}"
            if edit.first or not holder.value:
                place = holder.start_mark.index + 1
                return _Patch(place, place, f"{pair}, " if holder.value else pair)
            place = self._end(holder.value[-1][1], self._after_colon(holder.value[-1][0]))
            return _Patch(place, place, f", {pair}")
        first, last = holder.value[0][0], holder.value[-1]
        column = first.start_mark.column
        pair = f"{key}:{self._block(edit.value, column + STEP)}"
        if edit.first:
            place = first.start_mark.index
            return _Patch(place, place, f"{pair}{self._newline}{' ' * column}")
        place = self._line_end(self._end(last[1], self._after_colon(last[0])))
        return _Patch(place, place, f"{self._newline}{' ' * column}{pair}")

    def _without(self, holder: Node | None, key: str | int) -> _Patch:
        """Take out a pair of a mapping, or an item of a list."""
        assert isinstance(holder, CollectionNode)  # noqa: S101 - who asks has looked it up
        spans = [self._span(item) for item in holder.value]
        at = key if isinstance(key, int) else [pair[0].value for pair in holder.value].index(key)
        if _in_flow(holder):
            if len(spans) == 1:
                return _Patch(holder.start_mark.index + 1, holder.end_mark.index - 1, "")
            if at:
                return _Patch(spans[at - 1][1], spans[at][1], "")
            return _Patch(spans[0][0], spans[1][0], "")
        if len(spans) == 1:
            empty = " {}" if isinstance(holder, MappingNode) else " []"
            colon = self._text.rindex(":", 0, spans[0][0])
            # Of a mapping in a list there is no key; reading it again tells.
            return _Patch(colon + 1, self._line_end(spans[0][1]), empty)
        start = self._with_comments(self._line_start(spans[at][0]), spans[at][0])
        return _Patch(start, self._next_line(spans[at][1]), "")

    def _span(self, item: Any) -> tuple[int, int]:  # noqa: ANN401 - a pair of nodes, or one
        if isinstance(item, tuple):
            return int(item[0].start_mark.index), self._end(item[1], self._after_colon(item[0]))
        return item.start_mark.index, self._end(item, item.start_mark.index)

    def _end(self, node: Node, least: int) -> int:
        """Return where a value ends: of a block its last value, without what follows below it."""
        if isinstance(node, CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            pair = last if isinstance(last, tuple) else None
            return (
                self._end(pair[1], self._after_colon(pair[0])) if pair else self._end(last, least)
            )
        if isinstance(node, ScalarNode) and node.style in ("|", ">"):
            return len(self._text[: node.end_mark.index].rstrip())
        return max(int(node.end_mark.index), least)

    def _after_colon(self, key: Node) -> int:
        return self._text.index(":", key.end_mark.index) + 1

    def _line_start(self, place: int) -> int:
        return self._text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        """Return where the line ends, its comment counted and its line break not."""
        end = self._text.find("\n", place)
        end = len(self._text) if end < 0 else end
        return end - 1 if self._text[end - 1 : end] == "\r" and end > place else end

    def _next_line(self, place: int) -> int:
        end = self._text.find("\n", place)
        return len(self._text) if end < 0 else end + 1

    def _with_comments(self, start: int, key: int) -> int:
        """Return where the comment begins that stands right above a key, indented as it is."""
        indent = self._text[start:key]
        while start:
            above = self._line_start(start - 1)
            if not self._text[above:start].startswith(f"{indent}#"):
                break
            start = above
        return start

    def _block(self, value: object, indent: int) -> str:
        """Write what follows a key's colon."""
        if isinstance(value, dict) and value:
            margin = self._newline + " " * indent
            return "".join(
                f"{margin}{_scalar(str(key))}:{self._block(one, indent + STEP)}"
                for key, one in value.items()
            )
        return f" {_flow(value)}"


def _pair(node: Node | None, key: str | int) -> tuple[Node, Node] | None:
    pairs = node.value if isinstance(node, MappingNode) else ()
    return next((pair for pair in pairs if pair[0].value == key), None)


def _in_flow(node: Node | None) -> bool:
    return isinstance(node, CollectionNode) and bool(node.flow_style)


def _over(node: Node, text: str) -> _Patch:
    return _Patch(node.start_mark.index, node.end_mark.index, text)


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_scalar(str(k))}: {_flow(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return _scalar(value) if isinstance(value, str) else json.dumps(value)


def _scalar(value: str) -> str:
    if _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    return _quoted(value)


def _quoted(value: str) -> str:
    if "\n" in value or not value.isprintable():
        return json.dumps(value)
    return "'" + value.replace("'", "''") + "'"
