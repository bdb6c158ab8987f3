"""A question of a team's template, whichever program it was written for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

# What JSON can say.
Value = Any
AskedType = Literal["text", "integer", "number", "boolean", "choice", "choices", "document"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers that a question offers; ``refused`` says why it cannot be taken now."""

    label: str
    value: Value
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question, as it stands after the answers before it.

    ``type`` is what an answer is: ``choice`` is one of ``choices``, ``choices`` any of them, and a
    ``document`` is YAML or JSON. ``default`` counts where ``has_default``. ``secret`` answers are
    written nowhere. ``ask`` is what the template says of it, empty where it says nothing.
    """

    name: str
    type: AskedType
    ask: str = ""
    default: Value = None
    has_default: bool = False
    choices: tuple[Choice, ...] = ()
    secret: bool = False
    multiline: bool = False


class AnswerRefused(ValueError):  # noqa: N818 - it is what happened
    """An answer that the template does not take; its text says why."""
