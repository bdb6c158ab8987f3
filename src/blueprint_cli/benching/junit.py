"""A bench as JUnit XML: a case for each thing that it is held to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.reports.results import Tested, Tests
from blueprint_cli.reports.results import as_junit as written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.benching.baseline import Baseline, Worse
    from blueprint_cli.benching.command import Result

# What a fault is called, and the case that it fails.
LOOKED_AT: Final = {
    "memory": "no process's memory grows",
    "outbox": "messages are delivered",
    "unsettled": "what began is settled",
    "events": "events come to their consumers",
    "consumer": "consumers keep up",
    "silent": "every process answers",
}

# What is told by the moments that a project stamps.
STAMPED: Final = frozenset({"outbox", "unsettled", "events"})


def as_junit(result: Result, worse: tuple[Worse, ...] = (), before: Baseline | None = None) -> str:
    """Return the verdict; of a run that is worth nothing one case, which failed."""
    cases = tuple(_cases(result, worse, before))
    return written(Tests(result.spec.project.name, cases), name="blueprint bench")


def _cases(result: Result, worse: tuple[Worse, ...], before: Baseline | None) -> Iterator[Tested]:
    invalid = result.bench.invalid
    yield _case("run", "the run is worth something", invalid)
    if invalid:
        return
    for one in result.verdict.held:
        kept = "" if one.kept else f"{one.measured:,.1f} {one.unit}, promised {one.promised:g}"
        yield _case("slo", one.name, kept)
    for name, what in LOOKED_AT.items():
        said = [one.message for one in result.verdict.faults if one.name == name]
        unknown = "" if said else _unknown(result, name)
        if unknown:
            yield Tested("project", what, "skipped", unknown)
        else:
            yield _case("project", what, "\n".join(said))
    if before is not None:
        yield _case("baseline", "nothing is worse", "\n".join(map(str, worse)))


def _unknown(result: Result, name: str) -> str:
    """Say why nobody knows whether something is wrong; empty where somebody does."""
    seen = result.observed
    if name == "memory":
        return "" if seen.processes else seen.unknown or "nothing tells of its processes"
    if seen.unknown and (result.url or name in STAMPED):
        return seen.unknown
    return "of a project that is up nobody tells" if result.url and name != "outbox" else ""


def _case(of: str, what: str, why: str) -> Tested:
    return Tested(of, what, "failed" if why else "passed", why)
