"""A report as SARIF 2.1.0, which code scanning shows and keeps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from blueprint_cli.checking.baseline import key_of
from blueprint_cli.checking.explanation import as_markdown, as_plain
from blueprint_cli.version import documentation

if TYPE_CHECKING:
    from blueprint_cli.checking.check import ProjectReport, Report
    from blueprint_cli.checking.finding import Finding, Rule

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# A heading of docs/check.md, as GitHub makes an anchor of it.
RULE: Final = "#{0}-{1}"


def as_sarif(report: Report) -> str:
    """Return the report, a run for each project.

    Paths are those of the repository, because there it is read.
    """
    runs = [_run(project) for project in report.projects]
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "backslashreplace").decode()  # Bytes of a path that are no UTF-8.


def _run(project: ProjectReport) -> dict[str, Any]:
    prefix = project.prefix
    address = documentation()
    return {
        "tool": {
            "driver": {
                "name": "blueprint",
                "informationUri": address,
                "semanticVersion": project.installed_version,
                "rules": [
                    {
                        "id": rule.id,
                        "name": rule.name,
                        "shortDescription": {"text": rule.title},
                        "fullDescription": {"text": rule.why},
                        "help": {"text": as_plain(rule), "markdown": as_markdown(rule)},
                        **_help_address(rule, address),
                        "defaultConfiguration": {"level": rule.severity},
                    }
                    for rule in project.every_rule
                ],
            }
        },
        # Code scanning tells the runs of one upload apart by it.
        "automationDetails": {"id": f"blueprint/{quote(prefix, errors='surrogateescape')}"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, project) for finding in project.findings],
    }


def _help_address(rule: Rule, address: str) -> dict[str, str]:
    """Only our own rules have a page."""
    if rule.standard:
        return {}
    return {"helpUri": f"{address}{RULE.format(rule.id.lower(), rule.name)}"}


def _result(finding: Finding, project: ProjectReport) -> dict[str, Any]:
    rule, found = finding.rule, finding.found
    place = quote(f"{project.prefix}{found.path}", errors="surrogateescape")
    return {
        "ruleId": rule.id,
        "ruleIndex": project.every_rule.index(rule),
        "level": finding.severity,
        "message": {"text": f"{found.path} {found.message}. {rule.fix}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": place, "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": found.line or 1},
                }
            }
        ],
        "partialFingerprints": {"blueprint/v1": key_of(finding)[2]},
    }
