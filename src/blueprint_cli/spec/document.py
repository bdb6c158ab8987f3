"""YAML text as plain data with positions, and everything that is wrong with it at once."""

from __future__ import annotations

import copy
import itertools
import re
import shlex
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from blueprint_cli.errors import Problem, SpecInvalid
from blueprint_cli.spec.plain_yaml import NotPlain, PlainReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ruamel.yaml.nodes import Node

MAX_BYTES: Final = 1024 * 1024
# What aliases may unfold to; a spec of 60 contexts with 300 large entities has less.
MAX_VALUES: Final = 60_000
MAX_BRACKETS: Final = 500
BRACKETS: Final = re.compile(r"[][{}]")
MAX_DEPTH: Final = 50
# What people write in described contexts, and YAML does not take without quotes.
TRAPS: Final = (
    (
        re.compile(r"[:,{] *\[[^][]*\] *[^],}#\s]"),
        "what goes on after ] wants quotes: '[Label] optional'",
    ),
    (
        re.compile(r"[:,{] *\?(\s|$)"),
        "? is a word of YAML; a field that may be absent has the word optional",
    ),
    (
        re.compile(r"[:,{] *[a-zA-Z][^'\"]*/.*[][{}:#].*/"),
        "a /pattern/ wants single quotes around the whole value",
    ),
    (
        re.compile(r": *('[^']*'|\"[^\"]*\") *([=!<>+*/-]|and|or|not|in|is)"),
        "an expression that begins with a quote wants other quotes around it",
    ),
)
SECOND_ANCHOR: Final = re.compile(r"line (\d+), column (\d+)")
# YAML 1.2 allows all characters but these; naming those that it allows takes 5 ms longer.
NOT_PRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
)
CORE = "tag:yaml.org,2002:"

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text; lines and columns count from 1.

    ``file`` is empty where it is the document's own.
    """

    line: int
    column: int
    file: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML mapping as plain data, and where each key and each value stands.

    ``laid_over`` is what later documents say otherwise or besides, in ``data`` and not in ``text``;
    ``replaced`` what an earlier one had said there.
    """

    name: str
    text: str
    data: dict[str, Any]
    keys: dict[KeyPath, Position] = field(default_factory=dict)
    values: dict[KeyPath, Position] = field(default_factory=dict)
    sources: dict[KeyPath, str] = field(default_factory=dict)
    laid_over: tuple[tuple[KeyPath, Any], ...] = ()
    replaced: tuple[tuple[KeyPath, Document], ...] = ()

    def problem(
        self, path: KeyPath, message: str, *, allowed: str = "", at_key: bool = False
    ) -> Problem:
        """Describe what is wrong at a path, or at the nearest part of it that is there."""
        places = self.keys if at_key else self.values
        nearest = path
        while nearest and nearest not in places and nearest not in self.values:
            nearest = nearest[:-1]
        position = places.get(nearest) or self.values.get(nearest)
        return Problem(
            message=message,
            file=(position.file if position else "") or self.name,
            line=position.line if position else None,
            column=position.column if position else None,
            key=dotted(path),
            allowed=allowed,
        )

    def source_text(self, path: KeyPath) -> str:
        """Return what was written at the path, shortened; empty where it is no scalar."""
        return self.sources.get(path, "")


def dotted(path: KeyPath) -> str:
    """``("owned", 0, "path")`` as people write it: ``owned[0].path``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else str(part)
    return text


def read_document(path: Path, *, what: str = "spec") -> Document:
    """Read a YAML mapping.

    Raises:
        SpecInvalid: where it cannot be read or is no such thing, with every problem that was found.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise SpecInvalid(
            f"{path} is a directory; a YAML file is needed", hint=f"Give a file in {path}."
        ) from None
    except FileNotFoundError:
        raise SpecInvalid(
            f"there is no file {path}", hint="Look at the path; it is taken from where you stand."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SpecInvalid(
            f"{path} cannot be read: {reason}", hint=f"Look with: ls -l {shlex.quote(str(path))}"
        ) from None
    return parse_document(decode(content, str(path)), str(path), what=what)


def read_documents(paths: Sequence[Path], *, what: str = "spec") -> Document | None:
    """Read files of which a later one goes before an earlier one; None where there is no file.

    Raises:
        SpecInvalid: where one cannot be read or is no such thing.
    """
    return laid_over([read_document(path, what=what) for path in paths])


def laid_over(documents: Sequence[Document]) -> Document | None:
    """Merge documents key by key: the later wins, a list is replaced whole.

    A section that is empty in the later one says nothing. The text is the first one's.
    """
    if len(documents) < 2:  # noqa: PLR2004 - one has nothing to be merged with
        return documents[0] if documents else None
    first, *others = documents
    layers = _Layers(first)
    for other in others:
        layers.add(other)
    return replace(
        first,
        data=layers.data,
        keys=layers.keys,
        values=layers.values,
        sources=layers.sources,
        laid_over=tuple(layers.laid_over),
        replaced=tuple(layers.replaced),
    )


class _Layers:
    """Documents over each other; each place keeps the name of the file that it is in."""

    def __init__(self, first: Document) -> None:
        self.data = copy.deepcopy(first.data)
        self.keys, self.values = dict(first.keys), dict(first.values)
        self.sources = dict(first.sources)
        self.laid_over: list[tuple[KeyPath, Any]] = []
        self.replaced: list[tuple[KeyPath, Document]] = []
        self._below = [first]

    def add(self, document: Document) -> None:
        self._lay(document, (), self.data, document.data)
        self._below.append(document)

    def _lay(
        self, document: Document, path: KeyPath, into: dict[str, Any], data: dict[str, Any]
    ) -> None:
        for key, value in data.items():
            here, there = (*path, key), into.get(key)
            if isinstance(there, dict) and isinstance(value, dict):
                self._lay(document, here, there, value)
            elif not (isinstance(there, dict) and value is None):
                if there is not None:
                    self.replaced += [(here, one) for one in self._below if here in one.keys]
                into[key] = copy.deepcopy(value)
                self.laid_over.append((here, copy.deepcopy(value)))
                self._take_places(document, here)

    def _take_places(self, document: Document, path: KeyPath) -> None:
        """Take over where a value stands, and all that is below it."""
        for mine, theirs in ((self.keys, document.keys), (self.values, document.values)):
            for place in [one for one in mine if one[: len(path)] == path]:
                del mine[place]
            mine.update(
                (place, replace(position, file=document.name))
                for place, position in theirs.items()
                if place[: len(path)] == path
            )
        for place in [one for one in self.sources if one[: len(path)] == path]:
            del self.sources[place]
        self.sources.update(
            (place, text) for place, text in document.sources.items() if place[: len(path)] == path
        )


def decode(content: bytes, name: str) -> str:
    """Turn a file's bytes into text, or say which byte is wrong and where."""
    if len(content) > MAX_BYTES:
        raise SpecInvalid(
            f"{name} is larger than 1 MiB; a spec never is", hint="Is it the right file?"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        hint = "Save it as UTF-8."
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            hint = "It looks like UTF-16; save it as UTF-8."
        raise _invalid(
            name,
            [Problem(f"byte 0x{content[error.start]:02x} is not UTF-8", name, line, column)],
            hint,
        ) from None
    problems = [
        Problem(
            f"the character U+{ord(bad[0]):04X} is not allowed in YAML",
            name,
            *_line_column(text, bad.start()),
        )
        for bad in NOT_PRINTABLE.finditer(text)
    ]
    if problems:
        raise _invalid(name, problems[:20])
    return text


def parse_document(text: str, name: str, *, what: str = "spec") -> Document:
    """Parse a text that holds one YAML mapping.

    Raises:
        SpecInvalid: with every problem that was found, each with its place.
    """
    try:
        return _plain_document(text, name)
    except NotPlain:
        return _whole_document(text, name, what)


def _plain_document(text: str, name: str) -> Document:
    """Return a document that is read fast.

    Raises:
        NotPlain: where it holds what only the slower reader understands, or a mistake.
    """
    if _depth_of_brackets(text) > MAX_BRACKETS:
        raise NotPlain
    reader = PlainReader(text, most=MAX_VALUES, depth=MAX_DEPTH)
    data = reader.read()
    return Document(
        name=name,
        text=text,
        data=data,
        keys={path: Position(line + 1, at + 1) for path, (line, at) in reader.keys.items()},
        values={path: Position(line + 1, at + 1) for path, (line, at) in reader.values.items()},
        sources={path: _source(*scalar) for path, scalar in reader.scalars.items()},
    )


def _whole_document(text: str, name: str, what: str) -> Document:
    root = _compose(text, name)
    if root is None:
        raise SpecInvalid(f"{name} is empty", hint=_example(what))
    if not isinstance(root, MappingNode):
        kind = "a list" if isinstance(root, SequenceNode) else "a single value"
        raise SpecInvalid(
            f"{name} holds {kind}; a mapping of keys to values is needed", hint=_example(what)
        )
    document = Document(name=name, text=text, data={})
    builder = _Builder(document)
    document.values[()] = _position(root)
    data = builder.build(root, ())
    if builder.problems:
        raise _invalid(name, builder.problems)
    document.data.update(data)
    return document


def parse_scalar(text: str, name: str) -> Any:  # noqa: ANN401 - that it may be anything is the point
    """Read one YAML value, as in ``--set requirements.teams=12``."""
    if bad := NOT_PRINTABLE.search(text):
        raise SpecInvalid(f"{name}: the character U+{ord(bad[0]):04X} is not allowed")
    node = _compose(text, name)
    if node is None:
        return None
    document = Document(name=name, text=text, data={})
    builder = _Builder(document)
    value = builder.build(node, ())
    if builder.problems:
        raise _invalid(name, builder.problems)
    return value


def _compose(text: str, name: str) -> Node | None:
    # The scanner's time grows with the square of the depth, so the depth is looked at before.
    if _depth_of_brackets(text) > MAX_BRACKETS:
        raise SpecInvalid(f"{name} is nested too deeply")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ReusedAnchorWarning)
            node: Node | None = YAML(typ="rt", pure=True).compose(text)
    except ReusedAnchorWarning as warning:
        second = SECOND_ANCHOR.findall(str(warning))[-1]
        message = "this anchor is set a second time"
        problem = Problem(message, name, line=int(second[0]), column=int(second[1]))
        raise _invalid(name, [problem]) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise _invalid(name, [Problem(_explain(error, text), name, line, column)]) from None
    except RecursionError:
        raise SpecInvalid(f"{name} is nested too deeply") from None
    except (YAMLError, ValueError, AssertionError, IndexError, AttributeError, TypeError) as error:
        # The parser's own slips on hostile input must not look like ours.
        raise SpecInvalid(
            f"{name} is not YAML: {str(error).splitlines()[0] if str(error) else 'unreadable'}"
        ) from None
    return node


def _depth_of_brackets(text: str) -> int:
    steps = (1 if bracket in "[{" else -1 for bracket in BRACKETS.findall(text))
    return max(itertools.accumulate(steps), default=0)


def _explain(error: MarkedYAMLError, text: str) -> str:
    problem = str(error.problem or error.context or "unreadable").strip()
    mark = error.problem_mark
    line = ""
    if mark is not None and text.splitlines()[mark.line : mark.line + 1]:
        line = text.splitlines()[mark.line]
        if "\t" in line[: mark.column + 1] and not line[: mark.column].strip():
            return "a tab indents this line; YAML is indented with spaces"
    if "found another document" in problem:
        return "a second document begins here; the file must hold one"
    return f"not YAML: {problem}{_hint(line)}"


def _hint(line: str) -> str:
    """Say which words of a described context want quotes in that line."""
    return next((f"; {hint}" for trap, hint in TRAPS if trap.search(line[:500])), "")


class _Builder:
    """Plain values from YAML nodes; collects problems instead of stopping at the first."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self._open: set[int] = set()
        self._count = 0

    def build(self, node: Node, path: KeyPath) -> Any:  # noqa: ANN401 - YAML holds anything
        self._count += 1
        if self._count > MAX_VALUES:
            raise SpecInvalid(
                f"{self.document.name} holds more than {MAX_VALUES:,} values",
                hint="Each use of an alias counts with everything that it stands for.",
            )
        if id(node) in self._open:
            self._report(node, path, "an alias that contains itself is not allowed")
            return None
        if len(path) > MAX_DEPTH:
            raise SpecInvalid(f"{self.document.name} is nested too deeply")
        self._open.add(id(node))
        try:
            if isinstance(node, ScalarNode):
                return self._scalar(node, path)
            if self._foreign(node, path, "map" if isinstance(node, MappingNode) else "seq"):
                return None
            if isinstance(node, MappingNode):
                return dict(self._pairs(node, path))
            return [self._item(item, (*path, index)) for index, item in enumerate(node.value)]
        finally:
            self._open.discard(id(node))

    def _item(self, node: Node, path: KeyPath) -> Any:  # noqa: ANN401 - YAML holds anything
        self.document.values[path] = _position(node)
        return self.build(node, path)

    def _pairs(self, node: MappingNode, path: KeyPath) -> Iterator[tuple[str, Any]]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key is None:
                continue
            here = (*path, key)
            if key in seen:
                self._report(
                    key_node, here, f"this key stands twice; the first is in line {seen[key]}"
                )
                continue
            seen[key] = _position(key_node).line
            self.document.keys[here] = _position(key_node)
            value = self._item(value_node, here)
            if self.document.sources.get(here) == "":
                # What is left out stands nowhere; the parser has the place of what comes next.
                self.document.values[here] = self.document.keys[here]
            yield key, value

    def _key(self, node: Node, path: KeyPath) -> str | None:
        if isinstance(node, ScalarNode) and str(node.tag) == f"{CORE}merge":
            self._report(node, (*path, "<<"), "merge keys (<<) are not allowed; write the keys out")
        elif isinstance(node, ScalarNode) and str(node.tag) == f"{CORE}str":
            return str(node.value)
        elif isinstance(node, ScalarNode) and str(node.tag).startswith(CORE):
            self._report(node, path, f"the key {_clip(node.value)} is not text; put it in quotes")
        else:
            self._report(node, path, "a key must be plain text")
        return None

    def _scalar(self, node: ScalarNode, path: KeyPath) -> Any:  # noqa: ANN401 - YAML holds anything
        quoted = node.style in ("'", '"')
        self.document.sources[path] = _source(str(node.value), quoted)
        tag = str(node.tag)
        text = str(node.value)
        if tag in (f"{CORE}str", f"{CORE}timestamp"):
            return text
        if self._foreign(node, path, "null", "bool", "int", "float"):
            return None
        try:
            return _CONSTRUCT[tag](_CONSTRUCTOR, node)
        except (ValueError, OverflowError, KeyError, IndexError, TypeError):
            self._report(node, path, f"{_clip(text)} is no {tag.removeprefix(CORE)}")
            return None

    def _foreign(self, node: Node, path: KeyPath, *kinds: str) -> bool:
        if str(node.tag) in {CORE + kind for kind in kinds}:
            return False
        tag = str(node.tag).replace(CORE, "!!")
        self._report(node, path, f"the tag {_clip(tag)} is not allowed; write a plain value")
        return True

    def _report(self, node: Node, path: KeyPath, message: str) -> None:
        position = _position(node)
        self.problems.append(
            Problem(message, self.document.name, position.line, position.column, dotted(path))
        )


_CONSTRUCTOR = SafeConstructor(loader=YAML(typ="safe", pure=True))
_CONSTRUCT = {
    f"{CORE}null": SafeConstructor.construct_yaml_null,
    f"{CORE}bool": SafeConstructor.construct_yaml_bool,
    f"{CORE}int": SafeConstructor.construct_yaml_int,
    f"{CORE}float": SafeConstructor.construct_yaml_float,
}


def _position(node: Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def _line_column(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _source(text: str, quoted: bool) -> str:  # noqa: FBT001 - a scalar has the two
    return f"the text {_clip(text)!r}" if quoted else _clip(text)


def _clip(value: object) -> str:
    text = str(value)
    shown = text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004 - what fits into a message
    return shown.encode("unicode_escape").decode() if not shown.isprintable() else shown


def _example(what: str) -> str:
    return {
        "spec": "The least that it can hold is: blueprint: 1",
        "answers": "It may be as short as: requirements: {teams: 3}",
    }.get(what, "")


def _invalid(name: str, problems: list[Problem], hint: str = "") -> SpecInvalid:
    return SpecInvalid(headline(name, problems), hint=hint, problems=problems)


def headline(name: str, problems: Sequence[Problem], files: int = 1) -> str:
    """Return the sentence above a list of problems, of one file or of several."""
    found = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    return f"{name} {'has' if files == 1 else 'have'} {found}"
