"""``--assume NAME=NUMBER`` on the command line."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING

from blueprint_cli.errors import UsageError
from blueprint_cli.recommendation.rules import ASSUMED, COST_ASSUMED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def parse_assumptions(
    texts: Sequence[str], known: Mapping[str, tuple[float, float]] = ASSUMED | COST_ASSUMED
) -> dict[str, float]:
    """Return the assumptions that were changed.

    Raises:
        UsageError: where a name is unknown or a number does not fit.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.partition("=")
        if not equals:
            raise UsageError(f"--assume {text} is not of the form NAME=NUMBER")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}"
            raise UsageError(f"--assume {text}: nothing assumes {name}", hint=hint)
        least, most = known[name]
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise UsageError(
                f"--assume {text}: {number or 'nothing'} does not fit",
                hint=f"Allowed: a number from {least:g} to {most:g}.",
            )
        found[name] = value
    return found
