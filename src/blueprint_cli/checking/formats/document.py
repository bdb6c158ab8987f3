"""A report as the keys that docs/json.md promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from blueprint_cli.checking.check import Report


def as_document(report: Report) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "project": {"name": report.name, "path": str(report.root)},
        "pattern": report.pattern,
        "template": {"version": report.rendered_version, "installed": report.installed_version},
        "ok": report.ok,
        "errors": report.count("error"),
        "warnings": report.count("warning"),
        "notes": report.count("note"),
        "baseline": {"known": report.known, "gone": report.gone},
        "findings": [
            {
                "id": finding.rule.id,
                "name": finding.rule.name,
                "severity": finding.rule.severity,
                "path": finding.found.path,
                "line": finding.found.line,
                "message": finding.found.message,
                "why": finding.rule.why,
                "fix": finding.rule.fix,
            }
            for finding in report.findings
        ],
    }
