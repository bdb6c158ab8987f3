"""What was answered to a team's questions: choosing, and saying what will not do, all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprint_cli.engines.asked import AnswerRefused
from blueprint_cli.errors import Problem, SpecInvalid, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blueprint_cli.engines.asked import Asked, Choice, Value

SECTION = "template.answers"
# How it is said of an answer that the template does not ask for.
NO_QUESTION = "is no question of this template"


def chosen(asked: Asked, typed: str) -> Value:
    """Return the value of what was chosen by label or by value; of several, with commas between.

    Raises:
        AnswerRefused: where it is no choice, or cannot be chosen now.
    """
    if asked.type == "choice":
        return _choice(asked, typed)
    inner = typed.strip().removeprefix("[").removesuffix("]")
    words = [word.strip().strip("\"'") for word in inner.split(",")]
    return [_choice(asked, word) for word in words if word]


def _choice(asked: Asked, typed: str) -> Value:
    found = _matching(asked.choices, typed) or _matching(asked.choices, typed, lower=True)
    if found is None:
        labels = [choice.label for choice in asked.choices if not choice.refused]
        raise AnswerRefused(f"{typed!r} is none of: {some(labels)}")
    if found.refused:
        raise AnswerRefused(found.refused)
    return found.value


def _matching(choices: Iterable[Choice], typed: str, *, lower: bool = False) -> Choice | None:
    def spelled(text: object) -> str:
        return str(text).strip().lower() if lower else str(text).strip()

    for choice in choices:
        if spelled(typed) in (spelled(choice.value), spelled(choice.label)):
            return choice
    return None


def refuse(
    source: str,
    answers: Mapping[str, Value],
    *,
    known: Iterable[str],
    refused: Mapping[str, str],
    missing: Mapping[str, str],
) -> None:
    """Say what is wrong with the answers to a template's questions, unless nothing is.

    Args:
        source: the template's.
        answers: what was given.
        known: the names of its questions.
        refused: why it does not take an answer, by question.
        missing: why it has none by default, by question.

    Raises:
        SpecInvalid: with a problem for each; their positions are for who knows the file.
    """
    names = list(known)
    problems = [_unknown(name, names) for name in answers if name not in names]
    problems += [_problem(name, why) for name, why in refused.items()]
    problems += [
        _problem(name, f"is not answered, and {why}")
        for name, why in missing.items()
        if name not in refused
    ]
    if problems:
        raise SpecInvalid(
            f"the template {source} does not take these answers: "
            + "; ".join(f"{p.key.removeprefix(f'{SECTION}.')} {p.message}" for p in problems),
            problems=problems,
        )


def _unknown(name: str, names: list[str]) -> Problem:
    import difflib  # noqa: PLC0415 - only to say what is wrong

    near = difflib.get_close_matches(name, names, n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return _problem(name, f"{NO_QUESTION}{meant}", some(names))


def _problem(name: str, message: str, allowed: str = "") -> Problem:
    return Problem(message, "", key=f"{SECTION}.{name}", allowed=allowed)
