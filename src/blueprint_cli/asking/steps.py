"""The steps of a session and what comes of an answer, as data that any front end can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.asking.interview import Value
    from blueprint_cli.asking.plan import Plan
    from blueprint_cli.asking.saved import Kept
    from blueprint_cli.creating.create import NewProject
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.recommendation.scoring import Gate
    from blueprint_cli.spec.questions import Question

# Words about the session instead of an answer; each step says which of them it takes.
Command = Literal["back", "edit", "help", "list", "rest", "why", "quit"]
Commands = frozenset[Command]
# A prompt that does not know one of these would take it for an answer.
EVERYWHERE: Final[Commands] = frozenset({"back", "edit", "help", "list", "quit"})


@dataclass(frozen=True, slots=True)
class EarlierAnswers:
    """Answers are kept from an earlier session for this project: go on from there?"""

    commands: ClassVar[Commands] = EVERYWHERE
    kept: Kept


@dataclass(frozen=True, slots=True)
class AboutWanted:
    """What the application is about: ``examples`` by name and their line; ``typed`` before."""

    commands: ClassVar[Commands] = frozenset({"back", "help", "list", "quit"})
    examples: tuple[tuple[str, str], ...]
    typed: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the questions that begins, counted from 1; 0 for the questions before all parts."""

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

    commands: ClassVar[Commands] = EVERYWHERE | {"rest"}
    questions: tuple[Question, ...]
    place: int
    answers: Mapping[str, Value]
    notes: Mapping[str, str]
    part: Part | None
    tendency: Tendency | None

    @property
    def question(self) -> Question:
        """The question itself."""
        return self.questions[self.place]


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that was not asked, by its place from 0, and what its answer could change.

    ``could_become``: the patterns that it could lead to. ``swing``: the points by which it could
    move the lead; None where it has no part in the recommendation.
    """

    place: int
    label: str
    could_become: tuple[Pattern, ...]
    swing: float | None


@dataclass(frozen=True, slots=True)
class MoreWanted:
    """The questions that decide most were asked: answer more of them? The weightiest come first."""

    commands: ClassVar[Commands] = EVERYWHERE | {"rest"}
    tendency: Tendency | None
    open: tuple[OpenQuestion, ...]


@dataclass(frozen=True, slots=True)
class PatternChoice:
    """Which pattern to build: those that there are templates for, the best first.

    ``default``: what Enter takes, which is what was chosen before, else the best.
    """

    commands: ClassVar[Commands] = EVERYWHERE | {"why"}
    recommendation: Recommendation
    offered: tuple[Pattern, ...]
    default: Pattern
    without_template: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class ReasonWanted:
    """Why another pattern than the recommended one; ``default`` where an empty line says it.

    ``ruled_out``: everything that rules the pattern out.
    """

    commands: ClassVar[Commands] = EVERYWHERE | {"why"}
    recommendation: Recommendation
    pattern: str
    ruled_out: tuple[Gate, ...]
    default: str

    @property
    def recommended(self) -> Pattern:
        """The pattern that was not chosen."""
        return self.recommendation.recommended


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What would be created: agreed?"""

    commands: ClassVar[Commands] = EVERYWHERE | {"why"}
    recommendation: Recommendation
    request: NewProject
    plan: Plan


@dataclass(frozen=True, slots=True)
class Agreed:
    """The end: this is to be created."""

    commands: ClassVar[Commands] = frozenset()
    request: NewProject


@dataclass(frozen=True, slots=True)
class Declined:
    """The end: the plan was read, and somebody said no."""

    commands: ClassVar[Commands] = frozenset()


@dataclass(frozen=True, slots=True)
class Stopped:
    """The end: somebody left before there was anything to agree on."""

    commands: ClassVar[Commands] = frozenset()


Step = (
    EarlierAnswers
    | AboutWanted
    | AskedQuestion
    | MoreWanted
    | PatternChoice
    | ReasonWanted
    | Confirmation
    | Agreed
    | Declined
    | Stopped
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The session has moved on to its next step.

    ``made_of_it``: what the answer was taken for, where that is more than what was typed.
    ``warning`` is empty where nothing went wrong.
    """

    warning: str = ""
    made_of_it: str = ""


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
