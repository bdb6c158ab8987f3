"""``blueprint doctor``."""

import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blueprint_cli.cli.options import Json
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import EXIT_MISSING_OR_FAILED

if TYPE_CHECKING:
    from blueprint_cli.machine import Diagnosis, MachineFinding

NAME_WIDTH = 16


def command(
    project: Annotated[
        Path | None,
        typer.Argument(metavar="PATH", help="A project: only what it needs is looked at."),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Show what this machine has of what projects need, and how to get the rest."""
    from blueprint_cli.machine import examine

    diagnosis = examine(project)
    Terminal(as_json=json).result(_document(diagnosis), _text(diagnosis))
    if diagnosis.missing:
        raise typer.Exit(EXIT_MISSING_OR_FAILED)


def _document(diagnosis: "Diagnosis") -> dict[str, Any]:
    return {
        "project": str(diagnosis.project) if diagnosis.project else None,
        "pattern": diagnosis.pattern,
        "ok": not diagnosis.missing,
        "findings": [
            {**asdict(finding), "patterns": list(finding.patterns)}
            for finding in diagnosis.findings
        ],
    }


def _text(diagnosis: "Diagnosis") -> str:
    lines = [line for finding in diagnosis.findings for line in _lines(finding)]
    if diagnosis.missing:
        names = ", ".join(finding.name for finding in diagnosis.missing)
        lines += ["", f"Missing, and needed by this project: {names}"]
    return "\n".join(lines)


def _lines(finding: "MachineFinding") -> list[str]:
    from blueprint_cli.patterns import PATTERNS

    state = "ok" if finding.found else "MISSING" if finding.needed else "-"
    where = "" if finding.patterns == PATTERNS else f" ({', '.join(finding.patterns)})"
    indent = " " * (NAME_WIDTH + 8)
    texts = (finding.detail, finding.purpose + where, finding.get and f"Get it: {finding.get}")
    first, *rest = [text for text in texts if text]
    return [
        f"{finding.name:<{NAME_WIDTH}}{state:<8}{first}",
        *(
            line
            for text in rest
            for line in textwrap.wrap(text, 80, initial_indent=indent, subsequent_indent=indent)
        ),
    ]
