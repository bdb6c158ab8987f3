"""A report for people: what is wrong by rule, with the reason and the way out once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.checking.finding import SEVERITIES
from blueprint_cli.wrapping import Width, whole, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from blueprint_cli.checking.check import Report
    from blueprint_cli.checking.finding import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the report is shown: what stands before each path, in which width, in what colours."""

    prefix: str = ""
    width: Width = None
    bold: Callable[[str], str] = str
    coloured: Callable[[Severity, str], str] = lambda _, text: text


PLAIN = Look()


def as_text(report: Report, look: Look = PLAIN) -> str:
    """Return the report."""
    lines: list[str] = []
    for _, group in itertools.groupby(report.findings, key=lambda finding: finding.rule.id):
        lines += [*_rule([*group], look), ""]
    return "\n".join([*lines, wrapped(summary(report), look.width)])


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


def _rule(findings: list[Finding], look: Look) -> list[str]:
    rule = findings[0].rule
    severity = look.coloured(rule.severity, rule.severity)
    title = look.bold(f"{rule.id} {rule.name}: {rule.title}")
    return [
        wrapped(f"{severity} {title}", look.width, "    ", ""),
        *(
            wrapped(f"{_place(finding, look)}: {finding.found.message}", look.width, "    ", "  ")
            for finding in findings
        ),
        *(
            wrapped(text, look.width, " " * 9, f"    {label}: ")
            for label, text in (("Why", rule.why), ("Fix", rule.fix))
        ),
    ]


def _place(finding: Finding, look: Look) -> str:
    found = finding.found
    return whole(f"{look.prefix}{found.path}{f':{found.line}' if found.line else ''}")
