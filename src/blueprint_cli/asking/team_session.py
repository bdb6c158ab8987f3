"""The session of ``blueprint new --template``: the template's questions, then the plan.

As `session`, it reads and prints nothing: a front end shows its step and passes on what is typed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from blueprint_cli.asking.quantities import NotUnderstood
from blueprint_cli.asking.session import COMMAND_WORDS, EDIT, ESCAPE
from blueprint_cli.asking.steps import (
    EVERYWHERE,
    Accepted,
    Agreed,
    Declined,
    Refused,
    Shown,
    Stopped,
    Unclear,
)
from blueprint_cli.asking.words import is_no, is_yes, yes_or_no
from blueprint_cli.engines.asked import AnswerRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from blueprint_cli.asking.steps import Commands, Outcome
    from blueprint_cli.creating.create import Created, NewProject
    from blueprint_cli.engines.asked import Asked, Value
    from blueprint_cli.engines.engine import TeamTemplate

NOT_OFFERED: Final = "answer with one of the names or numbers above"


@dataclass(frozen=True, slots=True)
class TemplateQuestion:
    """One of the template's questions, by its number from 1; ``given`` is its answer before."""

    commands: ClassVar[Commands] = EVERYWHERE | {"rest"}
    asked: Asked
    number: int
    given: tuple[Value, ...] = ()

    @property
    def takes_enter(self) -> bool:
        """Whether an empty line is an answer."""
        return bool(self.given) or self.asked.has_default

    @property
    def default(self) -> Value:
        """What an empty line answers."""
        return self.given[0] if self.given else self.asked.default


@dataclass(frozen=True, slots=True)
class TemplatePlan:
    """What would be created: agreed?"""

    commands: ClassVar[Commands] = EVERYWHERE
    planned: Created


TeamStep = TemplateQuestion | TemplatePlan | Agreed | Declined | Stopped


@dataclass(slots=True)
class TeamSession:
    """The answers so far, and the step that comes next.

    Args:
        request: the project.
        template: the template, as it was found.
        name: the project's.
        plan: makes the plan that is to be agreed on, from the answers; None where something else
            comes before it.
        answers: to the questions, in the order in which they were given.
    """

    request: NewProject
    template: TeamTemplate
    name: str
    plan: Callable[[Mapping[str, Value]], Created] | None
    answers: dict[str, Value] = field(default_factory=dict)
    step: TeamStep = field(init=False)
    _editing: str = ""

    def __post_init__(self) -> None:
        """Begin with the first question."""
        self._go_on()

    def answer(self, typed: str) -> Outcome:  # noqa: PLR0911 - one for each kind of line
        """Take one line: a command that the step knows, or an answer to it."""
        typed = typed.strip()
        if ESCAPE in typed:
            return Refused("Not taken: there is a key in it that is no letter. Type it again.")
        if isinstance(self.step, Agreed | Declined | Stopped):
            return Unclear()
        command = COMMAND_WORDS.get(typed.lower())
        match command:
            case "back":
                return self._back()
            case "quit":
                self.step = Stopped()
                return Accepted()
            case "help" | "list":
                return Shown(command)
            case "rest" if isinstance(self.step, TemplateQuestion):
                return self._take_defaults(self.step)
        if edited := EDIT.fullmatch(typed):
            return self._edit(edited[1] or "")
        if isinstance(self.step, TemplatePlan):
            return self._agree(typed)
        return self._take(self.step, typed)

    @property
    def numbered(self) -> list[tuple[int, str, Value]]:
        """The answers so far by their numbers; a secret one is only said to be there."""
        secret = self.template.secret_questions
        return [
            (number, name, "(secret)" if name in secret else value)
            for number, (name, value) in enumerate(self.answers.items(), 1)
        ]

    def _take(self, step: TemplateQuestion, typed: str) -> Outcome:
        name = step.asked.name
        try:
            if typed:
                value = self._value(step.asked, typed)
            elif step.takes_enter:
                value = step.default
            else:
                return Refused("This needs an answer: the template has none for it.")
        except (AnswerRefused, NotUnderstood) as error:
            return Refused(f"Not taken: {str(error).rstrip('.')}.")
        before = dict(self.answers)
        self.answers[name] = value
        try:
            # The template looks at an answer when it asks for what follows.
            self._question(self._up_to(name))
        except AnswerRefused as error:
            self.answers = before
            return Refused(f"Not taken: {str(error).rstrip('.')}.")
        self._editing = ""
        return self._go_on()

    def _question(self, answers: Mapping[str, Value]) -> Asked | None:
        return self.template.next_question(answers, self.name)

    def _up_to(self, name: str) -> dict[str, Value]:
        names = list(self.answers)
        return {one: self.answers[one] for one in names[: names.index(name) + 1]}

    def _value(self, asked: Asked, typed: str) -> Value:
        match asked.type:
            case "boolean":
                return yes_or_no(typed)
            case "choice":
                return _choice(asked, typed)
            case "choices":
                parts = [part.strip() for part in typed.strip("[]").split(",")]
                return [_choice(asked, part) for part in parts if part]
            case _:
                return self.template.taken(asked, typed, self.answers, self.name)

    def _take_defaults(self, step: TemplateQuestion) -> Outcome:
        """Answer what is left by its default, up to a question that has none."""
        here: TeamStep = step
        while isinstance(here, TemplateQuestion) and here.takes_enter:
            outcome = self._take(here, "")
            if isinstance(outcome, Refused):
                return outcome
            here = self.step
        return Accepted()

    def _back(self) -> Outcome:
        if not self.answers:
            return Refused("This is the beginning: there is nothing before it.")
        self._editing = ""
        last = next(reversed(self.answers))
        value = self.answers.pop(last)
        return self._go_on(given=(value,))

    def _edit(self, typed: str) -> Outcome:
        names = list(self.answers)
        number = int(typed) if typed.isdecimal() else 0
        name = names[number - 1] if 1 <= number <= len(names) else typed
        if name not in names:
            return Refused(
                f"Which answer? They are numbered from 1 to {len(names)}, and `list` shows them: "
                "edit 3."
                if names
                else "Nothing is answered yet."
            )
        self._editing = name
        return self._go_on()

    def _agree(self, typed: str) -> Outcome:
        if not typed or is_yes(typed):
            self.step = Agreed(self.request)
        elif is_no(typed):
            self.step = Declined()
        else:
            return Unclear()
        return Accepted()

    def _go_on(self, given: tuple[Value, ...] = ()) -> Accepted:
        """Stand at the question that comes next; what an edit has made wrong is asked again."""
        if self._editing:
            names = list(self.answers)
            place = names.index(self._editing)
            before = {name: self.answers[name] for name in names[:place]}
            asked = self._question(before)
            if asked is not None and asked.name == self._editing:
                value = self.answers[self._editing]
                self.step = TemplateQuestion(asked, place + 1, (value,))
                return Accepted()
            self._editing = ""
        asked = self._next()
        if asked is not None:
            self.step = TemplateQuestion(asked, len(self.answers) + 1, given)
        elif self.plan is None:
            self.step = Agreed(self.request)
        else:
            self.step = TemplatePlan(self.plan(self.answers))
        return Accepted()

    def _next(self) -> Asked | None:
        while True:
            try:
                asked = self._question(self.answers)
            except AnswerRefused:
                if not self.answers:
                    raise
                self.answers.popitem()
                continue
            if asked is not None:
                # An answer whose question an edit has taken away, and brought back, is no answer.
                self.answers.pop(asked.name, None)
            return asked


def _choice(asked: Asked, typed: str) -> Value:
    """Return the value of the choice that was meant, by its number or its label.

    Raises:
        AnswerRefused: where none was, or it cannot be taken now.
    """
    labels = [choice.label for choice in asked.choices]
    found = None
    if typed.isdecimal() and 1 <= int(typed) <= len(labels):
        found = asked.choices[int(typed) - 1]
    elif (label := _nearest(labels, typed)) is not None:
        found = asked.choices[labels.index(label)]
    if found is None:
        raise AnswerRefused(NOT_OFFERED)
    if found.refused:
        raise AnswerRefused(found.refused)
    return found.value


def _nearest(labels: Sequence[str], typed: str) -> str | None:
    """Return the label that was meant, whatever its case, or by its beginning."""
    if typed in labels:
        return typed
    meant = typed.casefold()
    same = [label for label in labels if label.casefold() == meant]
    begins = [label for label in labels if label.casefold().startswith(meant)]
    found = same or begins
    return found[0] if len(found) == 1 else None
