"""Expressions as Python over a row, with who runs a command and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blueprint_cli.domain import python_text
from blueprint_cli.domain.expressions import Not

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.domain.expressions import Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words(python_text.Spelling):
    """``instead`` has what some fields are spelled as."""

    instead: Mapping[str, str] = field(default_factory=dict)

    def field(self, path: tuple[str, ...]) -> str:
        """Spell a field, or a part of a value object."""
        instead = self.instead.get(path[0])
        return ".".join((self.row, *path) if instead is None else (instead, *path[1:]))


@dataclass(frozen=True)
class Code:
    """``row`` is the variable that has the fields; ``instead`` has what others are spelled as.

    ``now`` is the time.
    """

    row: str
    me_may_be_none: bool = True
    instead: Mapping[str, str] = field(default_factory=dict)
    now: str = "now"

    def value(self, expression: Expression) -> str:
        """Return what it is calculated to."""
        return python_text.value(expression, self._words)

    def broken(self, expression: Expression) -> str:
        """Return the condition that it is false: not where it is unknown."""
        return python_text.is_true(Not(expression), self._words)

    def true(self, expression: Expression) -> str:
        """Return the condition that it is true: not where it is unknown."""
        return python_text.is_true(expression, self._words)

    @property
    def _words(self) -> _Words:
        return _Words(
            row=self.row,
            now=self.now,
            today=f"{self.now}.date()",
            caller=not self.me_may_be_none,
            instead=self.instead,
        )
