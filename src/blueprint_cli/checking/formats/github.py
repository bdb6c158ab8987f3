"""A report as GitHub's workflow commands, which it shows beside the lines of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.formats.text import summaries

if TYPE_CHECKING:
    from blueprint_cli.checking.check import Report
    from blueprint_cli.checking.finding import Finding

COMMANDS: Final = {"error": "error", "warning": "warning", "note": "notice"}


def as_annotations(report: Report) -> str:
    """Return a command for each finding, and the verdicts; paths are those of the repository."""
    commands = (
        _command(finding, project.prefix)
        for project in report.projects
        for finding in project.findings
    )
    return "\n".join([*commands, *summaries(report)])


def _command(finding: Finding, prefix: str) -> str:
    rule, found = finding.rule, finding.found
    properties = {
        "file": f"{prefix}{found.path}",
        "line": str(found.line or 1),
        "title": f"{rule.id} {rule.title}",
    }
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    text = f"{found.path} {found.message}\nWhy: {rule.why}\nFix: {rule.fix}"
    return f"::{COMMANDS[finding.severity]} {shown}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
