"""A report as JUnit XML, which every CI server shows: a test case for each rule and finding."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from blueprint_cli.checking.rules import RULES

if TYPE_CHECKING:
    from blueprint_cli.checking.check import Report
    from blueprint_cli.checking.finding import Finding, Rule


def as_junit(report: Report) -> str:
    """Return the report; an error fails its case, a warning or a note is printed by it."""
    cases = [case for rule in RULES for case in _cases(rule, report)]
    counts = {"tests": str(len(cases)), "failures": str(report.count("error"))}
    counts |= {"errors": "0", "skipped": "0"}
    suites = ET.Element("testsuites", {"name": "blueprint check", **counts})
    suite = ET.SubElement(suites, "testsuite", {"name": report.name, **counts})
    suite.extend(cases)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=False)


def _cases(rule: Rule, report: Report) -> list[ET.Element]:
    found = [finding for finding in report.findings if finding.rule is rule]
    return [_failed(finding) for finding in found] or [
        ET.Element("testcase", {"classname": rule.name, "name": f"{rule.id} {rule.title}"})
    ]


def _failed(finding: Finding) -> ET.Element:
    rule, found = finding.rule, finding.found
    place = f"{found.path}{f':{found.line}' if found.line else ''}"
    case = ET.Element(
        "testcase",
        {
            "classname": rule.name,
            "name": _allowed(f"{rule.id} {place}"),
            "file": _allowed(found.path),
        },
    )
    text = _allowed(f"{place} {found.message}\nWhy: {rule.why}\nFix: {rule.fix}")
    if rule.severity == "error":
        attributes = {"type": rule.id, "message": _allowed(found.message)}
        ET.SubElement(case, "failure", attributes).text = text
    else:
        ET.SubElement(case, "system-out").text = f"{rule.severity}: {text}"
    return case


def _allowed(text: str) -> str:
    """XML 1.0 has no place for most control characters, nor for bytes that are no UTF-8."""
    return "".join(
        character if character in "\t\n" or (character >= " " and character.isprintable()) else "?"
        for character in text
    )
