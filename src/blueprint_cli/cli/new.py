"""``blueprint new``."""

import itertools
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blueprint_cli.cli.options import (
    AnswersFiles,
    Json,
    Settings,
    StandardRef,
    StandardSource,
)
from blueprint_cli.cli.places import command_line, from_here, next_commands
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import EXIT_FOUND, OutputClosed, UsageError, some
from blueprint_cli.wrapping import whole, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blueprint_cli.creating.create import Created, NewProject
    from blueprint_cli.creating.surroundings import GitOutcome

SHOWN = 5
EPILOG = """
Examples:
  blueprint new clinic             (asks, in a terminal)
  blueprint new clinic --defaults
  blueprint new clinic --example clinic
  blueprint new clinic --answers a.yaml --pattern monolith
  blueprint new clinic --defaults --output ~/code/clinic
  blueprint new clinic --set requirements.teams=3
  blueprint new . --defaults       (in an empty folder)

Exit code 1: you said no to the plan.
"""
FIRST_START = (
    "The first `make dev` takes about a minute: it installs what the project needs. Once all is "
    "ready it prints where everything is, and first requests to paste into another terminal."
)


def command(  # noqa: PLR0913 - one parameter per option is how Typer declares them
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="The project's name, or . for the current folder."),
    ],
    *,
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Take every default; ask nothing.")
    ] = False,
    answers: AnswersFiles = None,
    settings: Settings = None,
    example: Annotated[
        str | None,
        typer.Option(metavar="EXAMPLE", help="What it is about: one of `templates list`."),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="One of `blueprint templates list`."),
    ] = None,
    reason: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Why, where the pattern is not the recommended one."),
    ] = "",
    template: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="A team's template: git, gh:org/repo, a folder."),
    ] = None,
    ref: Annotated[
        str, typer.Option(metavar="REF", help="Its tag, branch or commit; else the newest tag.")
    ] = "",
    trust: Annotated[
        bool, typer.Option("--trust", help="Let the template's tasks and hooks run here.")
    ] = False,
    standard: StandardSource = None,
    standard_ref: StandardRef = "",
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The project's folder; ./NAME unless given."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where the questions were interrupted.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the files; write nothing.")
    ] = False,
    no_git: Annotated[
        bool, typer.Option("--no-git", help="No repository and no first commit.")
    ] = False,
    json: Json = False,
) -> None:
    """Create a project: ask, recommend, render it, make a git repository, say what to do next."""
    from blueprint_cli.creating.create import NewProject, create_project

    request = NewProject(
        name=name,
        output=output,
        answers=tuple(answers or ()),
        settings=tuple(settings or ()),
        example=example,
        pattern=pattern,
        reason=reason,
        template=template,
        ref=ref,
        trusted=trust,
        standard=standard,
        standard_ref=standard_ref,
        git=not no_git,
        dry_run=dry_run,
    )
    terminal = Terminal(as_json=json)
    if _asks(request, terminal, defaults=defaults, resume=resume):
        created = _asked(request, terminal, resume=resume)
        if created is None:
            raise typer.Exit(EXIT_FOUND)
    else:
        created = create_project(request)
    _show(terminal, created)


def _asked(request: "NewProject", terminal: Terminal, *, resume: bool) -> "Created | None":
    request = _with_standards_template(request)
    if request.template:
        from blueprint_cli.cli.team_questionnaire import create_with_template_questions

        return create_with_template_questions(request, terminal, resume=resume)
    from blueprint_cli.cli.questionnaire import create_with_questions

    return create_with_questions(request, terminal, resume=resume)


def _with_standards_template(request: "NewProject") -> "NewProject":
    """Take the template that the standard gives, where none was asked for."""
    from dataclasses import replace

    from blueprint_cli.creating.create import with_standard

    request = with_standard(request)
    standard = request.held_to.standard if request.held_to else None
    given = (standard.given.get("template") if standard else None) or {}
    source = given.get("source", "builtin")
    if request.template or source == "builtin":
        return request
    return replace(request, template=source, ref=given.get("ref", ""))


def _asks(request: "NewProject", terminal: Terminal, *, defaults: bool, resume: bool) -> bool:
    """Return whether to ask: where no answers are given, which takes a terminal.

    Raises:
        UsageError: where there is neither, or where answers are given and --resume, too.
    """
    answered = bool(defaults or request.answers or request.settings)
    answered = answered or request.example is not None
    if answered and resume:
        raise UsageError(
            "--resume asks the rest of the questions, and the answers are given already",
            hint="Leave out --resume, or --defaults, --example, --answers and --set.",
        )
    if not answered and not terminal.can_ask:
        raise UsageError(
            "there are no answers for the new project, and no terminal to ask for them",
            hint=f"This works: {command_line(request, '--defaults')}\n"
            "Or give --example EXAMPLE, --answers FILE or --set KEY=VALUE.",
        )
    return not answered


def _show(terminal: Terminal, created: "Created") -> None:
    following = next_commands(created.path, ours=created.pattern is not None)
    try:
        terminal.result(_document(created, following), _text(terminal, created, following))
    except OutputClosed as closed:
        made = "would have been made in" if created.dry_run else "was made in"
        raise OutputClosed(f"{closed.message}; the project {made} {created.path}") from closed
    if standard := created.held_to.standard:
        rules = ", whose rules recommend" if standard.rules else ""
        source = f"{standard.choice.source}, named by {created.held_to.named_by}"
        terminal.note(f"Held to the standard {standard.label} ({source}){rules}.")
    for note in _about_git(created):
        terminal.note(note)


def _document(created: "Created", following: list[str]) -> dict[str, Any]:
    repository = created.repository
    return {
        "dry_run": created.dry_run,
        "project": {"name": created.name, "path": str(created.path)},
        "pattern": created.pattern,
        "pattern_chosen": created.pattern_chosen,
        "recommended": created.recommended,
        "template": {"name": created.template, "version": created.template_version},
        "standard": _standard(created),
        "files": list(created.files),
        "git": {
            "state": repository.state,
            "repository": str(repository.root) if repository.root else None,
            "branch": repository.branch or None,
        },
        "ignored": list(repository.ignored),
        "not_read_there": list(_not_read_there(created)),
        "to_write": [asdict(each) for each in created.to_write],
        "next": following,
    }


def _standard(created: "Created") -> dict[str, str] | None:
    standard = created.held_to.standard
    if standard is None:
        return None
    return {
        "name": standard.says.name,
        "version": standard.version,
        **standard.choice.model_dump(),
        "named_by": created.held_to.named_by,
    }


def _text(terminal: Terminal, created: "Created", following: list[str]) -> str:
    done = "Would create" if created.dry_run else "Created"
    what = f"{terminal.bold(created.name)}: {_made_of(created)}, {len(created.files)} files"
    first = wrapped(f"{done} {what} in {whole(from_here(created.path))}", terminal.width, "  ", "")
    if created.dry_run:
        return "\n".join([first, *_listing(created.files)])
    steps = "\n".join(f"  {step}" for step in following)
    start = f"\n\n{wrapped(FIRST_START, terminal.width)}" if created.pattern else ""
    waiting = "".join(f"  {one.path}:{one.line}: {one.name}\n" for one in created.to_write)
    yours = f"Yours to write before what needs them works:\n{waiting}\n" if waiting else ""
    return f"{first}\n\n{yours}Next:\n{steps}{start}"


def _made_of(created: "Created") -> str:
    if created.pattern is None:
        return f"{created.template} {created.template_version}"
    if created.pattern == created.recommended:
        return f"{created.pattern} (recommended)"
    return f"{created.pattern} ({created.recommended} was recommended)"


def _listing(files: tuple[str, ...]) -> list[str]:
    """Show the paths as an indented tree."""
    lines: list[str] = []
    shown: list[str] = []
    for path in files:
        *folders, name = path.split("/")
        pairs = zip(folders, shown, strict=False)
        common = len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)))
        lines.extend(
            f"{'  ' * (depth + 1)}{folders[depth]}/" for depth in range(common, len(folders))
        )
        lines.append(f"{'  ' * (len(folders) + 1)}{name}")
        shown = folders
    return lines


def _about_git(created: "Created") -> list[str]:
    repository = created.repository
    notes = [] if created.dry_run else [_about_repository(repository)]
    if repository.ignored:
        from blueprint_cli.git.work_tree import adding_command

        ignored = f"git ignores {some(repository.ignored, SHOWN)}"
        if created.dry_run:
            notes.append(f"{ignored}: they would be in no commit.")
        else:
            command = adding_command(created.path, repository.ignored)
            notes.append(f"{ignored}: no commit takes them until they are added by\n  {command}")
    notes.append(_about_the_root(created))
    return [note for note in notes if note]


def _not_read_there(created: "Created") -> "Sequence[str]":
    """Return what the host of a larger repository reads at the repository's root alone."""
    from blueprint_cli.workflows import read_at_the_root

    repository = created.repository
    if repository.state != "enclosed" or repository.root == created.path:
        return ()
    return read_at_the_root(created.files)


def _about_the_root(created: "Created") -> str:
    unread = _not_read_there(created)
    if not unread:
        return ""
    text = f"GitHub and GitLab read these at a repository's root alone: {some(unread)}."
    if created.dry_run:
        return text
    command = f"blueprint templates workflow {shlex.quote(from_here(created.path))}"
    return f"{text}\nThe workflow for the root is printed by\n  {command}"


def _about_repository(repository: "GitOutcome") -> str:
    match repository.state:
        case "staged":
            return (
                "git does not know who you are: the files are staged and not committed.\n"
                'Tell it with `git config --global user.name "..."` and user.email, then commit.'
            )
        case "enclosed" if repository.refusal:
            return (
                f"{repository.root} is a git repository that git refuses: nothing was added or "
                f"committed there.\n{repository.refusal}"
            )
        case "enclosed":
            return f"{repository.root} is a git repository: nothing was added or committed there."
        case "missing":
            return "git is not installed: there is no repository. Later: git init && git add -A"
        case _:
            return ""
