"""The session of ``blueprint new`` in a terminal, line by line."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from blueprint_cli.asking import text
from blueprint_cli.asking.interview import Interview
from blueprint_cli.asking.session import Session, open_session
from blueprint_cli.asking.steps import (
    AboutWanted,
    Accepted,
    Agreed,
    AskedQuestion,
    Confirmation,
    Declined,
    EarlierAnswers,
    MoreWanted,
    PatternChoice,
    ReasonWanted,
    Refused,
    Shown,
    Stopped,
    Unclear,
)
from blueprint_cli.cli.places import command_line, from_here
from blueprint_cli.cost.request import budget_of_recommended
from blueprint_cli.errors import BlueprintError, Interrupted, OutputClosed, UsageError
from blueprint_cli.reports.text import as_text, shows_blocks
from blueprint_cli.wrapping import wrapped

if TYPE_CHECKING:
    from blueprint_cli.asking.steps import Outcome, Step
    from blueprint_cli.asking.text import Progress
    from blueprint_cli.cli.terminal import Terminal
    from blueprint_cli.creating.create import Created, NewProject
    from blueprint_cli.recommendation.recommend import Recommendation

NARROWEST: Final = 40
WIDEST: Final = 80


def create_with_questions(
    request: NewProject, terminal: Terminal, *, resume: bool
) -> Created | None:
    """Ask, recommend, show the plan, and create what was agreed on; None where it was declined.

    Raises:
        Interrupted: where somebody stops it; nothing was written but the answers so far.
        BlueprintError: in one of its kinds; nothing was written then.
    """
    session = open_session(request)
    if resume and not isinstance(session.step, EarlierAnswers):
        raise UsageError(
            f"no answers are kept for {session.destination}",
            hint=f"Begin with: {command_line(request)}",
        )
    try:
        if resume:
            session.answer("yes")
        if not Conversation(session, terminal).run():
            terminal.note(f"\nNothing was written. {_how_to_go_on(session, request)}")
            return None
        return session.create(lambda step: terminal.note(f"{step} ..."))
    except (Interrupted, BlueprintError) as stopped:
        answered = session.kept or session.interview.settings
        if answered or isinstance(stopped, Interrupted):  # Which leaves the cursor in a line.
            words = f"\n{_how_to_go_on(session, request)}" if answered else ""
            with contextlib.suppress(OutputClosed):  # The terminal itself may have gone away.
                terminal.note(words)
        raise


def _how_to_go_on(session: Session, request: NewProject) -> str:
    """Return the command line with which nothing that was answered has to be typed again."""
    if session.kept:
        return f"Your answers are kept: {command_line(request, '--resume')}"
    settings = [word for one in session.interview.settings for word in ("--set", one)]
    if settings:
        return f"Your answers, as a command line: {command_line(request, *settings)}"
    return f"Begin again with: {command_line(request)}"


class Conversation:
    """A session as lines of text, each shown once, below those before it."""

    def __init__(self, session: Session, terminal: Terminal) -> None:
        self.session = session
        self.terminal = terminal
        self.bold = terminal.bold_note
        self.width = max(NARROWEST, min(WIDEST, terminal.note_width or WIDEST))
        self.has_begun = False
        self.advised: Recommendation | None = None

    def run(self) -> bool:
        """Ask until there is something to create; False where somebody said no to the plan.

        Raises:
            Interrupted: where somebody stops it.
        """
        self._show(self.session.step)
        while not isinstance(step := self.session.step, Agreed | Declined | Stopped):
            *lines, prompt = text.prompt_lines(step, self.width)
            for line in lines:
                self._say(line)
            self._answer(step, self.session.answer(self.terminal.ask(prompt)))
        if isinstance(step, Stopped):
            raise Interrupted
        return isinstance(step, Agreed)

    def _answer(self, step: Step, outcome: Outcome) -> None:
        match outcome:
            case Accepted(warning, made_of_it):
                for words in (made_of_it, warning):
                    if words:
                        self._say(wrapped(words, self.width, "  "))
                self._show(self.session.step)
            case Refused():
                self._say(text.refused(outcome, self.width))
            case Unclear():
                self._say(text.unclear(step, self.width))
            case Shown("help"):
                self._say(text.help_text(step, self.width))
            case Shown("list"):
                self._say(text.summary(self._answers(step), self.width))
            case Shown("why") if isinstance(step, PatternChoice | ReasonWanted | Confirmation):
                report = as_text(
                    step.recommendation, bold=self.bold, blocks=shows_blocks(), width=self.width
                )
                self._say(report)

    def _answers(self, step: Step) -> Progress:
        """Return the answers that a step has: those of an earlier session before that is chosen."""
        if not isinstance(step, EarlierAnswers):
            return self.session.interview
        return Interview(step.kept.answers, step.kept.notes)

    def _show(self, step: Step) -> None:
        if not isinstance(step, EarlierAnswers | Declined | Stopped):
            self._begin()
            self._advise()
        match step:
            case EarlierAnswers():
                self._say(text.earlier_answers(step, self.width))
            case AboutWanted():
                self._say(text.about_wanted(step, self.bold, self.width))
            case AskedQuestion():
                self._say(text.asked(step, self.bold, self.width))
            case MoreWanted():
                self._say(f"\n{text.more_wanted(step, self.width)}")
            case ReasonWanted():
                self._say(text.reason_wanted(step, self.width))
            case PatternChoice() if before := text.chosen_before(step):
                self._say(before)
            case Confirmation():
                self._show_plan(step)
            case Agreed(request) if not request.dry_run:
                self._say()

    def _show_plan(self, step: Confirmation) -> None:
        plan = step.plan
        if self.session.interview.known:
            self._say(f"\n{text.summary(self.session.interview, self.width)}")
        self._say(f"\n{self.bold(f'The plan for {plan.name}: {plan.pattern}')}")
        if instead := text.instead(step, self.width):
            self._say(instead)
        self._say(text.plan(plan, from_here(plan.path), self.width))
        self._say()

    def _begin(self) -> None:
        """Say once what this is; an earlier session's answers stand there instead."""
        if self.has_begun:
            return
        self.has_begun = True
        interview = self.session.interview
        if interview.answers:
            self._say(text.summary(interview, self.width))
            self._say(f"\n{text.commands(self.width)}")
        else:
            self._say(text.greeting(self.session.destination.name, interview, self.width))

    def _advise(self) -> None:
        """Show a recommendation that has not been shown."""
        result = self.session.recommendation
        if result is not None and result is not self.advised:
            session = self.session
            budget = budget_of_recommended(result, session.rules, books=session.books)
            look = (self.bold, self.width, budget)
            self._say(
                f"\n{text.advice(result, session.installed, *look, standard=session.standard)}\n"
            )
        self.advised = result

    def _say(self, words: str = "") -> None:
        self.terminal.note(words)
