"""A report for people: what is wrong by rule, with the reason and the way out once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.spec.codes import SEVERITIES
from blueprint_cli.wrapping import Width, whole, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from blueprint_cli.checking.check import ProjectReport, Report
    from blueprint_cli.checking.finding import Finding
    from blueprint_cli.spec.codes import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the report is shown: what stands before a project's paths, width, and colours."""

    prefix: Callable[[Path], str] = lambda _: ""
    width: Width = None
    bold: Callable[[str], str] = str
    coloured: Callable[[Severity, str], str] = lambda _, text: text


PLAIN = Look()


def as_text(report: Report, look: Look = PLAIN) -> str:
    """Return the report."""
    lines: list[str] = []
    several = len(report.projects) > 1
    verdicts = [wrapped(verdict, look.width) for verdict in summaries(report)]
    for project, verdict in zip(report.projects, verdicts, strict=False):
        for _, group in itertools.groupby(project.findings, key=lambda finding: finding.rule.id):
            lines += [*_rule([*group], look, look.prefix(project.root)), ""]
        lines += [verdict, ""] if project.findings and several else [verdict]
    return "\n".join([*lines, *verdicts[len(report.projects) :]])


def summaries(report: Report) -> list[str]:
    """Return the last lines: the verdict on each project and, where there are several, on all."""
    verdicts = []
    for project in report.projects:
        template = f"{project.pattern} {project.rendered_version or ''}".strip()
        template += f", standard {project.standard.label}" if project.standard else ""
        known = f"; {project.known} known from the baseline" if project.known else ""
        gone = f"; {project.gone} of the baseline are gone, write it anew" if project.gone else ""
        fails = "" if project.ok or project.count("error") else f" (fails on {project.fail_on})"
        where = f" in {project.prefix.rstrip('/') or '.'}" if len(report.projects) > 1 else ""
        verdicts.append(
            f"{project.name}{where} ({template}): {counts(project)}{fails}{known}{gone}."
        )
    if len(verdicts) > 1:
        verdicts.append(f"{len(verdicts)} projects: {counts(report)}.")
    return verdicts


def counts(report: Report | ProjectReport) -> str:
    """Return how many findings of each severity there are, in words."""
    found = [
        f"{number} {severity if number == 1 else f'{severity}s'}"
        for severity in SEVERITIES
        if (number := report.count(severity))
    ]
    return ", ".join(found) or "nothing to report"


def _rule(findings: list[Finding], look: Look, prefix: str) -> list[str]:
    rule = findings[0].rule
    severity = look.coloured(findings[0].severity, findings[0].severity)
    title = look.bold(f"{rule.id} {rule.name}: {rule.title}")
    return [
        wrapped(f"{severity} {title}", look.width, "    ", ""),
        *(
            wrapped(f"{_place(finding, prefix)}: {finding.found.message}", look.width, "    ", "  ")
            for finding in findings
        ),
        *(
            wrapped(text, look.width, " " * 9, f"    {label}: ")
            for label, text in (("Why", rule.why), ("Fix", rule.fix))
        ),
    ]


def _place(finding: Finding, prefix: str) -> str:
    found = finding.found
    return whole(f"{prefix}{found.path}{f':{found.line}' if found.line else ''}")
