"""The session of ``blueprint new``: ask, recommend, choose, give a reason, plan, confirm.

A state machine that reads and prints nothing: a front end shows its step and passes on what is
typed, so a terminal and a web page can drive the same one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from blueprint_cli.asking.interview import Interview, parse_answer
from blueprint_cli.asking.plan import plan_project
from blueprint_cli.asking.quantities import NotUnderstood
from blueprint_cli.asking.saved import Saved
from blueprint_cli.asking.steps import (
    Accepted,
    Agreed,
    AskedQuestion,
    Confirmation,
    EarlierAnswers,
    Part,
    PatternChoice,
    ReasonWanted,
    Refused,
    Shown,
    Stopped,
    Tendency,
    Unclear,
)
from blueprint_cli.creating.create import create_project, locate
from blueprint_cli.creating.decision import check_reason
from blueprint_cli.errors import BlueprintError, UsageError
from blueprint_cli.recommendation.recommend import recommend
from blueprint_cli.recommendation.rules import load_rules
from blueprint_cli.recommendation.scoring import score
from blueprint_cli.spec.answers import AUTO
from blueprint_cli.spec.questions import load_groups
from blueprint_cli.templates.builtin import find_template, load_templates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from blueprint_cli.asking.interview import Value
    from blueprint_cli.asking.plan import Plan
    from blueprint_cli.asking.steps import Command, Outcome, Step
    from blueprint_cli.creating.create import Created, NewProject
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.spec.questions import Group

COMMAND_WORDS: Final[dict[str, Command]] = {
    "back": "back",
    "<": "back",
    "?": "help",
    "help": "help",
    "list": "list",
    "rest": "rest",
    "why": "why",
    "quit": "quit",
    "exit": "quit",
}
YES: Final = frozenset({"", "y", "yes", "follow"})
NO: Final = frozenset({"n", "no"})


def open_session(request: NewProject) -> Session:
    """Return a session for a new project, at its first step.

    Raises:
        BlueprintError: where its name, its place, its pattern or its reason will not do.
    """
    if request.pattern == AUTO:
        request = replace(request, pattern=None)
    if request.pattern:
        find_template(request.pattern, request.templates)
    return Session(request, locate(request))


class Session:
    """What is known so far about one project, and the step that comes next.

    Args:
        request: the project; its pattern and its reason are not asked for where it has them.
        destination: where the project would stand; answers are kept for this place.
        plan: makes the plan that is to be confirmed.

    Attributes:
        step: what is asked now.
        recommendation: a new one each time that a pattern is to be chosen; None before.
        installed: the patterns that there are templates for.
        kept: whether the answers outlive this session.
    """

    def __init__(
        self,
        request: NewProject,
        destination: Path,
        plan: Callable[[NewProject], Plan] = plan_project,
    ) -> None:
        self.destination = destination
        self.interview = Interview()
        self.recommendation: Recommendation | None = None
        self.kept = False
        self._given = request
        self._plan = plan
        self._saved = Saved(destination)
        self._can_keep = True
        self.installed = [template.name for template in load_templates(request.templates)]
        earlier = self._saved.read()
        self.step: Step = EarlierAnswers(earlier) if earlier else self._question()

    def answer(self, typed: str) -> Outcome:
        """Take one line: a command that the step knows, or an answer to it.

        Raises:
            BlueprintError: where what was agreed on cannot be planned; the session has ended then.
        """
        typed = typed.strip()
        command = COMMAND_WORDS.get(typed.lower())
        if command in self.step.commands:
            return self._obey(command)
        return self._take(typed)

    def create(self, report: Callable[[str], None]) -> Created:
        """Create what was agreed on, report each step of it, and remove the answers that are kept.

        Raises:
            BlueprintError: in one of its kinds; nothing was written then.
            Interrupted: on a signal; nothing was written then.
            ValueError: where nothing was agreed on.
        """
        if not isinstance(self.step, Agreed):
            raise ValueError("nothing was agreed on")  # noqa: TRY004 - the step is a state, no type
        created = create_project(self.step.request, report)
        if not created.dry_run:
            self._saved.remove()
        return created

    def _obey(self, command: Command) -> Outcome:
        match command:
            case "back":
                return self._back()
            case "rest":
                self.interview.leave_the_rest()
                return self._next()
            case "quit":
                return self._stand_at(Stopped())
            case "help" | "list" | "why":
                return Shown(command)

    def _back(self) -> Outcome:
        """Return to the step before: one place for every step."""
        if isinstance(self.step, Confirmation):
            return self._recommend()
        if not self.interview.back():
            return Refused("This is the first question.")
        self.recommendation = None
        return self._next()

    def _take(self, typed: str) -> Outcome:
        match self.step:
            case EarlierAnswers(answers):
                return self._go_on_from(answers, typed)
            case AskedQuestion():
                return self._take_answer(self.step, typed)
            case PatternChoice():
                return self._take_pattern(self.step, typed)
            case ReasonWanted():
                return self._take_reason(self.step, typed)
            case Confirmation():
                return self._take_agreement(self.step, typed)
            case _:
                return Unclear()

    def _go_on_from(self, earlier: Mapping[str, Value], typed: str) -> Outcome:
        if typed.lower() not in YES | NO:
            return Unclear()
        if typed.lower() in YES:
            self.interview = Interview(answers=dict(earlier))
            self.kept = True
        return self._next()

    def _take_answer(self, step: AskedQuestion, typed: str) -> Outcome:
        before = step.answers.get(step.question.key)
        if not typed and before is not None:
            self.interview.answer(before)
            return self._next()
        try:
            value = parse_answer(step.question, typed)
        except NotUnderstood as error:
            return Refused(f"Not taken: {error}.")
        self.interview.answer(value)
        warning = self._keep()
        return replace(self._next(), warning=warning)

    def _keep(self) -> str:
        """Write the answers down; return why that is not possible, once."""
        if not self._can_keep:
            return ""
        try:
            self._saved.write(self.interview.answers)
        except OSError as error:
            self._can_keep = False
            return f"Your answers cannot be kept in {self._saved.path}: {error.strerror}"
        self.kept = True
        return ""

    def _take_pattern(self, step: PatternChoice, typed: str) -> Outcome:
        word = typed.lower()
        if word in YES:
            return self._choose(step.recommendation, step.offered[0])
        if word in step.offered:
            return self._choose(step.recommendation, word)
        if word in step.without_template:
            return Refused(f"This version has no template for {word}.")
        return Unclear()

    def _take_reason(self, step: ReasonWanted, typed: str) -> Outcome:
        reason = typed or step.default
        try:
            check_reason(reason)
        except UsageError as error:
            return Refused(error.hint)
        if not reason:
            return Refused("Whoever reads the record next year will want to know it.")
        return self._conclude(step.pattern, reason)

    def _take_agreement(self, step: Confirmation, typed: str) -> Outcome:
        word = typed.lower()
        if word in YES:
            return self._stand_at(Agreed(step.request))
        if word in NO:
            return self._stand_at(Stopped())
        return Unclear()

    def _next(self) -> Accepted:
        """Go on to the question that comes next, behind the last one to the recommendation."""
        if self.interview.current is None:
            return self._recommend()
        return self._stand_at(self._question())

    def _question(self) -> AskedQuestion:
        interview = self.interview
        group = interview.group
        if group is not None and interview.current == group.questions[0]:
            part, tendency = _part(group), _tendency(interview)
        else:
            part, tendency = None, None
        return AskedQuestion(
            interview.questions, interview.place, dict(interview.answers), part, tendency
        )

    def _recommend(self) -> Accepted:
        result = self.recommendation = recommend(self.interview.requirements)
        if self._given.pattern:
            return self._choose(result, self._given.pattern)
        ranked = [one.pattern for one in result.ranking]
        return self._stand_at(
            PatternChoice(
                result,
                offered=tuple(one for one in ranked if one in self.installed),
                without_template=tuple(one for one in ranked if one not in self.installed),
            )
        )

    def _choose(self, result: Recommendation, pattern: str) -> Accepted:
        reason = self._given.reason
        if pattern == result.recommended or reason:
            return self._conclude(pattern, reason)
        missing = result.recommended not in self.installed
        return self._stand_at(
            ReasonWanted(
                result.recommended,
                pattern,
                ruled_out=tuple(gate for gate in result.gates if gate.pattern == pattern),
                default=f"This version has no template for {result.recommended}."
                if missing
                else "",
            )
        )

    def _conclude(self, pattern: str, reason: str) -> Accepted:
        """Everything is decided: what is left is to agree on the plan."""
        request = replace(
            self._given, settings=self.interview.settings, pattern=pattern, reason=reason
        )
        if request.dry_run:
            return self._stand_at(Agreed(request))
        try:
            return self._stand_at(Confirmation(request, self._plan(request)))
        except BlueprintError:
            self.step = Stopped()
            raise

    def _stand_at(self, step: Step) -> Accepted:
        self.step = step
        return Accepted()


def _part(group: Group) -> Part:
    groups = load_groups()
    return Part(group.title, groups.index(group) + 1, len(groups))


def _tendency(interview: Interview) -> Tendency | None:
    if not interview.requirements:
        return None
    known = len(interview.known)
    best = score(interview.requirements, load_rules()).best
    return Tendency(known, len(interview.answers) - known, best)
