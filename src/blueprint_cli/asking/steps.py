"""The steps of a session and what comes of an answer, as data that any front end can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.asking.interview import Value
    from blueprint_cli.asking.plan import Plan
    from blueprint_cli.creating.create import NewProject
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.recommendation.scoring import Gate
    from blueprint_cli.spec.questions import Question

# Words about the session instead of an answer; each step says which of them it takes.
Command = Literal["back", "help", "list", "rest", "why", "quit"]
Commands = frozenset[Command]


@dataclass(frozen=True, slots=True)
class EarlierAnswers:
    """Answers are kept from an earlier session for this project: go on from there?"""

    commands: ClassVar[Commands] = frozenset({"quit"})
    answers: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the questions that begins, counted from 1."""

    title: str
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class Tendency:
    """Where the answers so far point to."""

    known: int
    not_known: int
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One of the questions, by its place from 0, and the answers so far.

    ``part`` where the question is the first of its part; ``tendency`` where there is one then.
    """

    commands: ClassVar[Commands] = frozenset({"back", "help", "list", "rest", "quit"})
    questions: tuple[Question, ...]
    place: int
    answers: Mapping[str, Value]
    part: Part | None
    tendency: Tendency | None

    @property
    def question(self) -> Question:
        """The question itself."""
        return self.questions[self.place]


@dataclass(frozen=True, slots=True)
class PatternChoice:
    """Which pattern to build: those that there are templates for, the best first."""

    commands: ClassVar[Commands] = frozenset({"back", "why", "quit"})
    recommendation: Recommendation
    offered: tuple[Pattern, ...]
    without_template: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class ReasonWanted:
    """Why another pattern than the recommended one; ``default`` where an empty line says it.

    ``ruled_out``: everything that rules the pattern out.
    """

    # `back` and `?` are taken as the reason.
    commands: ClassVar[Commands] = frozenset({"quit"})
    recommended: Pattern
    pattern: str
    ruled_out: tuple[Gate, ...]
    default: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What would be created: agreed?"""

    commands: ClassVar[Commands] = frozenset({"back", "quit"})
    request: NewProject
    plan: Plan


@dataclass(frozen=True, slots=True)
class Agreed:
    """The end: this is to be created."""

    commands: ClassVar[Commands] = frozenset()
    request: NewProject


@dataclass(frozen=True, slots=True)
class Stopped:
    """The end: nothing is to be created."""

    commands: ClassVar[Commands] = frozenset()


Step = (
    EarlierAnswers | AskedQuestion | PatternChoice | ReasonWanted | Confirmation | Agreed | Stopped
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The session has moved on to its next step; ``warning`` is empty where nothing went wrong."""

    warning: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that cannot be taken, and why; the step stays."""

    message: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """None of the words that the step knows; the step stays."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Something about the step is to be shown; the step stays."""

    what: Literal["help", "list", "why"]


Outcome = Accepted | Refused | Unclear | Shown
