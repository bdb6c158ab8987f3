"""A project's first decision record: which architecture, and why; written once, never rendered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import UsageError
from blueprint_cli.reports.markdown import as_markdown
from blueprint_cli.spec.model import ONE_LINE
from blueprint_cli.tree import File

if TYPE_CHECKING:
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Recommendation

REASON_LENGTH: Final = 300


def check_reason(reason: str) -> None:
    """Refuse what does not fit into one line of the record.

    Raises:
        UsageError: saying what is allowed.
    """
    if len(reason) > REASON_LENGTH or not re.fullmatch(ONE_LINE, reason):
        raise UsageError(
            "the reason is not one line of text",
            hint=f"Allowed: one line of at most {REASON_LENGTH} characters.",
        )


def decision_file(recommendation: Recommendation, pattern: Pattern, reason: str) -> File:
    """Return the record of what was decided; undated, so equal answers give equal bytes."""
    return File(as_markdown(recommendation, chosen=pattern, reason=reason).encode())
