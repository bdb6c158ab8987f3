"""Testing a standard: each of its checks over the samples that stand beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from blueprint_cli.standards.checks import Sample, broken_by
from blueprint_cli.standards.expressions import Budget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.standards.checks import Broken
    from blueprint_cli.standards.model import OwnCheck
    from blueprint_cli.standards.standard import Standard

Expected = Literal["passes", "fails"]
WANTED: Final[tuple[Expected, ...]] = ("passes", "fails")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleResult:
    """One sample of a check, or the lack of one.

    ``index`` counts from 0 among the samples of its kind; None where a check has none of them.
    ``found`` is what the check finds in it, ``problem`` what is wrong; empty where nothing is.
    """

    check: OwnCheck
    expected: Expected
    index: int | None
    found: tuple[Broken, ...] = ()
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the check does what the sample says."""
        return not self.problem

    @property
    def name(self) -> str:
        """What a report calls it: ``ACME-001 fails[0]``."""
        place = "" if self.index is None else f"[{self.index}]"
        return f"{self.check.id} {self.expected}{place}"


def run(standard: Standard) -> tuple[SampleResult, ...]:
    """Run every check of a standard over its own samples, in the order of its file.

    A check has to have a sample of each kind: one without has nobody to say that it finds what it
    is for, and nothing else.
    """
    return tuple(result for check in standard.says.checks for result in _of(check))


def _of(check: OwnCheck) -> Iterator[SampleResult]:
    for expected in WANTED:
        samples = getattr(check.tests, expected)
        if not samples:
            problem = f"tests.{expected} has no sample"
            yield SampleResult(check=check, expected=expected, index=None, problem=problem)
        for index, files in enumerate(samples):
            found = tuple(broken_by(check, Sample(files), Budget()))
            problem = _problem(expected, found)
            yield SampleResult(
                check=check, expected=expected, index=index, found=found, problem=problem
            )


def _problem(expected: Expected, found: tuple[Broken, ...]) -> str:
    if expected == "fails":
        return "" if found else "it finds nothing"
    places = (f"{one.path}{f':{one.line}' if one.line else ''} {one.message}" for one in found)
    return f"it finds: {'; '.join(places)}" if found else ""
