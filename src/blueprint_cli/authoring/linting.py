"""``blueprint templates lint``: what is wrong with a template before it is rendered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from blueprint_cli.authoring.combinations import NAME, questions_of
from blueprint_cli.authoring.plan import FILE, read_plan
from blueprint_cli.authoring.standards import is_standard, lint_standard
from blueprint_cli.authoring.testing import opened
from blueprint_cli.engines.asked import AnswerRefused
from blueprint_cli.errors import BlueprintError
from blueprint_cli.reports.results import Tested, Tests, failures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.engines.asked import Asked
    from blueprint_cli.engines.engine import TeamTemplate

SECRET: Final = re.compile(r"password|passwd|secret|token|private_key|api_key", re.IGNORECASE)


def lint_source(source: str) -> Tests:
    """Look at what lies in a folder: a template, or a standard.

    Raises:
        BlueprintError: where there is neither.
    """
    return lint_standard(source) if is_standard(source) else lint_template(source)


def lint_template(source: str) -> Tests:
    """Look at a template without rendering it: its description, its questions, what it would run.

    Raises:
        BlueprintError: where there is none.
    """
    with opened(source, trusted=False) as (found, _):
        template = found.for_pattern(next(iter(found.patterns), ""))
        said = [f"{template.kind} template {template.name} {template.version}".rstrip()]
        said += [f"It would run, with --trust alone: {one}" for one in template.runs]
        asked: list[Asked] = []
        tested = []
        try:
            if not template.runs or template.kind != "cookiecutter":
                asked = list(questions_of(lambda known: template.next_question(known, NAME)))
            tested.append(Tested("questions", "each can be asked"))
        except (AnswerRefused, BlueprintError) as error:
            tested.append(Tested("questions", "each can be asked", "failed", str(error)))
        tested.append(failures("questions", "each is used", [*_unused(template, asked)]))
        secrets = template.secret_questions
        open_secrets = [
            f"{one.name}: is called as a secret, and is none: its answer would be written down"
            for one in asked
            if SECRET.search(one.name) and one.name not in secrets and _can_be_secret(template)
        ]
        tested.append(failures("questions", "what is secret is said to be", open_secrets))
        tested.append(_plan(template, asked))
        return Tests(source, tuple(tested), tuple(said))


def _can_be_secret(template: TeamTemplate) -> bool:
    return template.kind == "copier"  # Cookiecutter and ours know no secret questions.


def _unused(template: TeamTemplate, asked: list[Asked]) -> Iterator[str]:
    """Yield the questions whose names are in no file and no path, but where they are asked."""
    for one in asked:
        word = re.compile(rb"(?<![\w])" + re.escape(one.name.encode()) + rb"(?![\w])")
        uses = sum(len(word.findall(file.content)) for file in template.tree.values())
        uses += sum(len(word.findall(path.encode())) for path in template.tree)
        if uses < 2:  # noqa: PLR2004 - where it is asked, and once more
            yield f"{one.name}: is asked, and used nowhere"


def _plan(template: TeamTemplate, asked: list[Asked]) -> Tested:
    """Look whether the plan of tests answers what has no default."""
    try:
        plan = read_plan(template.fetched.folder)
    except BlueprintError as error:
        told = "\n".join([error.message, *map(str, error.problems)])
        return Tested("tests", f"{FILE} can be read", "failed", told)
    missing = [
        f"{one.name}: has no default, and {FILE} has no answer: its tests take an example"
        for one in asked
        if not one.has_default and one.name not in plan.answers
    ]
    what = "what has no default is answered"
    return (
        Tested("tests", what, "skipped", "\n".join(missing)) if missing else Tested("tests", what)
    )
