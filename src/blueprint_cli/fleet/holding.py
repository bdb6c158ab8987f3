"""What `check` would find in each project of a fleet that a candidate of a standard is held to."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli.checking.baseline import key_of
from blueprint_cli.checking.check import report_on
from blueprint_cli.checking.project import CheckedProject
from blueprint_cli.errors import BlueprintError
from blueprint_cli.fleet.members import name_of, projects_of
from blueprint_cli.fleet.trial import NewFinding, Trial, not_tried
from blueprint_cli.updating.update import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.check import ProjectReport
    from blueprint_cli.checking.finding import Finding
    from blueprint_cli.fleet.members import Member
    from blueprint_cli.standards.standard import Standard


def holdings_of(standard: Standard, member: Member) -> list[Trial]:
    """Hold what a member of a fleet has to a standard, and say what that alone brings to light."""
    try:
        with tempfile.TemporaryDirectory(prefix="hold-") as folder:
            return [_held(standard, one) for one in projects_of(member, Path(folder))]
    except BlueprintError as error:
        return [not_tried(member, error)]


def _held(standard: Standard, member: Member) -> Trial:
    root = member.root or Path()
    try:
        project = CheckedProject(root)
        if project.damage is not None:
            return not_tried(member, project.damage)
        before = report_on(project)
        now = report_on(CheckedProject(root, held_to=standard))
    except BlueprintError as error:
        return not_tried(member, error)
    found = tuple(_new(before, now))
    kept = project.standard
    version = project.record.render.version if project.record else ""
    return Trial(
        place=member.place,
        name=name_of(member),
        state="findings" if found else "unchanged",
        path=None if member.address else root,
        before=Version(now.pattern, version, kept.label if kept else ""),
        after=Version(now.pattern, version, standard.label),
        found=found,
    )


def _new(before: ProjectReport, now: ProjectReport) -> Iterator[NewFinding]:
    """Yield what is found now, or is graver now, and was not before."""
    known = Counter(_key(before, finding) for finding in before.findings)
    for finding in now.findings:
        key = _key(now, finding)
        if known[key]:
            known[key] -= 1
            continue
        yield NewFinding(
            id=finding.rule.id,
            severity=finding.severity,
            fails=now.fails(finding),
            path=finding.found.path,
            line=finding.found.line,
            message=finding.found.message,
            why=finding.rule.why,
            fix=finding.rule.fix,
        )


def _key(report: ProjectReport, finding: Finding) -> tuple[object, ...]:
    return *key_of(finding), finding.severity, report.fails(finding)
