"""What is asked about each key: the words of the questionnaire and of the JSON Schema."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("questions.toml")


@dataclass(frozen=True, slots=True)
class Question:
    """One question; ``key`` is its dotted place in ``blueprint.yaml``.

    ``described``: what the key holds, where the question asks for something that it is derived of.
    """

    key: str
    group: str
    ask: str
    why: str
    typical: str
    more: str
    unit: str = ""
    described: str = ""
    options: dict[str, str] = field(default_factory=dict)

    @property
    def section(self) -> str:
        """The section of ``blueprint.yaml`` that the key stands in."""
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        """The key without its section."""
        return self.key.partition(".")[2]

    @property
    def description(self) -> str:
        """What the JSON Schema says of the key."""
        if self.described:
            return self.described
        unit = f" In {self.unit}." if self.unit else ""
        return f"{self.ask} {self.why}{unit} Typical: {self.typical}."


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that belong together."""

    name: str
    title: str
    questions: tuple[Question, ...]


@cache
def load_groups() -> tuple[Group, ...]:
    """Return the questions in the order in which they are asked."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    questions = [Question(**entry) for entry in data["questions"]]
    return tuple(
        Group(**entry, questions=tuple(one for one in questions if one.group == entry["name"]))
        for entry in data["groups"]
    )


def load_questions() -> tuple[Question, ...]:
    """Return every question, without the groups."""
    return tuple(question for group in load_groups() for question in group.questions)
