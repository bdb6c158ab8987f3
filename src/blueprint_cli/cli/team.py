"""What a project's standard has to say where something is recommended or priced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blueprint_cli.cost.books import Book
    from blueprint_cli.recommendation.request import Request


def with_team(request: Request) -> tuple[Request, tuple[Book, ...]]:
    """Return a request with the rules of the project's standard, and its price books.

    Raises:
        BlueprintError: where what is kept of the standard cannot be read.
    """
    from blueprint_cli.recommendation.request import requirements_files
    from blueprint_cli.record.render import names_standard

    if not any(names_standard(file.parent) for file in requirements_files(request)):
        return request, ()  # The model and the rest take 100 ms.
    from blueprint_cli.standards.kept import standard_behind

    standard = standard_behind(request)
    if standard is None:
        return request, ()
    return replace(request, team_rules=standard.rules), standard.books
