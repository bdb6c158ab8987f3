"""``.blueprint/measured.json``: how far a project's predictions were off, kept by ``review``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import RecordDamaged
from blueprint_cli.layout import MEASURED
from blueprint_cli.recommendation.rules import ASSUMED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from blueprint_cli.recommendation.rules import Assumption, Rules

FORMAT: Final = 1
# What each factor corrects, by the assumption that holds it.
FACTORS: Final = {"measured_capacity": "capacity", "measured_p95": "p95"}
REMOVE: Final = "blueprint review --forget"


@dataclass(frozen=True, slots=True)
class Corrections:
    """Measured over predicted, of the model as it is shipped; 1 where that was not measured.

    ``source`` says what measured it, and on what.
    """

    capacity: float
    p95: float
    source: str


def read_corrections(project: Path) -> Corrections | None:
    """Return what a project keeps; None where it keeps none.

    Raises:
        RecordDamaged: where there is a file that cannot be read.
    """
    path = project / MEASURED
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
        kept = Corrections(float(found["capacity"]), float(found["p95"]), str(found["source"]))
        if found["format"] != FORMAT or not _fits(kept):
            raise ValueError("another format")  # noqa: TRY301 - it is said below
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RecordDamaged(
            f"{MEASURED} does not hold how far predictions were off",
            hint=f"Remove it, or restore it from git: {REMOVE}",
        ) from error
    return kept


def corrections_text(kept: Corrections) -> str:
    """Return the file's text."""
    return json.dumps({"format": FORMAT, **asdict(kept)}, ensure_ascii=False, indent=1) + "\n"


def within_limits(factor: float, of: str) -> float:
    """Return a factor that the file may hold: one that is further off is the limit."""
    name = next(name for name, what in FACTORS.items() if what == of)
    least, most = ASSUMED[name]
    return round(min(most, max(least, factor)), 3)


def corrected(rules: Rules, kept: Corrections | None) -> Rules:
    """Return rules whose estimates are corrected by what a project keeps."""
    if kept is None:
        return rules
    source = f"{kept.source}; {REMOVE} removes it"
    changed = {
        name: replace(rules.assumptions[name], value=getattr(kept, what), source=source)
        for name, what in FACTORS.items()
        if getattr(kept, what) != 1
    }
    return replace(rules, assumptions={**rules.assumptions, **changed})


def factors_of(kept: Corrections) -> str:
    """Say how far predictions are off, and what measured it; empty where they are not."""
    factors = [
        f"{what} {getattr(kept, what):g} times"
        for what in FACTORS.values()
        if getattr(kept, what) != 1
    ]
    return f"{' and '.join(factors)} what is predicted ({kept.source})" if factors else ""


def said_of(assumptions: Iterable[Assumption]) -> str:
    """Say how what stands on some assumptions is corrected; empty where it is not."""
    found = [one for one in assumptions if one.name in FACTORS and one.value != 1]
    values = {"capacity": 1.0, "p95": 1.0} | {FACTORS[one.name]: one.value for one in found}
    sources = "; ".join(dict.fromkeys(one.source for one in found))
    return said(Corrections(**values, source=sources))


def said(kept: Corrections) -> str:
    """Say that estimates are corrected, and by what; empty where they are not."""
    factors = factors_of(kept)
    return f"Estimates are corrected by what was measured: {factors}." if factors else ""


def _fits(kept: Corrections) -> bool:
    return all(
        ASSUMED[name][0] <= getattr(kept, what) <= ASSUMED[name][1]
        for name, what in FACTORS.items()
    )
