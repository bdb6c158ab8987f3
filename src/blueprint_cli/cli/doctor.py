"""``blueprint doctor``."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blueprint_cli.cli.options import Json
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import EXIT_MISSING_OR_FAILED
from blueprint_cli.wrapping import wrapped

if TYPE_CHECKING:
    from blueprint_cli.machine import Diagnosis, MachineFinding

NAME_WIDTH = 16
STATE_WIDTH = 8


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
    terminal = Terminal(as_json=json)
    terminal.result(_document(diagnosis), _text(diagnosis, terminal))
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


def _text(diagnosis: "Diagnosis", terminal: Terminal) -> str:
    lines = [line for finding in diagnosis.findings for line in _lines(finding, terminal)]
    if diagnosis.missing:
        names = ", ".join(finding.name for finding in diagnosis.missing)
        needed = f"Missing, and needed by this project: {names}"
        lines += ["", wrapped(needed, terminal.width, "  ", "")]
    return "\n".join(lines)


def _lines(finding: "MachineFinding", terminal: Terminal) -> list[str]:
    from blueprint_cli.patterns import PATTERNS

    state = "ok" if finding.found else "MISSING" if finding.needed else "-"
    padding = " " * (STATE_WIDTH - len(state))
    if state == "MISSING":
        state = terminal.of_severity("error", state)
    where = "" if finding.patterns == PATTERNS else f" ({', '.join(finding.patterns)})"
    indent = " " * (NAME_WIDTH + STATE_WIDTH)
    texts = (finding.detail, finding.purpose + where, finding.get and f"Get it: {finding.get}")
    first, *rest = [text for text in texts if text]
    return [
        wrapped(first, terminal.width, indent, f"{finding.name:<{NAME_WIDTH}}{state}{padding}"),
        *(wrapped(text, terminal.width, indent) for text in rest),
    ]
