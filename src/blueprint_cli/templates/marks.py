"""Classes of a description whose names the code around them has, too: an entity `Order`, `Table`.

Templates spell such a name with a mark behind it, so that it can be told from the other one until
its module is whole; then the other one is imported under another name.
"""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from blueprint_cli.domain.model import Field, Model, Type

MARK: Final = "\ua7f7"
# What templates of described contexts import, and a description may name.
_IMPORT: Final = re.compile(r"^from ([\w.]+) import (?:\(\n?([^)]*)\)|([^(\n]+))$", re.MULTILINE)
_PREFIXES: Final = {
    "fastapi": "Http",
    "kit": "Kit",
    "pydantic": "Pydantic",
    "psycopg": "Driver",
    "sqlalchemy": "Sql",
    "starlette": "Http",
    "typing": "Typing",
}


def marked(name: str) -> str:
    """Return a name as templates spell it: with a mark where the code around may have it."""
    return f"{name}{MARK}" if name in NAMES else name


def with_marks(model: Model) -> Model:
    """Return a model whose own types have marked names; what spells entities marks them."""
    contexts = tuple(
        replace(
            context,
            types=tuple((marked(name), _type(kind)) for name, kind in context.types),
            entities=tuple(
                replace(entity, fields=tuple(_field(one) for one in entity.fields))
                for entity in context.entities
            ),
        )
        for context in model.contexts
    )
    events = tuple(
        replace(event, fields=tuple(replace(one, type=_type(one.type)) for one in event.fields))
        for event in model.events
    )
    return replace(model, contexts=contexts, events=events)


def _field(field: Field) -> Field:
    return replace(field, type=_type(field.type))


def _type(kind: Type) -> Type:
    return replace(
        kind,
        name=marked(kind.name),
        fields=tuple(_field(one) for one in kind.fields),
        of=None if kind.of is None else _type(kind.of),
    )


def without_marks(text: str) -> str:
    """Return a text in which no name is marked any more."""
    return text.replace(MARK, "")


def told_apart(source: str) -> str:
    """Return a module without marks, in which two things of one name have two names."""
    if MARK not in source:
        return source
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    words = {one.string for one in tokens if one.type == tokenize.NAME}
    both = {one for one in words if f"{one}{MARK}" in words}
    renamed = {name: alias for name, alias in _imported(source).items() if name in both}
    lines = source.splitlines(keepends=True)
    for at, one in reversed(list(enumerate(tokens))):
        if one.type != tokenize.NAME or one.string not in renamed:
            continue
        if tokens[at - 1].string == ".":
            continue
        (line, column), (_, end) = one.start, one.end
        text = lines[line - 1]
        alias = renamed[one.string]
        new = f"{one.string} as {alias}" if _is_imported(tokens, at) else alias
        lines[line - 1] = text[:column] + new + text[end:]
    return without_marks("".join(lines))


def _is_imported(tokens: list[tokenize.TokenInfo], at: int) -> bool:
    """Whether a name stands in an import, after ``import``."""
    for one in reversed(tokens[:at]):
        if one.string == "import":
            return True
        if one.type in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT} or one.string in "=:":
            return False
    return False


def _imported(source: str) -> dict[str, str]:
    found = {}
    for module, many, one in _IMPORT.findall(source):
        prefix = _PREFIXES.get(module.partition(".")[0], "Plain")
        for name in re.findall(r"\w+", many or one):
            found[name] = f"{prefix}{name}"
    return found


NAMES: Final = frozenset(
    {
        "APIRouter",
        "AfterValidator",
        "Annotated",
        "Any",
        "AsJson",
        "AsyncCursor",
        "AsyncSession",
        "Authenticate",
        "BeforeValidator",
        "BigInteger",
        "Body",
        "Bool",
        "Boolean",
        "Bus",
        "Caller",
        "Callable",
        "CheckConstraint",
        "Collection",
        "Column",
        "Connection",
        "Container",
        "Context",
        "Database",
        "Date",
        "DateTime",
        "Decimal",
        "DecimalPlaces",
        "Depends",
        "DomainError",
        "DomainEvent",
        "Duration",
        "Email",
        "EnumText",
        "Event",
        "ExcludeConstraint",
        "Field",
        "Final",
        "ForeignKey",
        "Foundation",
        "Generic",
        "Header",
        "Id",
        "IfMatch",
        "Index",
        "Int",
        "Interval",
        "Iterator",
        "Json",
        "KeyedAnswers",
        "ListQuery",
        "Literal",
        "Mapping",
        "Matching",
        "MetaData",
        "Never",
        "Numeric",
        "Order",
        "Outbox",
        "Page",
        "Part",
        "Path",
        "Periodic",
        "Principal",
        "Problem",
        "Protocol",
        "Query",
        "Relay",
        "Request",
        "Response",
        "Row",
        "Searches",
        "Self",
        "Sequence",
        "StrEnum",
        "Struct",
        "Table",
        "Text",
        "Time",
        "Transaction",
        "TypedDict",
        "TypeVar",
        "UUID",
        "UniqueConstraint",
        "Url",
        "Uuid",
        "Wanted",
        "Wired",
    }
)
