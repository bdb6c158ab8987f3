"""What is asked and what is known so far: the questionnaire without a terminal."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from blueprint_cli.asking.quantities import NotUnderstood, parse_number
from blueprint_cli.errors import SpecInvalid
from blueprint_cli.spec.answers import merge
from blueprint_cli.spec.questions import load_groups, load_questions
from blueprint_cli.spec.schema import describe, schema_at

if TYPE_CHECKING:
    from blueprint_cli.spec.questions import Group, Question

Value = bool | int | float | str | None

NOT_KNOWN: Final = frozenset(
    {"-", "unknown", "not known", "don't know", "dont know", "do not know", "dunno", "idk", "null"}
)
YES: Final = frozenset({"y", "yes", "true"})
NO: Final = frozenset({"n", "no", "false"})
# Any name serves: what a project may be called is looked at before anything is asked.
ANY_NAME: Final = "shop"


def kind_of(question: Question) -> str:
    """Return ``integer``, ``number``, ``boolean``, ``string``, or ``word`` for one of several."""
    schema = schema_at((question.section, question.name)) or {}
    options = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    return "word" if "enum" in options[0] else str(options[0]["type"])


def default_of(question: Question) -> str:
    """Return what stands in ``blueprint.yaml`` where nobody knows; empty where nothing does."""
    schema = schema_at((question.section, question.name)) or {}
    return str(schema.get("default") or "")


def allowed_in(question: Question) -> str:
    """Say in words what may be answered, without YAML's null."""
    return describe((question.section, question.name)).removesuffix(" or null (not known)")


def parse_answer(question: Question, text: str) -> Value:
    """Return what was typed as the value of the key; None where it is not known.

    Raises:
        NotUnderstood: saying what would be an answer.
    """
    typed = " ".join(text.replace("\u2019", "'").split())
    if not typed or typed.lower() in NOT_KNOWN:
        return None
    value = _value(question, kind_of(question), typed)
    try:
        merge(None, [setting(question, value)], name=ANY_NAME)
    except SpecInvalid as error:
        problem = error.problems[0]
        allowed = problem.allowed.removesuffix(" or null (not known)")
        raise NotUnderstood(f"{problem.message}; allowed: {allowed}") from None
    return value


def _value(question: Question, kind: str, typed: str) -> bool | float | str:
    if kind in {"integer", "number"}:
        return parse_number(typed, question.unit)
    if kind == "boolean":
        return _yes_or_no(typed)
    if kind == "word":
        return _one_of(tuple(question.options), typed)
    return typed


def _yes_or_no(typed: str) -> bool:
    if typed.lower() not in YES | NO:
        raise NotUnderstood("answer yes or no")
    return typed.lower() in YES


def _one_of(words: tuple[str, ...], typed: str) -> str:
    """Return the word that was meant by itself, by its beginning or by its place from 1."""
    beginning = [word for word in words if word.startswith(typed.lower())]
    if len(beginning) == 1:
        return beginning[0]
    if typed.isdecimal() and 1 <= int(typed) <= len(words):
        return words[int(typed) - 1]
    raise NotUnderstood(f"answer one of: {', '.join(words)}")


def setting(question: Question, value: Value) -> str:
    """Return an answer as ``--set`` takes it."""
    text = value if isinstance(value, str) else json.dumps(value)
    return f"{question.key}={text}"


@dataclass(slots=True)
class Interview:
    """The answers so far; None for a question that was answered with "don't know"."""

    answers: dict[str, Value] = field(default_factory=dict)
    questions: tuple[Question, ...] = field(default_factory=load_questions)
    place: int = 0
    trail: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Go on behind the last question that was answered."""
        self.trail = [index for index, one in enumerate(self.questions) if one.key in self.answers]
        self.place = self.trail[-1] + 1 if self.trail else 0

    @property
    def current(self) -> Question | None:
        """The question that comes next; None where all were asked."""
        return self.questions[self.place] if self.place < len(self.questions) else None

    @property
    def group(self) -> Group | None:
        """The current question's group."""
        current = self.current
        return next((one for one in load_groups() if current in one.questions), None)

    def answer(self, value: Value) -> None:
        """Answer the current question and go on."""
        self.answers[self.questions[self.place].key] = value
        self.trail.append(self.place)
        self.place += 1

    def back(self) -> bool:
        """Go to the question before; False where there is none."""
        if not self.trail:
            return False
        self.place = self.trail.pop()
        return True

    def leave_the_rest(self) -> None:
        """Go behind the last question; what was not answered stays unknown."""
        self.trail.append(self.place)
        self.place = len(self.questions)

    @property
    def known(self) -> list[tuple[Question, Value]]:
        """The answers that somebody gave, in the order of the questions."""
        return [
            (one, value)
            for one in self.questions
            if (value := self.answers.get(one.key)) is not None
        ]

    @property
    def requirements(self) -> dict[str, bool | int | float | str]:
        """The known answers that the recommendation is computed from, by name."""
        return {
            one.name: value
            for one, value in self.known
            if one.section == "requirements" and value is not None
        }

    @property
    def settings(self) -> tuple[str, ...]:
        """The known answers as ``--set`` takes them."""
        return tuple(setting(one, value) for one, value in self.known)
