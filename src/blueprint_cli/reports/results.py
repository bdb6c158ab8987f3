"""What was looked at and what came of it, a template or a running project, and as JUnit XML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Sequence

State = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Tested:
    """One thing that was looked at: ``of`` is the case, ``what`` was looked for, ``why`` it failed.

    ``notes`` are worth knowing where it passed.
    """

    of: str
    what: str
    state: State = "passed"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Tests:
    """Everything that was looked at in one source; ``said`` is what has to be known about it."""

    source: str
    tested: tuple[Tested, ...]
    said: tuple[str, ...] = field(default=())

    @property
    def failed(self) -> tuple[Tested, ...]:
        """What failed."""
        return tuple(one for one in self.tested if one.state == "failed")


def as_junit(tests: Tests, name: str = "blueprint templates test") -> str:
    """Return the results, a case of JUnit's for each; ``name`` is the command's."""
    counts = {
        "tests": str(len(tests.tested)),
        "failures": str(len(tests.failed)),
        "errors": "0",
        "skipped": str(sum(one.state == "skipped" for one in tests.tested)),
    }
    suites = ET.Element("testsuites", {"name": name, **counts})
    suite = ET.SubElement(suites, "testsuite", {"name": allowed(tests.source), **counts})
    suite.extend(_case(one) for one in tests.tested)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=False)


def _case(one: Tested) -> ET.Element:
    case = ET.Element("testcase", {"classname": allowed(one.of), "name": allowed(one.what)})
    if one.state == "failed":
        ET.SubElement(
            case, "failure", {"message": allowed(one.why.partition("\n")[0])}
        ).text = allowed(one.why)
    elif one.state == "skipped":
        ET.SubElement(case, "skipped", {"message": allowed(one.why)})
    return case


def failures(of: str, what: str, found: Sequence[str]) -> Tested:
    """Return one result: failed where something was found."""
    if not found:
        return Tested(of, what)
    return Tested(of, what, "failed", "\n".join(found))


def allowed(text: str) -> str:
    """XML 1.0 has no place for most control characters, nor for bytes that are no UTF-8."""
    return "".join(
        character if character in "\t\n" or (character >= " " and character.isprintable()) else "?"
        for character in text
    )
