"""Expressions as Python over a row, with who runs a command and when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from blueprint_cli.domain import python_text
from blueprint_cli.domain.expressions import Not

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.domain.expressions import Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words(python_text.Spelling):
    """``instead`` has what some fields are spelled as."""

    instead: Mapping[str, str] = field(default_factory=dict)

    def spelled(self, path: tuple[str, ...]) -> str:
        """Spell a field, or a part of a value object."""
        instead = self.instead.get(path[0])
        return ".".join((self.row, *path) if instead is None else (instead, *path[1:]))


@dataclass(frozen=True)
class Code:
    """``row`` is the variable that has the fields; ``instead`` has what others are spelled as.

    ``now`` is the time. ``facts`` are conditions that hold where it stands, and ``values`` what
    fields have there, for certain.
    """

    row: str
    me_may_be_none: bool = True
    instead: Mapping[str, str] = field(default_factory=dict)
    now: str = "now"
    facts: frozenset[str] = frozenset()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_caller(self) -> bool:
        """Whether there is somebody who runs it."""
        return not self.me_may_be_none or "me is not None" in self.facts

    def value(self, expression: Expression, *, scale: int | None = None) -> str:
        """Return what it is calculated to, rounded to a decimal's digits where they are given."""
        return python_text.value(expression, self._words, scale=scale)

    def broken(self, expression: Expression) -> str:
        """Return the condition that it is false: not where it is unknown."""
        return python_text.is_true(Not(expression), self._words)

    def true(self, expression: Expression) -> str:
        """Return the condition that it is true: not where it is unknown."""
        return python_text.is_true(expression, self._words)

    def once_true(self, expression: Expression) -> Code:
        """Return code that stands where it is true."""
        return self._knowing(expression, unknown=False)

    def once_not_broken(self, expression: Expression) -> Code:
        """Return code that stands where it is true or unknown."""
        return self._knowing(expression, unknown=True)

    def _knowing(self, expression: Expression, *, unknown: bool) -> Code:
        facts = python_text.facts_of(expression, self._words, unknown=unknown)
        return replace(self, facts=facts)

    @property
    def _words(self) -> _Words:
        return _Words(
            row=self.row,
            now=self.now,
            today=f"{self.now}.date()",
            caller=self.has_caller,
            instead=self.instead,
            facts=self.facts,
            values=self.values,
        )
