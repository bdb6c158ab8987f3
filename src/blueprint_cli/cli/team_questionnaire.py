"""The session of ``blueprint new --template`` in a terminal, line by line."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blueprint_cli.asking import team_text
from blueprint_cli.asking.steps import Agreed, Declined, Refused, Shown, Stopped, Unclear
from blueprint_cli.asking.team_session import TeamSession, TemplatePlan, TemplateQuestion
from blueprint_cli.cli.places import from_here
from blueprint_cli.cli.questionnaire import NARROWEST, WIDEST, create_with_questions
from blueprint_cli.creating.create import create_project, locate
from blueprint_cli.creating.destination import HERE
from blueprint_cli.engines.choosing import open_chosen
from blueprint_cli.errors import Interrupted
from blueprint_cli.spec.model import TemplateChoice
from blueprint_cli.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.asking.steps import Outcome
    from blueprint_cli.asking.team_session import TeamStep
    from blueprint_cli.cli.terminal import Terminal
    from blueprint_cli.creating.create import Created, NewProject


def create_with_template_questions(
    request: NewProject, terminal: Terminal, *, resume: bool
) -> Created | None:
    """Ask what the template asks, show the plan, create; None where it was declined.

    Where it is a layer over our patterns, our own questions follow its own.

    Raises:
        Interrupted: where somebody stops it; nothing was written.
        BlueprintError: in one of its kinds; nothing was written then.
    """
    place = locate(request)
    with tempfile.TemporaryDirectory(prefix="blueprint-", ignore_cleanup_errors=True) as folder:
        choice = TemplateChoice(source=str(request.template), ref=request.ref)
        chosen = open_chosen(choice, Path(folder), trusted=request.trusted)
        request = replace(request, opened=chosen)
        chosen.template.refuse_untrusted()

        def planned(answers: Mapping[str, Any]) -> Created:
            return create_project(replace(request, template_answers=answers, dry_run=True))

        layered = chosen.template.has_patterns
        name = place.name if request.name == HERE else request.name
        session = TeamSession(request, chosen.template, name, None if layered else planned)
        if not _Conversation(session, terminal, place).run():
            terminal.note("\nNothing was written.")
            return None
        agreed = replace(request, template_answers=session.answers)
        if layered:
            return create_with_questions(agreed, terminal, resume=resume)
        return create_project(agreed, lambda step: terminal.note(f"{step} ..."))


class _Conversation:
    """A session as lines of text, each shown once, below those before it."""

    def __init__(self, session: TeamSession, terminal: Terminal, place: Path) -> None:
        self.session = session
        self.terminal = terminal
        self.place = place
        self.width = max(NARROWEST, min(WIDEST, terminal.note_width or WIDEST))

    def run(self) -> bool:
        """Ask until there is something to create; False where somebody said no to the plan."""
        session = self.session
        if isinstance(session.step, TemplateQuestion):
            self._say(team_text.greeting(session.name, session.template, self.width))
        self._show(session.step)
        while not isinstance(step := session.step, Agreed | Declined | Stopped):
            *lines, last = wrapped(team_text.prompt(step), self.width - 1).split("\n")
            for line in lines:
                self._say(line)
            hidden = isinstance(step, TemplateQuestion) and step.asked.secret
            typed = self.terminal.ask(f"{last} ", hidden=hidden)
            self._answer(step, session.answer(typed))
        if isinstance(step, Stopped):
            raise Interrupted
        return isinstance(step, Agreed)

    def _answer(self, step: TeamStep, outcome: Outcome) -> None:
        match outcome:
            case Refused(message):
                self._say(wrapped(message, self.width, "  "))
            case Unclear():
                self._say(wrapped("Press Enter, or type yes, no or back.", self.width, "  "))
            case Shown("list"):
                self._say(team_text.answers(self.session, self.width))
            case Shown():
                self._say(team_text.help_text(step, self.width))
            case _:
                self._show(self.session.step)

    def _show(self, step: TeamStep) -> None:
        match step:
            case TemplateQuestion():
                self._say(team_text.question(step, self.terminal.bold_note, self.width))
            case TemplatePlan():
                if self.session.answers:
                    self._say(f"\n{team_text.answers(self.session, self.width)}")
                place = from_here(self.place)
                self._say(team_text.plan(step, place, self.terminal.bold_note, self.width))
            case _:
                pass

    def _say(self, words: str) -> None:
        self.terminal.note(words)
