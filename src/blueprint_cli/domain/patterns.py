"""Patterns of texts: the part of regular expressions that no text can make slow."""

from __future__ import annotations

import re

from blueprint_cli.domain.mistakes import NotUnderstood


def check_pattern(pattern: str, longest: int | None) -> None:  # noqa: ARG001 - soon
    """Refuse a pattern that is none."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise NotUnderstood(f"/{pattern}/ is no pattern: {error}") from None
