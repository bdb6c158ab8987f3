"""Options and arguments that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from blueprint_cli.updating.target import Target
    from blueprint_cli.updating.update import Action

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, its keys stable.")]
ProjectPath = Annotated[
    Path | None,
    typer.Argument(metavar="PATH", help="A project; the current folder unless given."),
]
InProject = Annotated[
    Path | None,
    typer.Option("--project", metavar="PATH", help="The current folder unless given."),
]
AnswersFiles = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help="A blueprint.yaml, whole or in part; repeatable, the later wins.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="One answer; can be repeated."),
]
RulesFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A team's own rules instead of ours.")
]
Assume = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=NUMBER", help="An assumption of the estimates; repeatable."),
]
To = Annotated[
    str,
    typer.Option("--to", metavar="REF", help="A team's template: its tag, branch or commit."),
]
StandardTo = Annotated[
    str,
    typer.Option(metavar="REF", help="The team's standard: its tag, branch or commit."),
]
Trust = Annotated[
    bool, typer.Option("--trust", help="Let the template's tasks and hooks run here.")
]
StandardSource = Annotated[
    str | None,
    typer.Option("--standard", metavar="SOURCE", help="A team's standard, from where it is."),
]
StandardRef = Annotated[
    str,
    typer.Option("--standard-ref", metavar="REF", help="Its tag or branch; else the newest tag."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; write nothing.")]


def target_of(
    to: str, settings: list[str] | None, *, trust: bool, standard_to: str = ""
) -> "Target":
    """Return where a team's template is to go, and what its questions are answered.

    Raises:
        SpecInvalid: where a setting is no answer to a template's question.
    """
    from blueprint_cli.spec.answers import template_answers
    from blueprint_cli.updating.target import Target

    answers = template_answers(settings or ())
    return Target(to=to, trusted=trust, answers=answers, standard_to=standard_to)


def chosen(*, dry_run: bool, resume: bool, abort: bool) -> "Action":
    """Return what ``update`` and ``evolve`` are asked for; their options exclude each other."""
    return "show" if dry_run else "continue" if resume else "abort" if abort else "update"
