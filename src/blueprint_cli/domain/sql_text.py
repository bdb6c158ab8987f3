"""An expression as PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blueprint_cli.domain.expressions import Expression


def sql_text(expression: Expression) -> str | None:
    """Return it, or None where it speaks of more than columns."""
    return str(expression)
