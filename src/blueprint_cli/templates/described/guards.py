"""Guards and rules in code: statements that raise an error where one is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blueprint_cli.domain.model import Guard
    from blueprint_cli.templates.described.code import Code


def refusing(condition: str, error: str) -> list[str]:
    """Return the lines that raise an error where a condition holds."""
    if not condition:
        return []
    return [f"if {condition}:", f"    raise {error}"]


def guard_lines(
    guards: Iterable[Guard], code: Code, row: str, error: str
) -> tuple[list[str], Code]:
    """Return the lines that raise an error where a guard is broken, and code that stands below.

    Args:
        guards: in their order; those without an expression are functions that the owner writes.
        code: expressions where the lines stand.
        row: what is given to such a function.
        error: the class that is raised.
    """
    lines: list[str] = []
    for guard in guards:
        raised = f'{error}("{guard.code}")'
        if guard.holds is None:
            lines += refusing(f"not {guard.code}({row}, now, me)", raised)
            continue
        condition = code.broken(guard.holds)
        if condition != str(False):
            lines += refusing(condition, raised)
        code = code.once_not_broken(guard.holds)
    return lines, code


def standing(guards: Iterable[Guard], code: Code) -> list[Guard]:
    """Return those guards that what stands before them does not answer."""
    found = []
    for guard in guards:
        lines, below = guard_lines([guard], code, "row", "")
        found += [guard] if lines else []
        code = below
    return found
