"""The steps of a session as text. It draws nothing and moves no cursor: every line is a sentence.

So a terminal of any size and colour, a dumb one and a screen reader show the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from blueprint_cli.asking.about import FOR_EXAMPLE
from blueprint_cli.asking.interview import allowed_in, default_of, kind_of
from blueprint_cli.asking.steps import (
    AboutWanted,
    AskedQuestion,
    Confirmation,
    EarlierAnswers,
    MoreWanted,
    PatternChoice,
    ReasonWanted,
)
from blueprint_cli.reports.words import (
    beside_budget,
    confidence_word,
    first_questions,
    formatted,
    kept_by_doubt,
    unmet,
)
from blueprint_cli.spec.questions import load_groups
from blueprint_cli.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from blueprint_cli.asking.interview import Value
    from blueprint_cli.asking.plan import Plan
    from blueprint_cli.asking.steps import Refused, Step, Tendency
    from blueprint_cli.cost.budget import Budget
    from blueprint_cli.creating.surroundings import GitOutcome
    from blueprint_cli.machine import MachineFinding
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Reason, Recommendation
    from blueprint_cli.spec.questions import Question

MOST_REASONS: Final = 4
MOST_FLIPS: Final = 3
MOST_FOLDERS: Final = 5
DO_NOT_KNOW: Final = "don't know"
KINDS: Final[dict[Pattern, str]] = {
    "monolith": "one process and one database, with a module for each context",
    "microservices": "a process and a database for each context; they call each other",
    "event-driven": "processes for each context that tell each other through a log what happened",
}
ROLES: Final = {"API": "an API", "relay": "a relay", "consumers": "consumers"}

COMMANDS: Final = {
    "Enter": "don't know; or keep the answer that is shown",
    "-": "don't know, where there was an answer",
    "?": "more about what is asked",
    "back": "one step back",
    "list": "the answers so far, by their numbers",
    "edit 3": "question 3, then on from here",
    "rest": "leave everything that was not asked unknown",
    "quit": "stop, as Ctrl-C and Ctrl-D do; the answers are kept",
}
ELSEWHERE: Final = "back, list, edit 3, quit"


class Progress(Protocol):
    """A place among the questions, and the answers so far: an interview or a step of it."""

    @property
    def questions(self) -> tuple[Question, ...]: ...
    @property
    def place(self) -> int: ...
    @property
    def answers(self) -> Mapping[str, Value]: ...
    @property
    def notes(self) -> Mapping[str, str]: ...


def greeting(name: str, progress: Progress, width: int) -> str:
    """Return what stands before the first question."""
    first = len(load_groups()[0].questions)
    sentence = (
        f"{first} short questions about {name}, then you choose whether to answer more of the "
        f'{len(progress.questions)}. "Don\'t know" is a good answer to each: what is not known '
        "counts for nothing, and blueprint.yaml can be completed at any time."
    )
    return f"{wrapped(sentence, width)}\n\n{commands(width)}"


def commands(width: int) -> str:
    """Return what can be typed instead of an answer."""
    rows = [wrapped(does, width, " " * 10, f"  {word:<8}") for word, does in COMMANDS.items()]
    return "\n".join(["Wherever you are asked:", *rows])


def prompt(step: Step) -> str:  # noqa: PLR0911 - one for each step
    """Return what stands before the cursor; nothing at the end, where nothing is asked."""
    match step:
        case EarlierAnswers():
            return "Go on from there? [yes]: "
        case AboutWanted(typed=typed):
            return f"Parts and things, or an example [{typed or 'nothing yet'}]: "
        case AskedQuestion():
            return _question_prompt(step)
        case MoreWanted():
            return "Answer more? Enter for no, yes for all, or numbers [no]: "
        case PatternChoice(default=default):
            others = [one for one in step.offered if one != default]
            words = "".join(f", {word}" for word in [*others, "why", "back"])
            return f"Build {default}? Enter for yes{words} [yes]: "
        case ReasonWanted():
            return "reason: "
        case Confirmation():
            return "Create it? Enter for yes, no, back [yes]: "
        case _:
            return ""


def prompt_lines(step: Step, width: int) -> list[str]:
    """Return the prompt in lines of at most this width; the cursor stands behind the last."""
    *lines, last = wrapped(prompt(step), width - 1).split("\n")
    return [*lines, f"{last} "]


def unclear(step: Step, width: int) -> str:
    """Return what can be typed, where none of it was."""
    match step:
        case EarlierAnswers():
            words = "Answer yes or no; Enter is yes. `?` says what each does."
        case MoreWanted():
            words = (
                "Answer no (or Enter), yes, or the numbers of questions, such as 6 9. "
                "`?` says what each does."
            )
        case PatternChoice():
            patterns = ", ".join(step.offered)
            words = (
                f"Press Enter, or type one of these or its beginning: {patterns}, why, back. "
                "`?` says what each does."
            )
        case Confirmation():
            words = "Press Enter, or type yes, no or back. `?` says what each does."
        case _:
            return ""
    return wrapped(words, width, "  ")


def refused(outcome: Refused, width: int) -> str:
    """Return why an answer was not taken."""
    return wrapped(outcome.message, width, "  ")


def earlier_answers(step: EarlierAnswers, width: int) -> str:
    """Return what is kept of an earlier session."""
    count, pattern = len(step.kept.answers), step.kept.pattern
    what = ["what it is about"] if step.kept.about else []
    what += [f"answers to {count} question{'s' * (count != 1)}"] if count else []
    what += [f"the choice of {pattern}"] if pattern else []
    verb = "are" if count or len(what) > 1 else "is"
    said = ", and ".join(what)
    said = f"{said[:1].upper()}{said[1:]} {verb} kept from an earlier run for this project."
    return wrapped(said, width)


def about_wanted(step: AboutWanted, bold: Callable[[str], str], width: int) -> str:
    """Return the question what the application is about."""
    lines = [
        bold(wrapped("What is it about?", width)),
        wrapped(f"Its parts, and the things in them by name: {FOR_EXAMPLE}", width),
    ]
    if step.examples:
        lines.append("Or one of the examples:")
        left = max(len(name) for name, _ in step.examples) + 4
        lines += [
            wrapped(summary, width, " " * left, f"  {name}".ljust(left))
            for name, summary in step.examples
        ]
    return "\n".join(["", *lines])


def asked(step: AskedQuestion, bold: Callable[[str], str], width: int) -> str:
    """Return a question, below the title of its part and where the answers point, if it begins."""
    lines = []
    if step.tendency is not None:
        lines.append(f"\n{wrapped(_tendency(step.tendency), width)}")
    if step.part is not None:
        counted = f", part {step.part.number} of {step.part.count}" if step.part.number else ""
        lines.append(f"\n{bold(wrapped(f'{step.part.title}{counted}', width))}")
    return "\n".join([*lines, f"\n{question_text(step, bold, width)}"])


def _tendency(tendency: Tendency) -> str:
    counts = f"{tendency.known} known, {tendency.not_known} not known"
    return f"So far, {counts}: this points to {tendency.pattern}."


def more_wanted(step: MoreWanted, width: int) -> str:
    """Return what each of the other questions could still change."""
    lines = [wrapped(_tendency(step.tendency), width), ""] if step.tendency else []
    count = len(step.open)
    more = f"{count} more question{'s' * (count != 1)}. What each could still change:"
    lines.append(wrapped(more, width))
    for one in step.open:
        if one.could_become or one.swing:
            effect = (
                f"could make it {' or '.join(one.could_become)}"
                if one.could_become
                else f"the lead, by up to {one.swing:.2f} points"
            )
            lines.append(wrapped(f"{one.label}: {effect}", width, " " * 5, f"{one.place + 1:>4} "))
    for title, places in (
        ("By itself only the estimates and the costs", [o for o in step.open if o.swing == 0]),
        ("Only the project's files", [one for one in step.open if one.swing is None]),
    ):
        few = [one for one in places if not one.could_become]
        if few:
            named = "; ".join(f"{one.place + 1} {one.label}" for one in few)
            lines.append(wrapped(f"{title}: {named}", width, " " * 5, "  "))
    return "\n".join([*lines, ""])


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
    note = step.notes.get(question.key)
    enter = (
        f"{formatted(before)}, {note}"
        if note
        else formatted(before)
        if before is not None
        else f"{DO_NOT_KNOW}, then {default}"
        if default
        else DO_NOT_KNOW
    )
    what = {"boolean": "yes or no", "word": "one of them", "string": "one line"}
    asked_for = what.get(kind_of(question), question.unit)
    return f"{'users a day' if question.described else asked_for} [{enter}]: "


def help_text(step: Step, width: int) -> str:
    """Return what ``?`` answers, at any step."""
    match step:
        case AskedQuestion():
            return _question_help(step.question, width)
        case EarlierAnswers():
            words = (
                "yes goes on from these answers; no begins anew, and the first new answer "
                "replaces them. `list` shows them."
            )
        case AboutWanted():
            words = (
                f"Each part becomes a context, each thing an entity with a name: {FOR_EXAMPLE}. "
                "Their fields, rules and rights are written in blueprint.yaml, or by `blueprint "
                "add`. An example brings its own; nothing yet is users and notifications alone."
            )
        case MoreWanted():
            words = (
                "Enter or no goes on to the recommendation. yes asks all of the others, part by "
                "part; numbers such as 6 9 ask these alone. What is not asked stays unknown and "
                "counts for nothing."
            )
        case PatternChoice():
            words = (
                f"Enter takes {step.default}. Another than the recommended one needs a reason, "
                "which the project's decision record keeps. why shows the whole report."
            )
        case ReasonWanted():
            words = (
                f"One line for docs/decisions/0001-architecture.md: why {step.pattern} although "
                f"{step.recommended} is recommended. back goes to the choice."
            )
        case Confirmation():
            words = (
                "yes, or Enter, creates it. no writes nothing, and keeps the answers. back goes "
                "to the choice, and edit 3 to question 3."
            )
        case _:
            return ""
    offered = step.offered if isinstance(step, PatternChoice) else ()
    lines = [*(f"{one}: {KINDS[one]}." for one in offered), words]
    return "\n".join(
        wrapped(line, width, "  ") for line in [*lines, f"You can also type: {ELSEWHERE}."]
    )


def _question_help(question: Question, width: int) -> str:
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
    answered = [
        (number, one)
        for number, one in enumerate(progress.questions, 1)
        if one.key in progress.answers
    ]
    if not answered:
        return "Nothing is answered yet."
    lines = [f"Answered so far, {len(answered)} of {len(progress.questions)}:"]
    lines += [
        wrapped(f"{one.key}: {_answered(progress, one)}", width, "        ", f"  {number:>3} ")
        for number, one in answered
    ]
    return "\n".join([*lines, "  `edit` and a number changes one."])


def _answered(progress: Progress, question: Question) -> str:
    note = progress.notes.get(question.key)
    return _shown(progress.answers[question.key]) + (f" ({note})" if note else "")


def _shown(value: Value) -> str:
    return DO_NOT_KNOW if value is None else formatted(value)


def advice(  # noqa: PLR0913 - what it is shown with
    result: Recommendation,
    installed: Sequence[str],
    bold: Callable[[str], str],
    width: int,
    budget: Budget | None = None,
    *,
    standard: str = "",
) -> str:
    """Return what is recommended and why, the runner-up, and what would change it.

    ``standard`` is what rules the patterns out that are not ``installed``, where one does.
    """
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
    lines += ["", *(wrapped(line, width, "  ", "") for line in _honest(result, budget))]
    lines += [wrapped(line, width, "  ", "") for line in _others(result)]
    if best.pattern not in installed:
        names = ", ".join(installed)
        created = (
            f"The standard {standard} allows no {best.pattern}, but {names}."
            if standard
            else f"This version has no template for {best.pattern}: it can create {names}."
        )
        lines += ["", wrapped(f"{created} What is recommended is written down either way.", width)]
    return "\n".join(lines)


def _honest(result: Recommendation, budget: Budget | None) -> Iterator[str]:
    """What was asked for beside what this gives, and each pattern's probability."""
    yield from unmet(result)
    if budget is not None:
        yield beside_budget(budget)
    for hybrid in result.hybrids:
        yield f"Also fits: {hybrid.name}. {hybrid.why}."
    shares = (f"{one.pattern} {one.probability:.0%}" for one in result.ranking)
    yield f"Probabilities: {', '.join(shares)}."
    if doubt := kept_by_doubt(result):
        yield doubt


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
        yield f"Worth finding out first: {'; '.join(one.label for one in unknown)}."


def chosen_before(step: PatternChoice) -> str:
    """Return what was chosen before, where that is not the best; else nothing."""
    if step.default == step.offered[0]:
        return ""
    return f"You chose {step.default} before."


def reason_wanted(step: ReasonWanted, width: int) -> str:
    """Return what is to be explained."""
    shown = f" [{step.default}]" if step.default else ""
    lines = [wrapped(f"It is ruled out: {gate.why}.", width, "  ") for gate in step.ruled_out]
    asked_for = f"Why not {step.recommended}? One line for the decision record{shown}"
    lines.append(wrapped(asked_for, width))
    return "\n".join(lines)


def instead(step: Confirmation, width: int) -> str:
    """Return why it is not what is recommended; nothing where it is."""
    recommended, reason = step.recommendation.recommended, step.request.reason
    if step.plan.pattern == recommended or not reason:
        return ""
    return wrapped(f"Instead of {recommended}, which is recommended: {reason}", width, "    ", "  ")


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
