"""The standard that a project keeps in its record, so that ``check`` asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.recommendation.request import requirements_files
from blueprint_cli.record.record import read_record
from blueprint_cli.record.render import names_standard
from blueprint_cli.spec.model import StandardChoice
from blueprint_cli.standards.model import FILE
from blueprint_cli.standards.standard import Standard, read_standard

if TYPE_CHECKING:
    from blueprint_cli.recommendation.request import Request
    from blueprint_cli.record.record import Record


def kept_standard(record: Record) -> Standard | None:
    """Return the standard of a record; None where the project has none.

    Raises:
        StandardInvalid: where it is not there, or this version cannot read it.
        DataFileInvalid: where rules or prices of it cannot be read.
    """
    render = record.render
    if not render.standard:
        return None
    choice = StandardChoice(
        source=render.standard, ref=render.standard_ref, commit=render.standard_commit
    )
    name = f"{FILE} of {choice.source}{f' {choice.ref}' if choice.ref else ''}"
    return read_standard(record.standard.get, choice, name)


def standard_behind(request: Request) -> Standard | None:
    """Return the standard of the project whose requirements are asked for; None without one.

    Raises:
        BlueprintError: where its record, or what is kept of the standard, cannot be read.
    """
    folders = [file.parent for file in requirements_files(request) if file.name == SPEC_FILE]
    if len(folders) != 1 or not names_standard(folders[0]):
        return None
    return kept_standard(read_record(folders[0]))
