"""A report for people: what is wrong by rule, with the reason and the way out once."""

from __future__ import annotations

import itertools
import textwrap
from typing import TYPE_CHECKING

from blueprint_cli.checking.finding import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from blueprint_cli.checking.check import Report
    from blueprint_cli.checking.finding import Finding

WIDTH = 88


def as_text(
    report: Report, *, prefix: str = "", bold: Callable[[str], str] = lambda text: text
) -> str:
    """Return the report; ``prefix`` stands before each path."""
    lines: list[str] = []
    for _, group in itertools.groupby(report.findings, key=lambda finding: finding.rule.id):
        lines += [*_rule([*group], prefix, bold), ""]
    return "\n".join([*lines, summary(report)])


def summary(report: Report) -> str:
    """Return the last line: the verdict."""
    template = f"{report.pattern} {report.rendered_version or ''}".strip()
    counts = [
        f"{number} {severity if number == 1 else f'{severity}s'}"
        for severity in SEVERITIES
        if (number := report.count(severity))
    ]
    verdict = ", ".join(counts) or "nothing to report"
    known = f"; {report.known} known from the baseline" if report.known else ""
    gone = f"; {report.gone} of the baseline are gone, write it anew" if report.gone else ""
    return f"{report.name} ({template}): {verdict}{known}{gone}."


def _rule(findings: list[Finding], prefix: str, bold: Callable[[str], str]) -> list[str]:
    rule = findings[0].rule
    return [
        bold(f"{rule.severity} {rule.id} {rule.name}: {rule.title}"),
        *(f"  {_place(finding, prefix)}: {finding.found.message}" for finding in findings),
        *_wrapped("Why", rule.why),
        *_wrapped("Fix", rule.fix),
    ]


def _place(finding: Finding, prefix: str) -> str:
    found = finding.found
    return f"{prefix}{found.path}{f':{found.line}' if found.line else ''}"


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"    {label}: ",
        subsequent_indent=" " * 9,
        break_long_words=False,
        break_on_hyphens=False,
    )
