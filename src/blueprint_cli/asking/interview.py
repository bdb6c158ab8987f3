"""What is asked and what is known so far: the questionnaire without a terminal."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from blueprint_cli.asking.quantities import NotUnderstood, parse_number
from blueprint_cli.asking.words import (
    SAID_OF_NOT_KNOWN,
    is_no,
    is_not_known,
    is_yes,
    one_of,
    yes_or_no,
)
from blueprint_cli.errors import SpecInvalid
from blueprint_cli.spec.answers import merge
from blueprint_cli.spec.questions import load_groups, load_questions
from blueprint_cli.spec.schema import describe, schema_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blueprint_cli.spec.questions import Group, Question

Value = bool | int | float | str | None

# Any name serves: what a project may be called is looked at before anything is asked.
ANY_NAME: Final = "shop"


@dataclass(frozen=True, slots=True)
class Answer:
    """The value of a key; ``note`` says how it was derived, where it is not what was typed."""

    value: Value
    note: str = ""


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


def parse_answer(question: Question, text: str) -> Answer:
    """Return what was typed as the value of the key; None where it is not known.

    Raises:
        NotUnderstood: saying what would be an answer.
    """
    typed = " ".join(text.replace("\u2019", "'").split())
    if is_not_known(typed):
        return Answer(None)
    kind = kind_of(question)
    if kind in {"integer", "number"}:
        number = parse_number(typed, question.unit)
        return Answer(check_value(question, number.value), number.note)
    if kind == "boolean":
        return Answer(yes_or_no(typed))
    if kind == "word":
        return Answer(_word(question.options, typed))
    return Answer(check_value(question, typed))


def check_value(question: Question, value: object) -> Value:
    """Return a value that the key may have.

    Raises:
        NotUnderstood: where it may not, saying what would be allowed.
    """
    if value is None:
        return None
    if not isinstance(value, bool | int | float | str):
        raise NotUnderstood(f"allowed: {allowed_in(question)}")
    try:
        merge(None, [setting(question, value)], name=ANY_NAME)
    except SpecInvalid as error:
        problem = error.problems[0]
        allowed = problem.allowed.removesuffix(" or null (not known)")
        raise NotUnderstood(f"{problem.message}; allowed: {allowed}") from None
    return value


def _word(options: Mapping[str, str], typed: str) -> str:
    """Return the word that was meant by itself, by its beginning or by its place from 1.

    Where the meaning of one begins with yes, and of another with no, these are understood as well.
    """
    words = tuple(options)
    if typed.isdecimal() and 1 <= int(typed) <= len(words):
        return words[int(typed) - 1]
    meant = one_of(words, typed) or _by_yes_or_no(options, typed)
    if meant is None:
        raise NotUnderstood(
            f"answer one of: {', '.join(words)}, by its beginning or its number; "
            f"{SAID_OF_NOT_KNOWN}"
        )
    return meant


def _by_yes_or_no(options: Mapping[str, str], typed: str) -> str | None:
    for said, begins in ((is_yes(typed), "yes, "), (is_no(typed), "no, ")):
        meant = [word for word, meaning in options.items() if meaning.startswith(begins)]
        if said and len(meant) == 1:
            return meant[0]
    return None


def setting(question: Question, value: Value) -> str:
    """Return an answer as ``--set`` takes it."""
    text = value if isinstance(value, str) else json.dumps(value)
    return f"{question.key}={text}"


def find_question(questions: tuple[Question, ...], typed: str) -> int | None:
    """Return the place of a question by its number from 1 or by the beginning of its key."""
    found = re.fullmatch(r"#?(\d{1,4})", typed)
    if found:
        place = int(found[1]) - 1
        return place if 0 <= place < len(questions) else None
    keys = [one.key if "." in typed else one.name for one in questions]
    key = one_of([key.replace("_", "-") for key in keys], typed)
    return None if key is None else keys.index(key.replace("-", "_"))


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where an interview stands: what is asked next, and whether the rest was settled."""

    ahead: tuple[int, ...]
    settled: bool


@dataclass(slots=True)
class Interview:
    """The answers so far; None for a question that was answered with "don't know".

    The questions of the first group are asked at first, then those that were agreed on.

    Attributes:
        notes: how values were derived from what was typed, by key.
        ahead: the places of the questions that come next.
        settled: whether somebody said which of the others are asked.
    """

    answers: dict[str, Value] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    questions: tuple[Question, ...] = field(default_factory=load_questions)
    ahead: tuple[int, ...] = ()
    settled: bool = False
    _before: list[_Standing] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with the first questions."""
        self.ahead = self.ahead or tuple(self.first)

    @property
    def first(self) -> range:
        """The places of the questions that decide most."""
        return range(len(load_groups()[0].questions))

    def go_on(self, ahead: Iterable[str] | None, *, settled: bool) -> None:
        """Stand where an earlier session stood; behind the last answer where it does not say."""
        keys = [one.key for one in self.questions]
        answered = tuple(place for place, key in enumerate(keys) if key in self.answers)
        last = answered[-1] + 1 if answered else 0
        self.settled = settled or last > len(self.first)
        if ahead is not None:
            self.ahead = tuple(keys.index(key) for key in ahead if key in keys)
        else:
            self.ahead = tuple(range(last, len(keys) if self.settled else len(self.first)))
        self._before = [
            _Standing((*answered[place:], *self.ahead), self.settled)
            for place in range(len(answered))
        ]

    @property
    def place(self) -> int:
        """The place of the question that comes next; behind the last where there is none."""
        return self.ahead[0] if self.ahead else len(self.questions)

    @property
    def current(self) -> Question | None:
        """The question that comes next; None where all that are to be asked were."""
        return self.questions[self.place] if self.ahead else None

    @property
    def group(self) -> Group | None:
        """The current question's group."""
        current = self.current
        return next((one for one in load_groups() if current in one.questions), None)

    @property
    def open(self) -> tuple[int, ...]:
        """The places of the questions that nobody has answered, not even with "don't know"."""
        return tuple(
            place for place, one in enumerate(self.questions) if one.key not in self.answers
        )

    def answer(self, value: Value, note: str = "") -> None:
        """Answer the current question and go on."""
        place = self.place
        key = self.questions[place].key
        self.answers[key] = value
        self.notes.pop(key, None)
        if note:
            self.notes[key] = note
        self._go(tuple(one for one in self.ahead if one != place), settled=self.settled)

    def edit(self, place: int) -> None:
        """Ask one question, then go on where it was left."""
        self._go((place, *(one for one in self.ahead if one != place)), settled=self.settled)

    def ask_more(self, places: Iterable[int]) -> None:
        """Ask these of the others; what is not asked stays unknown."""
        self._go(tuple(places), settled=True)

    def back(self) -> bool:
        """Go to where it stood before; False where that was the beginning."""
        if not self._before:
            return False
        before = self._before.pop()
        self.ahead, self.settled = before.ahead, before.settled
        return True

    def _go(self, ahead: tuple[int, ...], *, settled: bool) -> None:
        self._before.append(_Standing(self.ahead, self.settled))
        self.ahead, self.settled = ahead, settled

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

    @property
    def comments(self) -> dict[str, str]:
        """What stands beside derived answers in ``blueprint.yaml``, by key."""
        known = {one.key for one, _ in self.known}
        return {key: note for key, note in self.notes.items() if key in known}
