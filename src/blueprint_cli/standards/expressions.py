"""Regular expressions and globs that somebody else wrote, bound in time.

The engine is Rust's, which Pydantic brings: it takes no longer than a line is long, times the size
of the expression. Lines are looked at one by one, and the time between them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from pydantic_core import SchemaError, SchemaValidator, core_schema

from blueprint_cli.globs import as_expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SECONDS: Final = 10.0
# What is behind it in a line is not looked at.
LINE: Final = 4096
HEAD: Final = "SchemaError: "


class TooSlow(Exception):  # noqa: N818 - it is what happened; a finding says it
    """The checks of a standard have used up their time."""


class Budget:
    """The time that all checks of a standard have together for one project, from the first on."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._ends: float | None = None

    def spend(self) -> None:
        """Go on only while there is time.

        Raises:
            TooSlow: where there is none.
        """
        now = time.monotonic()
        if self._ends is None:
            self._ends = now + self.seconds
        elif now > self._ends:
            raise TooSlow


class Expression:
    """One that is looked for in a line.

    Raises:
        ValueError: where it is none, or becomes too large; its text says why.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._validator = SchemaValidator(
                core_schema.str_schema(pattern=text, regex_engine="rust-regex")
            )
        except SchemaError as error:
            raise ValueError(_reason(str(error))) from None

    def found_in(self, line: str) -> bool:
        """Whether it is somewhere in a line."""
        return self._validator.isinstance_python(line[:LINE])

    def lines(self, text: str, budget: Budget) -> Iterator[int]:
        """Yield the numbers of the lines that have it.

        Raises:
            TooSlow: where the time is over.
        """
        for number, line in enumerate(text.splitlines(), start=1):
            budget.spend()
            if self.found_in(line):
                yield number


def matching(paths: Iterable[str], globs: Iterable[str], budget: Budget) -> list[str]:
    """Return the paths that one of the globs matches as a whole.

    Raises:
        TooSlow: where the time is over.
    """
    wanted = Expression(f"^(?:{'|'.join(as_expression(glob) for glob in globs)})$")
    found = []
    for path in paths:
        budget.spend()
        if wanted.found_in(path):
            found.append(path)
    return found


def _reason(said: str) -> str:
    """Return what the engine says of an expression, in one line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for line in lines:
        if line.startswith("error: "):
            return line.removeprefix("error: ").rstrip(".")
    last = lines[-1] if lines else "it cannot be read"
    return last.partition(HEAD)[2].rstrip(".") or last
