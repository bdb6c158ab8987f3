"""What migrations do, and what none can."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blueprint_cli.templates.described.entities import EntityView


@dataclass(frozen=True, slots=True)
class Refusal:
    """What no migration can do: where the spec says it, and what to do instead."""

    path: tuple[str, ...]
    message: str
    allowed: str


@dataclass(kw_only=True)
class Steps:
    """What a migration does, as lines of Python.

    ``phrases`` say it; ``loses`` is what it loses, and ``ignored`` which rules of the linter it
    breaks, and why. ``created`` are the tables that ``_create_…()`` makes in ``up``, ``recreated``
    those that it makes in ``down``. ``former_schema`` is what the schema is called before it.
    """

    up: list[str] = field(default_factory=list)
    down: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    loses: list[str] = field(default_factory=list)
    ignored: dict[str, str] = field(default_factory=dict)
    created: list[EntityView] = field(default_factory=list)
    recreated: list[EntityView] = field(default_factory=list)
    outbox: bool = False
    former_schema: str = ""

    def add(self, up: Iterable[str], down: Iterable[str] = (), phrase: str = "") -> None:
        """Add lines; what takes them back comes before what takes back the lines before."""
        self.up += up
        self.down = [*down, *self.down]
        if phrase and phrase not in self.phrases:
            self.phrases.append(phrase)


@dataclass(kw_only=True)
class ThreeSteps:
    """The three, and what is refused."""

    first: Steps = field(default_factory=Steps)
    then: Steps = field(default_factory=Steps)
    last: Steps = field(default_factory=Steps)
    refusals: list[Refusal] = field(default_factory=list)
