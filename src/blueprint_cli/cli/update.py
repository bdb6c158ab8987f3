"""``blueprint update``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blueprint_cli.cli.options import DryRun, Json, Project
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import UsageError

if TYPE_CHECKING:
    from blueprint_cli.updating.rebuild import Rebuilt
    from blueprint_cli.updating.update import Updated

EPILOG = """
Examples:
  blueprint update --dry-run
  blueprint update
  blueprint update --continue     (conflicts are resolved)
  blueprint update --abort        (back to how it was)

Nothing is committed. Exit codes: 0 done, 1 a conflict is left.
"""


def command(  # noqa: PLR0913 - one parameter per option is how Typer declares them
    project: Project = None,
    *,
    dry_run: DryRun = False,
    resume: Annotated[
        bool, typer.Option("--continue", help="Finish after the conflicts are resolved.")
    ] = False,
    abort: Annotated[bool, typer.Option("--abort", help="Take an unfinished update back.")] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild-base", help="Render a lost base again.")
    ] = False,
    json: Json = False,
) -> None:
    """Bring this version's template, or a changed blueprint.yaml, into a project."""
    if sum((dry_run, resume, abort, rebuild)) > 1:
        raise UsageError("--dry-run, --continue, --abort and --rebuild-base exclude each other")
    from blueprint_cli.cli import changes  # noqa: PLC0415 - --help needs none of it

    terminal = Terminal(as_json=json)
    if rebuild:
        _rebuild(terminal, project)
        return
    updated = perform(project, dry_run=dry_run, resume=resume, abort=abort)
    terminal.result(changes.document(updated, dry_run=dry_run), changes.text(terminal, updated))
    if updated.state == "conflicts":
        terminal.note(changes.what_to_do("update"))
    raise typer.Exit(changes.exit_code(updated, any_difference=False))


def perform(
    project: Path | None,
    *,
    dry_run: bool,
    resume: bool,
    abort: bool,
    evolve_to: str | None = None,
) -> "Updated":
    """Call the one core function that was asked for."""
    from blueprint_cli.updating.update import (  # noqa: PLC0415
        abort_update,
        continue_update,
        show_changes,
        update_project,
    )

    if abort:
        return abort_update(project)
    if resume:
        return continue_update(project)
    act = show_changes if dry_run else update_project
    return act(project, evolve_to=evolve_to)


def _rebuild(terminal: Terminal, project: Path | None) -> None:
    from blueprint_cli.updating.plan import project_root  # noqa: PLC0415
    from blueprint_cli.updating.rebuild import rebuild_base  # noqa: PLC0415
    from blueprint_cli.updating.update import refuse_unfinished  # noqa: PLC0415

    root = project_root(project)
    refuse_unfinished(root)
    rebuilt = rebuild_base(root)
    terminal.result(_rebuilt_document(rebuilt), f"The base of {rebuilt.path} is there again.")
    if not rebuilt.same:
        terminal.note(
            "It differs from the one that was lost, because blueprint.yaml was edited since then:\n"
            "what that edit changes will look like an edit of yours."
        )


def _rebuilt_document(rebuilt: "Rebuilt") -> dict[str, object]:
    return {"project": str(rebuilt.path), "version": rebuilt.version, "same": rebuilt.same}
