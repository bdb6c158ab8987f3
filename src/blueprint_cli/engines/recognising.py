"""Which program a team's template was written for, by its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprint_cli.errors import SourceRefused

if TYPE_CHECKING:
    from blueprint_cli.engines.engine import TeamTemplate
    from blueprint_cli.sources.fetching import Fetched


def open_template(fetched: Fetched, *, trusted: bool = False) -> TeamTemplate:
    """Return the template that a source holds.

    Raises:
        SourceRefused: where it holds none.
    """
    raise SourceRefused(f"{fetched.address.given} holds no template (trusted: {trusted})")
