"""What the owner of a project writes: functions of rules and guards, and tests without a row."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.naming import snake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from blueprint_cli.domain.model import Model


TO_WRITE: Final = "to be written:"
"""What stands before the name of a test that nothing was found for."""
_TEST: Final = re.compile(rf"^# {TO_WRITE} (test_\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OwnersFunction:
    """A function of a described entity that its owner writes: a rule's or a guard's code."""

    context: str
    entity: str
    code: str

    @property
    def end_of_path(self) -> str:
        """How the path of its module ends, in every pattern."""
        return f"{self.context}/domain/{self.code}.py"


@dataclass(frozen=True, slots=True)
class OpenFunction:
    """One that is not written yet, or a test: its name, and the file and line that say so."""

    name: str
    path: str
    line: int


def owners_functions(model: Model) -> Iterator[OwnersFunction]:
    """Yield what a model leaves to its owner, in the order of the model, each once."""
    seen: set[tuple[str, str]] = set()
    for context in model.contexts:
        for entity in context.entities:
            guards = [*entity.rules, *(need for one in entity.commands for need in one.needs)]
            for guard in guards:
                if guard.holds is None and (context.name, guard.code) not in seen:
                    seen.add((context.name, guard.code))
                    yield OwnersFunction(context.name, entity.name, guard.code)


def open_functions(
    model: Model, paths: Iterable[str], content: Callable[[str], bytes | str | None]
) -> tuple[OpenFunction, ...]:
    """Return those that raise NotImplementedError still, among the files of a project.

    After them come the tests of entities that are to be written, as no row was found for them.
    """
    paths = tuple(paths)
    return (*_functions(model, paths, content), *_tests(model, paths, content))


def _functions(
    model: Model, paths: Iterable[str], content: Callable[[str], bytes | str | None]
) -> Iterator[OpenFunction]:
    functions = tuple(owners_functions(model))
    ends = tuple(f"/{one.end_of_path}" for one in functions)
    candidates = [path for path in paths if f"/{path}".endswith(ends)]
    for one in functions:
        for path in candidates:
            if f"/{path}".endswith(f"/{one.end_of_path}"):
                line = _open_at(content(path), one.code)
                if line:
                    yield OpenFunction(one.code, path, line)


def _tests(
    model: Model, paths: Iterable[str], content: Callable[[str], bytes | str | None]
) -> Iterator[OpenFunction]:
    ends = tuple(
        f"/tests/{context.name}/test_{name}.py"
        for context in model.contexts
        for name in ("messages", *(snake(entity.name) for entity in context.entities))
    )
    for path in paths:
        if ends and f"/{path}".endswith(ends):
            source = content(path) or ""
            text = source if isinstance(source, str) else source.decode(errors="replace")
            if TO_WRITE in text:
                for found in _TEST.finditer(text):
                    line = text.count("\n", 0, found.start()) + 1
                    if f"def {found[1]}(" not in text:
                        yield OpenFunction(found[1], path, line)


def _open_at(source: bytes | str | None, name: str) -> int:
    """Return the line where a function raises NotImplementedError at its top, else 0."""
    try:
        tree = ast.parse(source or "")
    except (SyntaxError, ValueError, RecursionError):
        return 0
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            for statement in node.body:
                if isinstance(statement, ast.Raise) and _is_open(statement.exc):
                    return statement.lineno
    return 0


def _is_open(raised: ast.expr | None) -> bool:
    named = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(named, ast.Name) and named.id == "NotImplementedError"
