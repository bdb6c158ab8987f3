"""The session of ``blueprint new`` in a terminal, line by line."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from blueprint_cli.asking import text
from blueprint_cli.asking.session import Session, open_session
from blueprint_cli.asking.steps import (
    Accepted,
    Agreed,
    AskedQuestion,
    Confirmation,
    EarlierAnswers,
    PatternChoice,
    ReasonWanted,
    Refused,
    Shown,
    Stopped,
    Unclear,
)
from blueprint_cli.cli.places import command_line, from_here
from blueprint_cli.errors import Interrupted, OutputClosed, UsageError
from blueprint_cli.reports.text import as_text, shows_blocks

if TYPE_CHECKING:
    from blueprint_cli.asking.steps import Outcome, Step
    from blueprint_cli.cli.terminal import Terminal
    from blueprint_cli.creating.create import Created, NewProject
    from blueprint_cli.recommendation.recommend import Recommendation

NARROWEST: Final = 40
WIDEST: Final = 80


def create_with_questions(request: NewProject, terminal: Terminal, *, resume: bool) -> Created:
    """Ask, recommend, show the plan, and create what was agreed on.

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
        Conversation(session, terminal).run()
        return session.create(lambda step: terminal.note(f"{step} ..."))
    except Interrupted:
        if session.kept:
            with contextlib.suppress(OutputClosed):  # The terminal itself may have gone away.
                terminal.note(f"\nYour answers are kept: {command_line(request, '--resume')}")
        raise


class Conversation:
    """A session as lines of text, each shown once, below those before it."""

    def __init__(self, session: Session, terminal: Terminal) -> None:
        self.session = session
        self.terminal = terminal
        self.bold = terminal.bold_note
        self.width = max(NARROWEST, min(WIDEST, terminal.note_width or WIDEST))
        self.has_begun = False
        self.advised: Recommendation | None = None

    def run(self) -> None:
        """Ask until there is something to create.

        Raises:
            Interrupted: where somebody stops it.
        """
        self._show(self.session.step)
        while not isinstance(step := self.session.step, Agreed | Stopped):
            outcome = self.session.answer(self.terminal.ask(text.prompt(step)))
            self._answer(step, outcome)
        if isinstance(step, Stopped):
            raise Interrupted

    def _answer(self, step: Step, outcome: Outcome) -> None:
        match outcome:
            case Accepted(warning):
                if warning:
                    self._say(f"  {warning}")
                self._show(self.session.step)
            case Refused():
                self._say(text.refused(step, outcome, self.width))
            case Unclear():
                self._say(text.unclear(step))
            case Shown("help") if isinstance(step, AskedQuestion):
                self._say(text.help_text(step.question, self.width))
            case Shown("list") if isinstance(step, AskedQuestion):
                self._say(text.summary(step, self.width))
            case Shown("why") if isinstance(step, PatternChoice):
                report = as_text(
                    step.recommendation, bold=self.bold, blocks=shows_blocks(), width=self.width
                )
                self._say(report)

    def _show(self, step: Step) -> None:
        if not isinstance(step, EarlierAnswers | Stopped):
            self._begin()
            self._advise()
        match step:
            case EarlierAnswers():
                self._say(text.earlier_answers(step))
            case AskedQuestion():
                self._say(text.asked(step, self.bold, self.width))
            case ReasonWanted():
                self._say(text.reason_wanted(step, self.width))
            case Confirmation(plan=plan):
                self._say(f"\n{self.bold(f'The plan for {plan.name}: {plan.pattern}')}")
                self._say(text.plan(plan, from_here(plan.path), self.width))
                self._say()
            case Agreed(request) if not request.dry_run:
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
            self._say(f"\n{text.advice(result, self.session.installed, self.bold, self.width)}\n")
        self.advised = result

    def _say(self, words: str = "") -> None:
        self.terminal.note(words)
