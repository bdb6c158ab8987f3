"""The session of ``blueprint new``: ask, recommend, choose, give a reason, plan, confirm.

A state machine that reads and prints nothing: a front end shows its step and passes on what is
typed, so a terminal and a web page can drive the same one.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from blueprint_cli.asking.about import About, read_about
from blueprint_cli.asking.interview import Interview, find_question, parse_answer
from blueprint_cli.asking.plan import plan_project
from blueprint_cli.asking.quantities import NotUnderstood
from blueprint_cli.asking.saved import Kept, Saved
from blueprint_cli.asking.steps import (
    AboutWanted,
    Accepted,
    Agreed,
    AskedQuestion,
    Confirmation,
    Declined,
    EarlierAnswers,
    MoreWanted,
    OpenQuestion,
    Part,
    PatternChoice,
    ReasonWanted,
    Refused,
    Shown,
    Stopped,
    Tendency,
    Unclear,
)
from blueprint_cli.asking.words import is_no, is_not_known, is_yes, one_of, plain
from blueprint_cli.creating.create import create_project, locate, with_standard
from blueprint_cli.decisions import check_reason
from blueprint_cli.errors import BlueprintError, UsageError
from blueprint_cli.patterns import PATTERNS
from blueprint_cli.recommendation.recommend import recommend
from blueprint_cli.recommendation.rules import load_rules
from blueprint_cli.recommendation.scoring import score
from blueprint_cli.recommendation.sensitivity import examine
from blueprint_cli.reports.words import formatted
from blueprint_cli.spec.answers import AUTO
from blueprint_cli.spec.questions import load_groups
from blueprint_cli.templates.builtin import find_template, load_examples, load_templates

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from blueprint_cli.asking.interview import Answer
    from blueprint_cli.asking.plan import Plan
    from blueprint_cli.asking.steps import Command, Outcome, Step
    from blueprint_cli.creating.create import Created, NewProject
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.recommendation.rules import Rules
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
    "q": "quit",
}
EDIT: Final = re.compile(r"edit(?:\s+(\S+))?", re.IGNORECASE)
NUMBERS: Final = re.compile(r"#?\d{1,4}(?:(?:\s*,\s*|\s+and\s+|\s+)#?\d{1,4})*")
ESCAPE: Final = "\x1b"
FOLLOW: Final = "follow"
ALL: Final = frozenset({"all", "all of them", "everything"})


def open_session(request: NewProject) -> Session:
    """Return a session for a new project, at its first step.

    Raises:
        BlueprintError: where its name, its place, its pattern or its reason will not do.
    """
    if request.pattern == AUTO:
        request = replace(request, pattern=None)
    if request.pattern:
        find_template(request.pattern, request.templates)
    place = locate(request)
    begins = request.opened is not None and request.opened.template.begins_with is not None
    return Session(with_standard(request), place, asks_about=not begins)


class Session:
    """What is known so far about one project, and the step that comes next.

    Args:
        request: the project; its pattern and its reason are not asked for where it has them.
        destination: where the project would stand; answers are kept for this place.
        plan: makes the plan that is to be confirmed.
        asks_about: whether it is asked first what the application is about.

    Attributes:
        step: what is asked now.
        recommendation: a new one each time that a pattern is to be chosen; None before.
        rules, books: what is recommended and priced by; no books are the built-in ones.
        standard: what the project is held to; empty where that is nothing.
        installed: the patterns that there are templates for, and that the standard allows.
        kept: whether the answers outlive this session.
    """

    def __init__(
        self,
        request: NewProject,
        destination: Path,
        plan: Callable[[NewProject], Plan] = plan_project,
        *,
        asks_about: bool = True,
    ) -> None:
        self.destination = destination
        self.interview = Interview()
        self.recommendation: Recommendation | None = None
        self.kept = False
        self._given = request
        self._plan = plan
        self._saved = Saved(destination)
        self._can_keep = True
        self._chosen = ""
        self._reasons: dict[str, str] = {}
        self._asks_about = asks_about
        self._about: About | None = None if asks_about else About()
        self._about_typed = ""
        self.examples = load_examples(request.templates) if asks_about else ()
        self._standard = request.held_to.standard if request.held_to else None
        self.rules = (self._standard and self._standard.rules) or load_rules()
        self.books = self._standard.books if self._standard else ()
        self.standard = self._standard.label if self._standard else ""
        names = [template.name for template in load_templates(request.templates)]
        if request.opened is not None:
            names = [name for name in names if name in request.opened.template.patterns]
        self.installed = self._standard.allowed_among(names) if self._standard else names
        earlier = self._saved.read()
        self.step: Step = EarlierAnswers(earlier) if earlier else self._first()

    def answer(self, typed: str) -> Outcome:
        """Take one line: a command that the step knows, or an answer to it.

        Raises:
            BlueprintError: where what was agreed on cannot be planned; the session has ended then.
        """
        typed = typed.strip()
        if ESCAPE in typed:  # An arrow key, on a terminal whose lines cannot be edited.
            return Refused("Not taken: there is a key in it that is no letter. Type it again.")
        command = COMMAND_WORDS.get(typed.lower())
        if command in self.step.commands:
            return self._obey(command)
        edited = EDIT.fullmatch(typed)
        if edited and "edit" in self.step.commands:
            return self._edit(edited[1] or "")
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
                return self._ask_more(())
            case "quit":
                return self._stand_at(Stopped())
            case "help" | "list" | "why":
                return Shown(command)
            case "edit":
                return self._edit("")

    def _back(self) -> Outcome:
        """Return to the step before: one place for every step."""
        step = self.step
        if isinstance(step, Confirmation):
            result = step.recommendation
            if step.request.pattern != result.recommended and not self._given.reason:
                return self._stand_at(self._reason_wanted(result, str(step.request.pattern)))
        if isinstance(step, Confirmation | ReasonWanted) and not self._given.pattern:
            self._chosen = ""
            warning = self._keep()
            return replace(self._recommend(), warning=warning)
        if isinstance(step, EarlierAnswers | AboutWanted):
            return Refused("This is the beginning: there is nothing before it.")
        if not self.interview.back():
            if not self._asks_about:
                return Refused("This is the beginning: there is nothing before it.")
            self._about = None
        return self._next()

    def _edit(self, typed: str) -> Outcome:
        """Ask one question again, then go on from here."""
        questions = self.interview.questions
        if isinstance(self.step, EarlierAnswers):
            return Refused("Say first whether to go on from these answers: yes or no.")
        place = find_question(questions, typed)
        if place is None:
            return Refused(
                f"Which question? They are numbered from 1 to {len(questions)}, and `list` shows "
                "the answers: edit 3."
            )
        if isinstance(self.step, AskedQuestion) and self.step.place == place:
            return Refused("That is this question.")
        self.interview.edit(place)
        return self._next()

    def _take(self, typed: str) -> Outcome:  # noqa: PLR0911 - one for each step
        match self.step:
            case EarlierAnswers(kept):
                return self._go_on_from(kept, typed)
            case AboutWanted():
                return self._take_about(typed)
            case AskedQuestion():
                return self._take_answer(self.step, typed)
            case MoreWanted():
                return self._take_more(typed)
            case PatternChoice():
                return self._take_pattern(self.step, typed)
            case ReasonWanted():
                return self._take_reason(self.step, typed)
            case Confirmation():
                return self._take_agreement(self.step, typed)
            case _:
                return Unclear()

    def _go_on_from(self, earlier: Kept, typed: str) -> Outcome:
        if not typed or is_yes(typed):
            self.interview = Interview(dict(earlier.answers), dict(earlier.notes))
            self.interview.go_on(earlier.ahead, settled=earlier.settled)
            self._chosen = earlier.pattern
            if earlier.reason:
                self._reasons[earlier.pattern or str(self._given.pattern)] = earlier.reason
            if self._asks_about and earlier.about is not None:
                self._take_about(earlier.about)
            self.kept = True
        elif not is_no(typed):
            return Unclear()
        return self._next()

    def _take_about(self, typed: str) -> Outcome:
        typed = typed or self._about_typed
        try:
            self._about = read_about(typed, (one.name for one in self.examples))
        except NotUnderstood as error:
            said = str(error)
            return Refused(f"Not taken: {said}{'' if said.endswith('?') else '.'}")
        self._about_typed = typed
        warning = self._keep()
        return replace(self._next(), warning=warning, made_of_it=_taken_for(self._about))

    def _take_answer(self, step: AskedQuestion, typed: str) -> Outcome:
        before = step.answers.get(step.question.key)
        if not typed and before is not None:
            self.interview.answer(before, step.notes.get(step.question.key, ""))
            warning = self._keep()
            return replace(self._next(), warning=warning)
        try:
            answer = parse_answer(step.question, typed)
        except NotUnderstood as error:
            return Refused(f"Not taken: {error}.")
        self.interview.answer(answer.value, answer.note)
        warning = self._keep()
        return replace(self._next(), warning=warning, made_of_it=_made_of_it(step, answer))

    def _take_more(self, typed: str) -> Outcome:
        """Ask all of the others, some of them by their numbers, or none."""
        interview = self.interview
        if not typed or is_no(typed) or is_not_known(typed):
            return self._ask_more(())
        if is_yes(typed) or plain(typed) in ALL:
            return self._ask_more(interview.open)
        if not NUMBERS.fullmatch(typed.lower()):
            return Unclear()
        numbers = dict.fromkeys(int(number) for number in re.findall(r"\d+", typed))
        wrong = [number for number in numbers if not 1 <= number <= len(interview.questions)]
        if wrong:
            return Refused(f"There is no question {wrong[0]}.")
        return self._ask_more(tuple(number - 1 for number in numbers))

    def _ask_more(self, places: tuple[int, ...]) -> Outcome:
        self.interview.ask_more(places)
        warning = self._keep()
        return replace(self._next(), warning=warning)

    def _keep(self) -> str:
        """Write down what was answered; return why that is not possible, once."""
        interview = self.interview
        if not self._can_keep or not (interview.answers or self._chosen or self._about_typed):
            return ""
        kept = Kept(
            answers=interview.answers,
            notes=interview.notes,
            ahead=tuple(interview.questions[place].key for place in interview.ahead),
            settled=interview.settled,
            pattern=self._chosen,
            reason=self._reasons.get(self._chosen or str(self._given.pattern), ""),
            about=self._about_typed if self._asks_about and self._about is not None else None,
        )
        try:
            self._saved.write(kept)
        except OSError as error:
            self._can_keep = False
            self.kept = False
            return f"Your answers cannot be kept in {self._saved.path}: {error.strerror}"
        self.kept = True
        return ""

    def _take_pattern(self, step: PatternChoice, typed: str) -> Outcome:
        if not typed or is_yes(typed):
            return self._choose(step.recommendation, step.default)
        if plain(typed) == FOLLOW:
            return self._choose(step.recommendation, step.offered[0])
        word = one_of((*step.offered, *step.without_template), typed)
        if word is None:
            return Unclear()
        if word in step.without_template:
            return Refused(self._why_not(word))
        return self._choose(step.recommendation, word)

    def _take_reason(self, step: ReasonWanted, typed: str) -> Outcome:
        reason = typed or step.default
        try:
            check_reason(reason)
        except UsageError as error:
            return Refused(error.hint)
        if not reason:
            return Refused("Whoever reads the record next year will want to know it.")
        if _is_no_reason(reason):
            return Refused(
                f"'{reason}' is no reason that the record could give. Write a sentence, or `back` "
                "to choose again."
            )
        self._reasons[step.pattern] = reason
        warning = self._keep()
        return replace(self._conclude(step.recommendation, step.pattern, reason), warning=warning)

    def _take_agreement(self, step: Confirmation, typed: str) -> Outcome:
        if not typed or is_yes(typed):
            return self._stand_at(Agreed(step.request))
        if is_no(typed):
            return self._stand_at(Declined())
        return Unclear()

    def _next(self) -> Accepted:
        """Go on to the question that comes next, behind the last one to the recommendation."""
        self.recommendation = None
        if self._about is None:
            return self._stand_at(self._first())
        if self.interview.current is not None:
            return self._stand_at(self._question())
        if not self.interview.settled and self.interview.open:
            return self._stand_at(self._more_wanted())
        return self._recommend()

    def _first(self) -> AboutWanted | AskedQuestion:
        if self._about is not None:
            return self._question()
        examples = tuple((one.name, one.summary) for one in self.examples)
        return AboutWanted(examples, self._about_typed)

    def _question(self) -> AskedQuestion:
        interview = self.interview
        group = interview.group
        if group is not None and interview.current == group.questions[0]:
            part, tendency = _part(group), _tendency(interview, self.rules)
        else:
            part, tendency = None, None
        return AskedQuestion(
            interview.questions,
            interview.place,
            dict(interview.answers),
            dict(interview.notes),
            part,
            tendency,
        )

    def _more_wanted(self) -> MoreWanted:
        interview = self.interview
        found = {one.key: one for one in examine(self._requirements, self.rules).unknown}
        open_questions = []
        for place in interview.open:
            question = interview.questions[place]
            one = found.get(question.name) if question.section == "requirements" else None
            open_questions.append(
                OpenQuestion(place, one.label, one.could_become, one.swing)
                if one
                else OpenQuestion(place, question.key, (), None)
            )
        open_questions.sort(key=lambda one: (not one.could_become, -(one.swing or 0)))
        return MoreWanted(_tendency(interview, self.rules), tuple(open_questions))

    @property
    def _requirements(self) -> dict[str, bool | int | float | str]:
        """What is known: by the answers, and by the standard where they say nothing."""
        known = self.interview.requirements
        return self._standard.requirements(known) if self._standard else known

    def _recommend(self) -> Accepted:
        own = (self.rules,) if self._standard else ()
        result = self.recommendation = recommend(self._requirements, *own)
        if self._given.pattern:
            return self._choose(result, self._given.pattern)
        ranked = [one.pattern for one in result.ranking]
        offered = tuple(one for one in ranked if one in self.installed)
        default = next((one for one in offered if one == self._chosen), offered[0])
        return self._stand_at(
            PatternChoice(
                result,
                offered=offered,
                default=default,
                without_template=tuple(one for one in ranked if one not in self.installed),
            )
        )

    def _choose(self, result: Recommendation, pattern: str) -> Accepted:
        warning = ""
        if not self._given.pattern and pattern != self._chosen:
            self._chosen = pattern
            warning = self._keep()
        reason = self._given.reason
        if pattern == result.recommended or reason:
            return replace(self._conclude(result, pattern, reason), warning=warning)
        return replace(self._stand_at(self._reason_wanted(result, pattern)), warning=warning)

    def _reason_wanted(self, result: Recommendation, pattern: str) -> ReasonWanted:
        missing = result.recommended not in self.installed
        return ReasonWanted(
            result,
            pattern,
            ruled_out=tuple(gate for gate in result.gates if gate.pattern == pattern),
            default=self._reasons.get(pattern)
            or (self._why_not(result.recommended) if missing else ""),
        )

    def _why_not(self, pattern: str) -> str:
        """Say why a pattern cannot be chosen."""
        if self._standard and not self._standard.allowed_among([pattern]):
            return f"The standard {self._standard.label} allows no {pattern}."
        return f"This version has no template for {pattern}."

    def _conclude(self, result: Recommendation, pattern: str, reason: str) -> Accepted:
        """Everything is decided: what is left is to agree on the plan."""
        request = replace(
            self._given,
            settings=self.interview.settings,
            comments=self.interview.comments,
            pattern=pattern,
            reason=reason,
        )
        if self._about is not None and self._about.example:
            request = replace(request, example=self._about.example)
        elif self._about is not None and self._about.parts:
            request = replace(request, described=self._about)
        if request.dry_run:
            return self._stand_at(Agreed(request))
        try:
            return self._stand_at(Confirmation(result, request, self._plan(request)))
        except BlueprintError:
            self.step = Stopped()
            raise

    def _stand_at(self, step: Step) -> Accepted:
        self.step = step
        return Accepted()


def _taken_for(about: About) -> str:
    if about.example:
        return f"Taken as the example {about.example}."
    parts = (f"{part} with {', '.join(things)}" for part, things in about.parts)
    return f"Taken as {'; '.join(parts)}: a name each; complete it in blueprint.yaml." * bool(
        about.parts
    )


def _made_of_it(step: AskedQuestion, answer: Answer) -> str:
    if not answer.note:
        return ""
    return f"Taken as {formatted(answer.value)} {step.question.unit}: {answer.note}."


def _is_no_reason(text: str) -> bool:
    """Whether it is a word that other prompts know, typed at the wrong one."""
    word = plain(text)
    known = word in COMMAND_WORDS or word in {*PATTERNS, *ALL, FOLLOW, "edit", "cancel", "abort"}
    return known or is_yes(text) or is_no(text) or is_not_known(text) or word.isdecimal()


def _part(group: Group) -> Part:
    groups = load_groups()
    return Part(group.title, groups.index(group), len(groups) - 1)


def _tendency(interview: Interview, rules: Rules) -> Tendency | None:
    if not interview.requirements:
        return None
    known = len(interview.known)
    best = score(interview.requirements, rules).best
    return Tendency(known, len(interview.answers) - known, best)
