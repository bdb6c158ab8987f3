"""What a base needs beside what was recorded: secret answers, and those to newer questions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blueprint_cli.engines.answering import NO_QUESTION, SECTION
from blueprint_cli.engines.asked import AnswerRefused, Asked
from blueprint_cli.errors import Problem, SpecInvalid, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from blueprint_cli.engines.asked import Value
    from blueprint_cli.engines.choosing import Chosen
    from blueprint_cli.engines.engine import TeamTemplate

    # Asks one question; the text says why the answer before was not taken.
    Ask = Callable[[Asked, str], str]


def answered(chosen: Chosen, name: str, ask: Ask | None) -> tuple[Chosen, tuple[str, ...]]:
    """Return a template with an answer to each question, and recorded answers to no question.

    Secret answers were not recorded: they are asked for, and go to the template and nowhere else.

    Raises:
        UsageError: where nobody is there to ask, with every question that needs an answer.
        SpecInvalid: where a recorded answer is not taken.
    """
    chosen, unknown = _known(chosen, name)
    missing: list[Asked] = []
    while (asked := _next(chosen, name)) is not None:
        needed = asked.secret or not asked.has_default
        if needed and ask is None:
            missing.append(asked)
            if not asked.has_default:
                break
        value = _ask(asked, chosen, name, ask) if needed and ask else asked.default
        chosen = chosen.with_answers({asked.name: value})
    if missing:
        names = [asked.name for asked in missing]
        raise UsageError(
            f"what was answered to {' and '.join(names)} is not recorded, and there is no terminal "
            "to ask for it",
            hint="Give it, it is written nowhere where it is secret: "
            + " ".join(f"--set {SECTION}.{each}=VALUE" for each in names),
        )
    return chosen, unknown


def _known(chosen: Chosen, name: str) -> tuple[Chosen, tuple[str, ...]]:
    """Return a template without the answers that it has no question for, and their names."""
    try:
        chosen.template.completed(chosen.answers, name)
    except SpecInvalid as invalid:
        unknown = [_name(problem) for problem in invalid.problems if _is_unknown(problem)]
        kept = {key: value for key, value in chosen.answers.items() if key not in unknown}
        return replace(chosen, answers=kept), tuple(unknown)
    return chosen, ()


def _is_unknown(problem: Problem) -> bool:
    return problem.message.startswith(NO_QUESTION)


def _name(problem: Problem) -> str:
    return problem.key.removeprefix(f"{SECTION}.")


def _next(chosen: Chosen, name: str) -> Asked | None:
    template = chosen.template
    try:
        return template.next_question({**chosen.answers, **template.secrets}, name)
    except AnswerRefused as refused:
        problem = Problem(str(refused), template.source)
        raise SpecInvalid(
            f"the template {template.source} does not take a recorded answer: {refused}",
            problems=[problem],
        ) from refused


def _ask(asked: Asked, chosen: Chosen, name: str, ask: Ask) -> Value:
    template: TeamTemplate = chosen.template
    why = ""
    while True:
        typed = ask(asked, why)
        if not typed and asked.has_default:
            return asked.default
        try:
            return template.taken(asked, typed, {**chosen.answers, **template.secrets}, name)
        except AnswerRefused as refused:
            why = str(refused)
