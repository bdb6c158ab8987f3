"""The steps of a session as text. It draws nothing and moves no cursor: every line is a sentence.

So a terminal of any size and colour, a dumb one and a screen reader show the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from blueprint_cli.asking.interview import allowed_in, default_of, kind_of
from blueprint_cli.asking.steps import (
    AskedQuestion,
    Confirmation,
    EarlierAnswers,
    PatternChoice,
    ReasonWanted,
)
from blueprint_cli.reports.words import confidence_word, first_questions, formatted
from blueprint_cli.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from blueprint_cli.asking.interview import Value
    from blueprint_cli.asking.plan import Plan
    from blueprint_cli.asking.steps import Refused, Step
    from blueprint_cli.creating.surroundings import GitOutcome
    from blueprint_cli.machine import MachineFinding
    from blueprint_cli.recommendation.recommend import Reason, Recommendation
    from blueprint_cli.spec.questions import Question

MOST_REASONS: Final = 4
MOST_FLIPS: Final = 3
MOST_FOLDERS: Final = 5
DO_NOT_KNOW: Final = "don't know"
ROLES: Final = {"API": "an API", "relay": "a relay", "consumers": "consumers"}

COMMANDS: Final = {
    "Enter": "don't know; or keep the answer that is shown",
    "-": "don't know, where there was an answer",
    "?": "more about the question",
    "back": "the question before",
    "list": "the answers so far",
    "rest": "leave everything that was not asked unknown",
    "quit": "stop, as Ctrl-C does; the answers are kept",
}


class Progress(Protocol):
    """A place among the questions, and the answers so far: an interview or a step of it."""

    @property
    def questions(self) -> tuple[Question, ...]: ...
    @property
    def place(self) -> int: ...
    @property
    def answers(self) -> Mapping[str, Value]: ...


def greeting(name: str, progress: Progress, width: int) -> str:
    """Return what stands before the first question."""
    count = len(progress.questions)
    sentence = (
        f'{count} short questions about {name}. "Don\'t know" is a good answer to each: what is '
        "not known counts for nothing, and blueprint.yaml can be completed at any time."
    )
    return f"{wrapped(sentence, width)}\n\n{commands(width)}"


def commands(width: int) -> str:
    """Return what can be typed instead of an answer."""
    rows = [wrapped(does, width, " " * 10, f"  {word:<8}") for word, does in COMMANDS.items()]
    return "\n".join(["At every question:", *rows])


def prompt(step: Step) -> str:
    """Return what stands before the cursor; nothing at the end, where nothing is asked."""
    match step:
        case EarlierAnswers():
            return "Go on from there? [yes]: "
        case AskedQuestion():
            return _question_prompt(step)
        case PatternChoice(offered=(first, *others)):
            words = "".join(f", {word}" for word in [*others, "why", "back"])
            return f"Build {first}? Enter for yes{words} [yes]: "
        case ReasonWanted():
            return "reason: "
        case Confirmation():
            return "Create it? Enter for yes, no, back [yes]: "
        case _:
            return ""


def unclear(step: Step) -> str:
    """Return what can be typed, where none of it was."""
    match step:
        case EarlierAnswers():
            return "  Answer yes or no; Enter is yes."
        case PatternChoice():
            return "  Press Enter, or type one of the words above."
        case Confirmation():
            return "  Press Enter, or type no or back."
        case _:
            return ""


def refused(step: Step, outcome: Refused, width: int) -> str:
    """Return why an answer was not taken."""
    if isinstance(step, AskedQuestion):
        return wrapped(outcome.message, width, "  ")
    return f"  {outcome.message}"


def earlier_answers(step: EarlierAnswers) -> str:
    """Return what is kept of an earlier session."""
    count = len(step.answers)
    return (
        f"Answers to {count} question{'s' * (count > 1)} are kept from an earlier run for "
        "this project."
    )


def asked(step: AskedQuestion, bold: Callable[[str], str], width: int) -> str:
    """Return a question, below the title of its part and where the answers point, if it begins."""
    lines = []
    if step.tendency is not None:
        counts = f"{step.tendency.known} known, {step.tendency.not_known} not known"
        lines.append(f"\nSo far, {counts}: this points to {step.tendency.pattern}.")
    if step.part is not None:
        title = f"{step.part.title}, part {step.part.number} of {step.part.count}"
        lines.append(f"\n{bold(title)}")
    return "\n".join([*lines, f"\n{question_text(step, bold, width)}"])


def question_text(progress: Progress, bold: Callable[[str], str], width: int) -> str:
    """Return the current question, why it matters and what answers look like."""
    question = progress.questions[progress.place]
    number = f"{progress.place + 1}/{len(progress.questions)} "
    indent = " " * len(number)
    lines = [
        bold(wrapped(question.ask, width, indent, number)),
        wrapped(question.why, width, indent),
        wrapped(f"Typical: {question.typical}.", width, indent),
        *(
            wrapped(f"{place} {word}: {meaning}", width, f"{indent}    ", f"{indent}  ")
            for place, (word, meaning) in enumerate(question.options.items(), 1)
        ),
    ]
    return "\n".join(lines)


def _question_prompt(step: AskedQuestion) -> str:
    question = step.question
    before = step.answers.get(question.key)
    default = default_of(question)
    enter = (
        formatted(before)
        if before is not None
        else f"{DO_NOT_KNOW}, then {default}"
        if default
        else DO_NOT_KNOW
    )
    what = {"boolean": "yes or no", "word": "one of them", "string": "one line"}
    return f"{what.get(kind_of(question), question.unit)} [{enter}]: "


def help_text(question: Question, width: int) -> str:
    """Return what ``?`` answers."""
    allowed = "yes or no" if kind_of(question) == "boolean" else allowed_in(question)
    lines = [
        wrapped(question.more, width, "  "),
        wrapped(f"Allowed: {allowed}.", width, "  "),
        f"  In blueprint.yaml: {question.key}",
        wrapped(f"You can also type: {', '.join(list(COMMANDS)[1:])}.", width, "  "),
    ]
    return "\n".join(lines)


def summary(progress: Progress, width: int) -> str:
    """Return the answers so far."""
    answered = [one for one in progress.questions if one.key in progress.answers]
    if not answered:
        return "Nothing is answered yet."
    lines = [f"Answered so far, {len(answered)} of {len(progress.questions)}:"]
    lines += [
        wrapped(f"{one.key}: {_shown(progress.answers[one.key])}", width, "    ", "  ")
        for one in answered
    ]
    return "\n".join(lines)


def _shown(value: Value) -> str:
    return DO_NOT_KNOW if value is None else formatted(value)


def advice(
    result: Recommendation, installed: Sequence[str], bold: Callable[[str], str], width: int
) -> str:
    """Return what is recommended and why, the runner-up, and what would change it."""
    best = result.ranking[0]
    lines = [
        bold(f"Recommended: {best.pattern}"),
        f"Confidence: {result.confidence:.0%}, {confidence_word(result.confidence)}",
        "",
    ]
    lines += [
        wrapped(f"These answers contradict each other: {conflict.message}", width)
        for conflict in result.conflicts
    ]
    for title, reasons in (
        ("For it", best.reasons_for[:MOST_REASONS]),
        ("Against it", best.reasons_against[:MOST_REASONS]),
    ):
        if reasons:
            lines.append(f"{title}:")
            lines += [wrapped(_reason(reason), width, "    ", "  - ") for reason in reasons]
    lines += ["", *(wrapped(line, width, "  ", "") for line in _others(result))]
    if best.pattern not in installed:
        lines += [
            "",
            wrapped(
                f"This version has no template for {best.pattern}: it can create "
                f"{', '.join(installed)}. What is recommended is written down either way.",
                width,
            ),
        ]
    return "\n".join(lines)


def _reason(reason: Reason) -> str:
    given = "" if reason.value is None else f"{reason.label}: {formatted(reason.value)}. "
    return f"{given}{reason.why} ({reason.points:+.2f})"


def _others(result: Recommendation) -> Iterator[str]:
    best, second = result.ranking[0], result.ranking[1]
    yield (
        f"Runner-up: {second.pattern}, with a score of {second.score:+.2f} "
        f"against {best.score:+.2f}."
    )
    for gate in result.gates:
        yield f"Ruled out: {gate.pattern}: {gate.why}. Lifted by {gate.lifted_by}."
    flips = result.sensitivity.flips[:MOST_FLIPS]
    for flip in flips:
        yield (
            f"It would be {flip.pattern} with {result.labels[flip.key]} "
            f"{formatted(flip.to)} instead of {formatted(flip.value)}."
        )
    if not flips:
        yield "No single answer would change it."
    unknown = first_questions(result)
    if unknown:
        yield f"Worth finding out first: {', '.join(one.label for one in unknown)}."


def reason_wanted(step: ReasonWanted, width: int) -> str:
    """Return what is to be explained."""
    shown = f" [{step.default}]" if step.default else ""
    lines = [wrapped(f"It is ruled out: {gate.why}.", width, "  ") for gate in step.ruled_out]
    lines.append(f"Why not {step.recommended}? One line for the decision record{shown}")
    return "\n".join(lines)


def plan(what: Plan, where: str, width: int) -> str:
    """Return what would be made, and what it needs here."""
    lines = [
        f"Files: {what.files} in {where}: {_folders(what)}.",
        f"Processes: {_processes(what)}.",
        f"Data: {_data(what)}.",
        f"Git: {_git(what.git)}.",
        f"Here already: {_names(what.found)}.",
    ]
    lines += [
        f"Needed and missing: {one.name}, which {one.purpose}. Get it: {one.get}"
        for one in what.missing
    ]
    if what.not_needed:
        lines.append(
            f"Not here, and not needed to begin: {_names(what.not_needed)} "
            "(`blueprint doctor` says what for)."
        )
    return "\n".join(wrapped(line, width, "    ", "  ") for line in lines)


def _folders(what: Plan) -> str:
    shown = what.folders[:MOST_FOLDERS]
    parts = [f"{count} in {folder or 'the root'}" for folder, count in shown]
    rest = what.files - sum(count for _, count in shown)
    return ", ".join([*parts, f"{rest} elsewhere"] if rest else parts)


def _processes(what: Plan) -> str:
    if not what.process_per_context:
        return "one, which serves the API and does the work behind it"
    if len(what.roles) == 1:
        each = f"{what.processes}, one for each context"
    else:
        *roles, last = (ROLES[role] for role in what.roles)
        each = f"{', '.join(roles)} and {last} for each of {what.contexts} contexts"
    return f"{each}, and {what.gateway} in front" if what.gateway else each


def _data(what: Plan) -> str:
    if not what.database_per_context:
        return "one PostgreSQL, a schema for each context"
    between = f"; {what.broker} between them" if what.broker else ""
    return f"PostgreSQL, a database for each context{between}"


def _git(git: GitOutcome) -> str:
    return {
        "planned": "a repository with everything in its first commit",
        "enclosed": f"none of its own, it stands inside {git.root}",
        "missing": "no repository, git is not installed",
    }.get(git.state, "no repository, as asked")


def _names(tools: Iterable[MachineFinding]) -> str:
    return ", ".join(_name(tool) for tool in tools)


def _name(tool: MachineFinding) -> str:
    """Return its name with its version, or of a port whether it is free."""
    version = tool.detail.partition(" ")[0]
    return tool.name if version in {"", "found"} else f"{tool.name} {version}"
