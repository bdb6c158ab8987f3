"""The conversation of ``blueprint new`` in a terminal, line by line."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from blueprint_cli.asking import text
from blueprint_cli.asking.interview import Interview, parse_answer
from blueprint_cli.asking.plan import plan_project
from blueprint_cli.asking.quantities import NotUnderstood
from blueprint_cli.asking.saved import Saved
from blueprint_cli.cli.places import from_here
from blueprint_cli.creating.create import create_project, locate
from blueprint_cli.creating.decision import check_reason
from blueprint_cli.errors import Interrupted, UsageError
from blueprint_cli.recommendation.recommend import recommend
from blueprint_cli.recommendation.report_text import as_text, shows_blocks
from blueprint_cli.recommendation.rules import load_rules
from blueprint_cli.recommendation.scoring import reckon
from blueprint_cli.spec.answers import AUTO
from blueprint_cli.templates.template import find_template, load_templates

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.asking.interview import Value
    from blueprint_cli.cli.terminal import Terminal
    from blueprint_cli.creating.create import Created, NewProject
    from blueprint_cli.recommendation.recommend import Recommendation

NARROWEST: Final = 40
WIDEST: Final = 80
YES: Final = frozenset({"", "y", "yes", "follow"})
NO: Final = frozenset({"n", "no"})
BACK: Final = frozenset({"back", "<"})
QUIT: Final = frozenset({"quit", "exit"})


def command_line(request: NewProject, *options: str) -> str:
    """Return a command line for the same project with other options."""
    words = ["blueprint", "new", request.name, *options]
    if request.pattern:
        words += ["--pattern", request.pattern]
    if request.output:
        words += ["--output", str(request.output)]
    if not request.git:
        words += ["--no-git"]
    return shlex.join(words)


def create_with_questions(request: NewProject, terminal: Terminal, *, resume: bool) -> Created:
    """Ask, recommend, show the plan, and create what was agreed on.

    Raises:
        Interrupted: where somebody stops it; nothing was written but the answers so far.
        BlueprintError: in one of its kinds; nothing was written then.
    """
    if request.pattern == AUTO:
        request = replace(request, pattern=None)
    if request.pattern:
        find_template(request.pattern, request.templates)
    destination = locate(request)
    saved = Saved(destination)
    before = saved.read()
    if resume and not before:
        raise UsageError(
            f"no answers are kept for {destination}",
            hint=f"Begin with: {command_line(request)}",
        )
    conversation = _Conversation(request, terminal, saved, destination)
    try:
        created = conversation.hold(before, resume=resume)
    except Interrupted:
        if conversation.kept:
            terminal.note(f"\nYour answers are kept: {command_line(request, '--resume')}")
        raise
    if not request.dry_run:
        saved.remove()
    return created


@dataclass
class _Conversation:
    request: NewProject
    terminal: Terminal
    saved: Saved
    destination: Path
    interview: Interview = field(default_factory=Interview)
    kept: bool = False
    can_keep: bool = True

    def __post_init__(self) -> None:
        columns = shutil.get_terminal_size((WIDEST, 24)).columns
        self.width = max(NARROWEST, min(WIDEST, columns))
        self.bold = self.terminal.bold_note
        self.installed = [template.name for template in load_templates(self.request.templates)]

    def hold(self, before: dict[str, Value] | None, *, resume: bool) -> Created:
        self._begin(before, resume=resume)
        while True:
            self._ask_the_questions()
            request = self._choose()
            if request is None:
                self.interview.back()
                continue
            if request.dry_run:
                return create_project(request)
            if self._confirm(request):
                self._say()
                return create_project(request, lambda step: self._say(f"{step} ..."))

    def _begin(self, before: dict[str, Value] | None, *, resume: bool) -> None:
        if before and (resume or self._wants(before)):
            self.interview = Interview(answers=dict(before))
            self.kept = True
            self._say(text.summary(self.interview, self.width))
            self._say(f"\n{text.commands(self.width)}")
        else:
            self._say(text.greeting(self.destination.name, self.interview, self.width))

    def _wants(self, before: dict[str, Value]) -> bool:
        count = len(before)
        self._say(
            f"Answers to {count} question{'s' * (count > 1)} are kept from an earlier run for "
            "this project."
        )
        return self._yes_or_no("Go on from there? [yes]: ")

    def _yes_or_no(self, prompt: str) -> bool:
        while True:
            typed = self._ask(prompt).lower()
            if typed in YES | NO:
                return typed in YES
            self._say("  Answer yes or no; Enter is yes.")

    def _ask_the_questions(self) -> None:
        while (question := self.interview.current) is not None:
            heading = text.heading(self.interview, self.bold)
            if heading:
                self._say_where_it_points()
                self._say(f"\n{heading}")
            self._say(f"\n{text.question_text(self.interview, self.bold, self.width)}")
            place = self.interview.place
            while self.interview.place == place and self.interview.current == question:
                self._take(self._ask(text.prompt(self.interview)))

    def _take(self, typed: str) -> None:
        """Take one line: an answer, or a word about the conversation."""
        question = self.interview.questions[self.interview.place]
        match typed.lower():
            case "?" | "help":
                self._say(text.help_text(question, self.width))
            case "list":
                self._say(text.summary(self.interview, self.width))
            case "rest":
                self.interview.leave_the_rest()
            case "back" | "<":
                if not self.interview.back():
                    self._say("  This is the first question.")
            case "" if self.interview.answers.get(question.key) is not None:
                self.interview.answer(self.interview.answers[question.key])
            case _:
                try:
                    self.interview.answer(parse_answer(question, typed))
                except NotUnderstood as error:
                    self._say(text.wrapped(f"Not taken: {error}.", self.width, "  "))
                else:
                    self._keep()

    def _keep(self) -> None:
        if not self.can_keep:
            return
        try:
            self.saved.write(self.interview.answers)
            self.kept = True
        except OSError as error:
            self.can_keep = False
            self._say(f"  Your answers cannot be kept in {self.saved.path}: {error.strerror}")

    def _say_where_it_points(self) -> None:
        if self.interview.requirements:
            best = reckon(self.interview.requirements, load_rules()).best
            known = len(self.interview.known)
            unknown = len(self.interview.answers) - known
            counts = f"{known} known, {unknown} not known"
            self._say(f"\nSo far, {counts}: this points to {best}.")

    def _choose(self) -> NewProject | None:
        """Return what to create; None where somebody wants back to the questions."""
        result = recommend(self.interview.requirements)
        request = replace(self.request, settings=self.interview.settings)
        self._say(f"\n{text.advice(result, self.installed, self.bold, self.width)}\n")
        pattern = self.request.pattern or self._pattern(result)
        if pattern is None:
            return None
        reason = self.request.reason
        if pattern != result.recommended and not reason:
            reason = self._reason(result, pattern)
        return replace(request, pattern=pattern, reason=reason)

    def _pattern(self, result: Recommendation) -> str | None:
        ranked = [one.pattern for one in result.ranking if one.pattern in self.installed]
        first = ranked[0]
        others = "".join(f", {name}" for name in ranked[1:])
        while True:
            typed = self._ask(f"Build {first}? Enter for yes{others}, why, back [yes]: ")
            match typed.lower():
                case word if word in YES:
                    return first
                case word if word in BACK:
                    return None
                case "why":
                    self._say(as_text(result, bold=self.bold, blocks=shows_blocks()))
                case word if word in ranked:
                    return word
                case word if word in {one.pattern for one in result.ranking}:
                    self._say(f"  This version has no template for {word}.")
                case _:
                    self._say("  Press Enter, or type one of the words above.")

    def _reason(self, result: Recommendation, pattern: str) -> str:
        for gate in result.gates:
            if gate.pattern == pattern:
                self._say(text.wrapped(f"It is ruled out: {gate.why}.", self.width, "  "))
        default = ""
        if result.recommended not in self.installed:
            default = f"This version has no template for {result.recommended}."
        shown = f" [{default}]" if default else ""
        self._say(f"Why not {result.recommended}? One line for the decision record{shown}")
        while True:
            typed = self._ask("reason: ") or default
            try:
                check_reason(typed)
            except UsageError as error:
                self._say(f"  {error.hint}")
                continue
            if typed:
                return typed
            self._say("  Whoever reads the record next year will want to know it.")

    def _confirm(self, request: NewProject) -> bool:
        """Show the plan; False where somebody wants back."""
        plan = plan_project(request)
        self._say(f"\n{self.bold(f'The plan for {plan.name}: {plan.pattern}')}")
        self._say(text.plan(plan, from_here(plan.path), self.width))
        self._say()
        while True:
            match self._ask("Create it? Enter for yes, no, back [yes]: ").lower():
                case word if word in YES:
                    return True
                case word if word in NO:
                    raise Interrupted
                case word if word in BACK:
                    return False
                case _:
                    self._say("  Press Enter, or type no or back.")

    def _ask(self, prompt: str) -> str:
        typed = self.terminal.ask(prompt).strip()
        if typed.lower() in QUIT:
            raise Interrupted
        return typed

    def _say(self, said: str = "") -> None:
        self.terminal.note(said)
