"""What a rule is, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from blueprint_cli.checking.project import CheckedProject
    from blueprint_cli.spec.codes import Severity


@dataclass(frozen=True, slots=True)
class Found:
    """One place that breaks a rule.

    ``path`` is relative to the project, ``line`` counts from 1. ``subject`` tells two findings of a
    rule in one file apart when lines move; a baseline remembers its hash, so it is never a secret.
    """

    path: str
    message: str
    line: int | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule: its stable id and name, why it is there, what to do, and how it looks.

    ``owned`` in ``blueprint.yaml`` silences those rules that hold a project to its template;
    secrets and what an unfinished merge left behind are reported wherever they stand. ``standard``
    is the one that asks for it, where it is none of ours; ``locked`` by it is what nothing in
    ``blueprint.yaml`` silences.
    """

    id: str
    name: str
    severity: Severity
    title: str
    why: str
    fix: str
    look: Callable[[CheckedProject], Iterable[Found]]
    silenced_by_owned: bool = True
    standard: str = ""
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule, a place that breaks it, and how grave that is in this project."""

    rule: Rule
    found: Found
    severity: Severity
