"""``blueprint adopt``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from blueprint_cli.cli.options import AnswersFiles, DryRun, Json, ProjectPath, Settings, Trust
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.wrapping import whole, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blueprint_cli.adopting.adopt import Adopted
    from blueprint_cli.engines.asked import Asked, Value

EPILOG = """
Examples:
  blueprint adopt --dry-run
  blueprint adopt ./shop
  blueprint adopt ./shop --from gh:acme/templates

None of the project's files is changed.
Exit codes: 0 done, 2 not as the project is, 3 the template cannot be had.
"""
SHOWN: Final = 20


def command(  # noqa: PLR0913 - one parameter per option is how Typer declares them
    project: ProjectPath = None,
    *,
    source: Annotated[
        str, typer.Option("--from", metavar="SOURCE", help="The template, where it moved.")
    ] = "",
    ref: Annotated[
        str, typer.Option(metavar="REF", help="What it was made from, where that is not known.")
    ] = "",
    file: Annotated[
        str, typer.Option(metavar="FILE", help="The file with its answers, of several.")
    ] = "",
    answers: AnswersFiles = None,
    settings: Settings = None,
    trust: Trust = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Take over a project that Copier or cruft made, or one that has lost its record."""
    from blueprint_cli.adopting.adopt import Adoption, adopt_project

    terminal = Terminal(as_json=json)
    adopted = adopt_project(
        Adoption(
            project=project,
            source=source,
            ref=ref,
            file=file,
            answers=_given(answers or [], settings or []),
            trusted=trust,
            ask=_asking(terminal) if terminal.can_ask else None,
            dry_run=dry_run,
        ),
        (lambda step: terminal.note(f"{step} ...")) if terminal.can_ask else (lambda _: None),
    )
    terminal.result(_document(adopted), _text(terminal, adopted))
    for note in _notes(adopted):
        terminal.note(note)


def _given(answers: list[Path], settings: list[str]) -> "dict[str, Value]":
    from blueprint_cli.spec.answers import template_answers
    from blueprint_cli.spec.document import read_documents

    document = read_documents(answers, what="answers")
    said = document.data.get("template") if document else None
    of_files = said.get("answers") if isinstance(said, dict) else None
    return {**(of_files if isinstance(of_files, dict) else {}), **template_answers(settings)}


class _asking:  # noqa: N801 - it is called as a function is
    """Asks at a terminal for an answer that was not recorded."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def __call__(self, asked: "Asked", why: str) -> str:
        if why:
            self._terminal.note(f"  Not taken: {why.rstrip('.')}.")
        else:
            self._terminal.note(" ".join((asked.ask or asked.name).split()))
        secret = " (it is written nowhere)" if asked.secret else ""
        return self._terminal.ask(f"{asked.name}{secret}: ", hidden=asked.secret)


def _document(adopted: "Adopted") -> dict[str, Any]:
    left, template = adopted.left, adopted.template
    return {
        "dry_run": adopted.dry_run,
        "project": {"name": adopted.spec.project.name, "path": str(adopted.project)},
        "made_by": None if left is None else {"program": left.program.lower(), "file": left.path},
        "template": {
            "kind": template.kind,
            "source": template.source,
            "ref": template.ref,
            "commit": template.commit,
            "version": template.version,
        },
        "files": list(adopted.files),
        "yours": {
            "edited": list(adopted.differences.edited),
            "deleted": list(adopted.differences.deleted),
            "added": list(adopted.differences.added),
        },
        "left_out": list(adopted.unknown),
        "lacks": list(adopted.lacks),
        "ignored": list(adopted.ignored),
    }


def _text(terminal: Terminal, adopted: "Adopted") -> str:
    template, differ = adopted.template, adopted.differences
    done = "Would take over" if adopted.dry_run else "Took over"
    name = terminal.bold(adopted.spec.project.name)
    lines = [wrapped(f"{done} {name}: {_origin(adopted)}", terminal.width, "  ", "")]
    written = [path for path in adopted.files if "/" not in path] + [".blueprint/"]
    lines.append(f"{'To write' if adopted.dry_run else 'Written'}: {', '.join(written)}")
    lines += _listing("Edited by you", differ.edited, terminal)
    lines += _listing("Deleted by you", differ.deleted, terminal)
    counts = f"{len(differ.edited)} edited, {len(differ.deleted)} deleted"
    made = whole(f"{template.name} {template.version}")
    lines.append(f"You: {counts}, {len(differ.added)} added since {made}")
    return "\n".join(lines)


def _origin(adopted: "Adopted") -> str:
    template, left = adopted.template, adopted.left
    by = "its record is rendered again" if left is None else f"{left.program} made it"
    if template.source == "builtin":
        return f"{by}, from {template.name} {template.version}"
    commit = f" at {template.commit[:12]}" if template.commit else ""
    return f"{by}, from {whole(template.source)} {template.version}{commit}"


def _listing(title: str, paths: "Sequence[str]", terminal: Terminal) -> list[str]:
    if not paths:
        return []
    rows = [wrapped(whole(path), terminal.width, "    ", "  ") for path in paths[:SHOWN]]
    rest = len(paths) - SHOWN
    more = [f"  … and {rest} more; --json lists all"] if rest > 0 else []
    return [f"{title} ({len(paths)}):", *rows, *more]


def _notes(adopted: "Adopted") -> list[str]:
    notes = []
    if adopted.unknown:
        notes.append(f"No questions of the template, and left out: {', '.join(adopted.unknown)}.")
    if adopted.lacks:
        runs = "\n".join(f"  {line}" for line in adopted.lacks)
        notes.append(f"What would run was left out, and counts as an edit; with --trust:\n{runs}")
    if adopted.left is None:
        template = adopted.template
        version = f"{template.name} {template.version}"
        notes.append(
            f"Rendered from {version}: where another version made the project, what differs "
            "between the two looks like an edit of yours."
        )
    if adopted.ignored:
        notes.append(_ignored(adopted))
    if not adopted.dry_run:
        notes.append("Commit what was written, then: blueprint update --dry-run")
    return notes


def _ignored(adopted: "Adopted") -> str:
    from blueprint_cli.git.work_tree import adding_command

    if adopted.dry_run:
        return f"git ignores {', '.join(adopted.ignored)}: they would be in no commit."
    command = adding_command(adopted.project, adopted.ignored)
    return f"git ignores what was written: no commit takes it until it is added by\n  {command}"
