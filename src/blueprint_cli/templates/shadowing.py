"""Annotations where a field has the name of a type: ``date: dt.date`` beside ``date``.

Within the body of a class a field hides what its name meant before, for everything in it but the
bodies of its methods.
"""

from __future__ import annotations

import ast
import builtins
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOMENTS: Final = frozenset({"date", "time", "datetime", "timedelta"})
_FIELD: Final = re.compile(r"^[ \t]+([a-z]+):", re.MULTILINE)


def unshadowed(source: str) -> str:
    """Return a module in which no annotation means a field.

    Raises:
        SyntaxError: where it is no Python.
    """
    if not _may_hide(source):
        return source
    found: dict[tuple[int, int], ast.Name] = {}
    # No class that is rendered stands within anything, and to look into all else takes long.
    for one in ast.parse(source).body:
        if isinstance(one, ast.ClassDef):
            found |= {(name.lineno, name.col_offset): name for name in _hidden(one)}
    if not found:
        return source
    lines = [line.encode() for line in source.splitlines(keepends=True)]
    for (line, column), name in sorted(found.items(), reverse=True):
        before, after = lines[line - 1][:column], lines[line - 1][column:]
        lines[line - 1] = before + f"{_module(name.id)}.".encode() + after
    text = b"".join(lines).decode()
    modules = sorted({_module(name.id) for name in found.values()})
    imports = {"builtins": "import builtins\n", "dt": "import datetime as dt\n"}
    return with_imports(text, [imports[module] for module in modules])


def _may_hide(source: str) -> bool:
    """Whether a module has to be parsed, which takes ten times as long as to look for the words."""
    names = {name for name in _FIELD.findall(source) if _is_a_type(name)}
    used = "|".join(sorted(names))
    return bool(names) and re.search(rf"(?<![\w.])(?:{used})\b(?!:)", source) is not None


def _is_a_type(name: str) -> bool:
    return name in _MOMENTS or hasattr(builtins, name)


def _module(name: str) -> str:
    return "dt" if name in _MOMENTS else "builtins"


def _hidden(body: ast.ClassDef) -> Iterator[ast.Name]:
    """Names of types in the body of a class that is also what one of its fields is called."""
    fields = {
        one.target.id
        for one in body.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }
    hidden = {name for name in fields if _is_a_type(name)}
    if not hidden:
        return
    for statement in body.body:
        for part in _evaluated_here(statement):
            for one in ast.walk(part):
                if isinstance(one, ast.Name) and one.id in hidden:
                    yield one


def _evaluated_here(statement: ast.stmt) -> Iterator[ast.AST]:
    match statement:
        case ast.AnnAssign(annotation=annotation, value=value):
            yield annotation
            if value is not None:
                yield value
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield statement.args
            yield from statement.decorator_list
            if statement.returns is not None:
                yield statement.returns


def with_imports(text: str, imports: list[str]) -> str:
    """Return a module with imports before its first one; what sorts them comes later."""
    lines = text.splitlines(keepends=True)
    first = next(
        (at for at, line in enumerate(lines) if line.startswith(("import ", "from "))), len(lines)
    )
    return "".join([*lines[:first], *imports, *lines[first:]])
