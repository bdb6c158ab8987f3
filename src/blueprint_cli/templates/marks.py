"""Classes of a description whose names the code around them has, too: an entity `Order`, `Table`.

Templates spell such a name with a mark behind it, so that it can be told from the other one until
its module is whole; then the other one is imported under another name.
"""

from __future__ import annotations

import builtins
import io
import re
import tokenize
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from blueprint_cli.templates.shadowing import with_imports

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
    imported = _imported(source)
    renamed = {name: imported.get(name) or _otherwise(name, source) for name in both}
    # What the module itself is about keeps its name.
    for name in [one for one, alias in renamed.items() if not alias]:
        renamed[f"{name}{MARK}"] = f"The{name}"
        del renamed[name]
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
    apart = without_marks("".join(lines))
    if any(alias.startswith("builtins.") for alias in renamed.values()):
        return with_imports(apart, ["import builtins\n"])
    return apart


def _otherwise(name: str, source: str) -> str:
    """Return how a name that is not imported is spelled otherwise; empty where that cannot be."""
    made_here = re.search(rf"^(class {name}\b|{name}\b *[:=])", source, re.MULTILINE)
    return f"builtins.{name}" if hasattr(builtins, name) and not made_here else ""


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
        "AbstractAsyncContextManager",
        "AfterValidator",
        "Annotated",
        "Any",
        "Anyone",
        "AsJson",
        "AsyncCursor",
        "AsyncSession",
        "AsyncIterator",
        "Authenticate",
        "BeforeValidator",
        "BigInteger",
        "Body",
        "Bool",
        "Boolean",
        "Bus",
        "CallError",
        "Callable",
        "Caller",
        "Cause",
        "ChangedError",
        "CheckConstraint",
        "ClassVar",
        "Clock",
        "Collection",
        "Column",
        "CommonSettings",
        "Compared",
        "Connection",
        "Container",
        "Context",
        "ContractEvent",
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
        "Exception",
        "ExcludeConstraint",
        "Field",
        "Final",
        "ForbiddenError",
        "ForeignKey",
        "Foundation",
        "Generic",
        "Header",
        "Id",
        "IdempotencyKey",
        "IfMatch",
        "IfNoneMatch",
        "InUseError",
        "Index",
        "Int",
        "IntegrityError",
        "Interval",
        "InvalidError",
        "Iterator",
        "Json",
        "KeyedAnswers",
        "KnownByEvents",
        "KnownOverHttp",
        "ListQuery",
        "Literal",
        "Mapping",
        "Matching",
        "MetaData",
        "Moment",
        "Never",
        "NewId",
        "NotFilledError",
        "NotFoundError",
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
        "Reactions",
        "RefusedError",
        "Relay",
        "Request",
        "Response",
        "Row",
        "RuleBrokenError",
        "RowsByState",
        "Searches",
        "Self",
        "Sequence",
        "ServiceClient",
        "SqlKnown",
        "SqlTransactions",
        "SqlWork",
        "StrEnum",
        "Struct",
        "Table",
        "TakenError",
        "Text",
        "Time",
        "Transaction",
        "Transactions",
        "TypeAlias",
        "TypeVar",
        "TypedDict",
        "UUID",
        "UnavailableError",
        "UniqueConstraint",
        "Url",
        "UseCases",
        "User",
        "Uuid",
        "VersionRequiredError",
        "Wanted",
        "Wired",
        "Work",
        "WrongStateError",
    }
)
