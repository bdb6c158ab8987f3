"""The same for a team's standard: it can be read, and its checks find what they are to find."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli.errors import StandardInvalid
from blueprint_cli.reports.results import Tested, Tests
from blueprint_cli.standards.model import FILE
from blueprint_cli.standards.opening import open_folder, open_standard
from blueprint_cli.standards.testing import run

if TYPE_CHECKING:
    from blueprint_cli.reports.results import State


def is_standard(source: str) -> bool:
    """Whether a folder holds a standard."""
    return (Path(source) / FILE).is_file()


def lint_standard(source: str) -> Tests:
    """Read a standard; of a folder what is in it now, committed or not."""
    return _tried(source, with_samples=False)


def try_standard(source: str) -> Tests:
    """Read a standard, and run the samples beside its checks."""
    return _tried(source, with_samples=True)


def _tried(source: str, *, with_samples: bool) -> Tests:
    folder = Path(source)
    try:
        standard = open_folder(folder) if folder.is_dir() else open_standard(source)
    except StandardInvalid as error:
        told = "\n".join([error.message, *map(str, error.problems)])
        return Tests(source, (Tested("standard", f"{FILE} can be read", "failed", told),))
    tested = [Tested("standard", f"{FILE} can be read")]
    for result in run(standard) if with_samples else ():
        state: State = "passed" if result.ok else "failed"
        tested.append(Tested(result.check.id, result.name, state, result.problem))
    return Tests(source, tuple(tested), (f"standard {standard.label}".rstrip(),))
