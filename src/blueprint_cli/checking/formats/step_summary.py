"""A report as the table that GitHub shows on the page of a workflow's run."""

from __future__ import annotations

import html
import itertools
from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.formats.text import summaries
from blueprint_cli.spec.codes import SEVERITIES

if TYPE_CHECKING:
    from blueprint_cli.checking.check import ProjectReport, Report
    from blueprint_cli.checking.finding import Finding

# GitHub drops a summary of more than 1 MiB whole; nobody reads longer tables.
ROWS: Final = 50
MARKS: Final = str.maketrans({mark: f"&#{ord(mark)};" for mark in "|`*_[]\\~@"})
HEAD: Final = "| | rule | where | what |\n| --- | --- | --- | --- |"


def as_step_summary(report: Report) -> str:
    """Return the verdicts, and the gravest findings of all projects."""
    found = [(project, each) for project in report.projects for each in project.findings]
    found.sort(key=lambda pair: SEVERITIES.index(pair[1].severity))
    lines = ["## blueprint check", "", *(f"- {_escaped(line)}" for line in summaries(report)), ""]
    if found:
        lines += [HEAD, *itertools.starmap(_row, found[:ROWS]), ""]
    if len(found) > ROWS:
        lines += [f"And {len(found) - ROWS} more, which the log has.", ""]
    return "\n".join(lines)


def _row(project: ProjectReport, finding: Finding) -> str:
    rule, found = finding.rule, finding.found
    place = f"{project.prefix}{found.path}{f':{found.line}' if found.line else ''}"
    severity = f"**{finding.severity}**" if project.fails(finding) else finding.severity
    what = _escaped(found.message)
    return f"| {severity} | {rule.id} {rule.name} | <code>{_escaped(place)}</code> | {what} |"


def _escaped(text: str) -> str:
    """Markdown and HTML in names and lines of a project are text here."""
    one_line = " ".join(html.escape(text, quote=False).split())
    return one_line.translate(MARKS).encode("utf-8", "backslashreplace").decode()
