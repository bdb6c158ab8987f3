"""A report as JUnit XML, which every CI server shows: a test case for each rule and finding."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from blueprint_cli.reports.results import allowed

if TYPE_CHECKING:
    from blueprint_cli.checking.check import ProjectReport, Report
    from blueprint_cli.checking.finding import Finding, Rule


def as_junit(report: Report) -> str:
    """Return the report, a suite for each project, with a case for each rule that ran.

    What makes `check` fail fails its case; the rest is printed by it.
    """
    made = [_suite(project, several=len(report.projects) > 1) for project in report.projects]
    cases = sum(len(suite) for suite in made)
    suites = ET.Element("testsuites", {"name": "blueprint check", **_counts(cases, report)})
    suites.extend(made)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=False)


def _suite(project: ProjectReport, *, several: bool) -> ET.Element:
    cases = [case for rule in project.rules for case in _cases(rule, project)]
    name = f"{project.prefix}{project.name}" if several else project.name
    suite = ET.Element("testsuite", {"name": allowed(name), **_counts(len(cases), project)})
    suite.extend(cases)
    return suite


def _counts(cases: int, report: Report | ProjectReport) -> dict[str, str]:
    failures = str(report.failing)
    return {"tests": str(cases), "failures": failures, "errors": "0", "skipped": "0"}


def _cases(rule: Rule, project: ProjectReport) -> list[ET.Element]:
    found = [finding for finding in project.findings if finding.rule is rule]
    return [_found(finding, project) for finding in found] or [
        ET.Element("testcase", {"classname": rule.name, "name": f"{rule.id} {rule.title}"})
    ]


def _found(finding: Finding, project: ProjectReport) -> ET.Element:
    rule, found = finding.rule, finding.found
    place = f"{found.path}{f':{found.line}' if found.line else ''}"
    case = ET.Element(
        "testcase",
        {
            "classname": rule.name,
            "name": allowed(f"{rule.id} {place}"),
            "file": allowed(f"{project.prefix}{found.path}"),
        },
    )
    text = allowed(f"{place} {found.message}\nWhy: {rule.why}\nFix: {rule.fix}")
    if project.fails(finding):
        attributes = {"type": rule.id, "message": allowed(found.message)}
        ET.SubElement(case, "failure", attributes).text = text
    else:
        ET.SubElement(case, "system-out").text = f"{finding.severity}: {text}"
    return case
