"""A report as the keys that docs/json.md promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from blueprint_cli.checking.check import ProjectReport, Report


def as_document(report: Report) -> dict[str, Any]:
    """Return the report as plain data: the totals, then each project."""
    return {
        **_verdict(report),
        "baseline": {
            "known": sum(project.known for project in report.projects),
            "gone": sum(project.gone for project in report.projects),
        },
        "projects": [_project(project) for project in report.projects],
    }


def _standard(project: ProjectReport) -> dict[str, Any] | None:
    standard = project.standard
    if standard is None:
        return None
    return {
        "name": standard.says.name,
        "version": standard.version,
        **standard.choice.model_dump(),
    }


def _verdict(report: Report | ProjectReport) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "errors": report.count("error"),
        "warnings": report.count("warning"),
        "notes": report.count("note"),
    }


def _project(project: ProjectReport) -> dict[str, Any]:
    return {
        "project": {"name": project.name, "path": str(project.root)},
        "pattern": project.pattern,
        "template": {"version": project.rendered_version, "installed": project.installed_version},
        "standard": _standard(project),
        **_verdict(project),
        "fail_on": project.fail_on,
        "baseline": {"known": project.known, "gone": project.gone},
        "findings": [
            {
                "id": finding.rule.id,
                "name": finding.rule.name,
                "severity": finding.severity,
                "path": finding.found.path,
                "line": finding.found.line,
                "message": finding.found.message,
                "why": finding.rule.why,
                "fix": finding.rule.fix,
                "standard": finding.rule.standard or None,
            }
            for finding in project.findings
        ],
    }
