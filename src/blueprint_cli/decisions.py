"""A project's records of its architecture: what was decided, and why; written once, never again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import UsageError
from blueprint_cli.layout import DECISION, DECISIONS
from blueprint_cli.reports.markdown import as_markdown
from blueprint_cli.spec.described import ONE_LINE
from blueprint_cli.tree import File

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.reports.markdown import Earlier

REASON_LENGTH: Final = 300
NUMBERED: Final = re.compile(rf"{DECISIONS}/(\d+)[^/]*")
WRITTEN: Final = re.compile(rf"{DECISIONS}/\d+-(?:architecture|review)\.md")
OF_ARCHITECTURE: Final = re.compile(rf"{DECISIONS}/(\d+)-architecture\.md")
HEADING: Final = re.compile(rb"# [^\r\n]*(\r?\n)")


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


def decision_file(
    recommendation: Recommendation, pattern: Pattern, reason: str, earlier: Earlier | None = None
) -> File:
    """Return the record of what was decided; undated, so equal answers give equal bytes."""
    text = as_markdown(recommendation, chosen=pattern, reason=reason, earlier=earlier)
    return File(text.encode())


def is_decision(path: str) -> bool:
    """Whether a path is that of a record that this program writes."""
    return WRITTEN.fullmatch(path) is not None


def next_decision(paths: Iterable[str], name: str = DECISION.rpartition("-")[2]) -> str:
    """Return the path of a later record, numbered after those that are there.

    The first one's number is not given again, also where that was deleted. ``name`` is what the
    file is called after its number.
    """
    numbers = [int(found[1]) for path in paths if (found := NUMBERED.fullmatch(path))]
    return f"{DECISIONS}/{max(numbers, default=1) + 1:04}-{name}"


def last_decision(paths: Iterable[str]) -> str:
    """Return the path of the last record of an architecture; empty where all have gone."""
    found = {int(match[1]): path for path in paths if (match := OF_ARCHITECTURE.fullmatch(path))}
    return found[max(found)] if found else ""


def superseded(content: bytes, by: str) -> bytes | None:
    """Return a record that names the one which supersedes it, below its heading.

    Nothing else of it changes, whatever its owner has written; None where it has no heading, or
    says so already.
    """
    heading = HEADING.match(content)
    name = by.rpartition("/")[2]
    note = f"Superseded by [{name.partition('-')[0]}]({name}).".encode()
    if heading is None or b"Superseded by [" in content:
        return None
    end = heading[1]
    return content[: heading.end()] + end + note + end + content[heading.end() :]
