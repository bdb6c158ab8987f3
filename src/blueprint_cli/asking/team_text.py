"""The steps of a session about a team's template as text, see `text`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from blueprint_cli.asking.team_session import TemplatePlan, TemplateQuestion
from blueprint_cli.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from blueprint_cli.asking.team_session import TeamSession, TeamStep
    from blueprint_cli.engines.asked import Asked, Value
    from blueprint_cli.engines.engine import TeamTemplate

COMMANDS: Final = {
    "Enter": "what stands in [brackets]",
    "?": "what an answer looks like",
    "back": "one step back",
    "list": "the answers so far, by their numbers",
    "edit 3": "answer 3 again, then on from here",
    "rest": "take the defaults of all that follows",
    "quit": "stop, as Ctrl-C and Ctrl-D do",
}
KINDS: Final = {
    "text": "a line of text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "yes or no",
    "choice": "one of the choices, by its name or its number",
    "choices": "any of the choices, by their names or numbers, with commas between: 1, 3",
    "document": "YAML, in one line: [a, b] or {key: value}",
}
FILES: Final = 5


def greeting(name: str, template: TeamTemplate, width: int) -> str:
    """Return what stands before the first question."""
    sentence = (
        f"The questions of {template.source} {template.ref or template.version} about {name}."
    )
    rows = [wrapped(does, width, " " * 10, f"  {word:<8}") for word, does in COMMANDS.items()]
    return "\n".join([wrapped(sentence, width), "", "Wherever you are asked:", *rows])


def shown(value: Value, asked: Asked | None = None) -> str:
    """Return an answer as somebody would type it."""
    if asked is not None and asked.choices:
        labels = {json.dumps(one.value, default=str): one.label for one in asked.choices}
        many = value if isinstance(value, list) else [value]
        return ", ".join(labels.get(json.dumps(one, default=str), str(one)) for one in many)
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def question(step: TemplateQuestion, bold: Callable[[str], str], width: int) -> str:
    """Return a question and its choices."""
    asked = step.asked
    number = f"{step.number} "
    indent = " " * len(number)
    lines = ["", bold(wrapped(" ".join((asked.ask or asked.name).split()), width, indent, number))]
    for place, choice in enumerate(asked.choices, 1):
        refused = f" (not now: {choice.refused})" if choice.refused else ""
        row = f"{indent}  {place} "
        lines.append(wrapped(f"{choice.label}{refused}", width, " " * len(row), row))
    return "\n".join(lines)


def prompt(step: TeamStep) -> str:
    """Return what stands before the cursor."""
    match step:
        case TemplateQuestion(asked=asked):
            if not step.takes_enter:
                return f"{asked.name}: "
            default = "(kept secret)" if asked.secret else shown(step.default, asked)
            return f"{asked.name} [{default}]: "
        case TemplatePlan():
            return "Create it? Enter for yes, no, back [yes]: "
        case _:
            return ""


def help_text(step: TeamStep, width: int) -> str:
    """Return what an answer looks like."""
    if not isinstance(step, TemplateQuestion):
        return wrapped("Enter or yes creates it; no ends here; back asks the last again.", width)
    asked = step.asked
    secret = " It is written nowhere." if asked.secret else ""
    return wrapped(f"{asked.name} is {KINDS[asked.type]}.{secret}", width, "  ")


def answers(session: TeamSession, width: int) -> str:
    """Return the answers so far."""
    if not session.answers:
        return "  Nothing is answered yet."
    return "\n".join(
        wrapped(f"{name}: {shown(value)}", width, " " * 6, f"{number:>4}  ")
        for number, name, value in session.numbered
    )


def plan(step: TemplatePlan, place: str, bold: Callable[[str], str], width: int) -> str:
    """Return what would be created."""
    planned = step.planned
    title = bold(f"The plan for {planned.name}: {planned.template} {planned.template_version}")
    names = [path for path in planned.files if not path.startswith(".blueprint/")]
    return "\n".join(
        ["", title, wrapped(f"{len(names)} files in {place}: {_some(names)}", width, "  ", "  ")]
    )


def _some(paths: Sequence[str]) -> str:
    tops = list(dict.fromkeys(path.partition("/")[0] + "/" * ("/" in path) for path in paths))
    return ", ".join(tops[:FILES]) + (" and more" if len(tops) > FILES else "")
