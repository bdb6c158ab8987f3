"""Each requirement: what `blueprint.yaml` says of it beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.recommendation.rules import REQUIREMENTS

if TYPE_CHECKING:
    from blueprint_cli.recommendation.rules import Value
    from blueprint_cli.reviewing.figures import Figure

# What is wanted stays wanted, whatever is measured; a figure beside it says whether it is had.
WANTED: Final = (
    "p95_latency_ms",
    "availability_percent",
    "time_to_first_release_weeks",
    "monthly_budget_usd",
)
# Those of them that a running project keeps or misses every day.
OF_RUNNING: Final = ("p95_latency_ms", "availability_percent")


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement: what `blueprint.yaml` says, what was measured, and how the two compare.

    ``wanted`` tells a wish from an assumption; ``met`` is None where nobody knows. ``used`` is what
    the new recommendation goes by.
    """

    key: str
    label: str
    said: Value | None
    figure: Figure
    wanted: bool
    met: bool | None
    used: Value | None


def row_of(key: str, label: str, said: Value | None, figure: Figure) -> Row:
    """Return a requirement beside its measurement; a fact that was measured goes before."""
    wanted = key in WANTED
    met: bool | None = None
    if wanted and figure.value is not None and said is not None:
        limit = float(said)
        met = figure.value >= limit if key == "availability_percent" else figure.value <= limit
    used = said
    if figure.value is not None and not wanted:
        used = _as_answer(key, figure.value)
    return Row(key, label, said, figure, wanted, met, used)


def _as_answer(key: str, value: float) -> Value:
    """Return a measured number as `blueprint.yaml` would have it."""
    kind = REQUIREMENTS[key]
    value = min(kind.most, max(kind.least, value))
    return round(value) if kind.kind == "integer" else float(value)
