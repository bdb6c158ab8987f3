"""An earlier run of the same project on the same machine, and whether this one is worse."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import BaselineInvalid

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.benching.run import Bench

FORMAT: Final = 1
# Worse by so many times what rounds of one run differ, and by more than a share of it.
TIMES: Final = 3.0
LEAST_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Worse:
    """A figure that is worse than the baseline's by more than noise."""

    name: str
    before: float
    now: float
    noise: float


def write(found: Bench) -> str:
    """Return a baseline as text."""
    return json.dumps({"format": FORMAT, "p95_ms": list(found.rounds), "knee": found.knee}) + "\n"


def read(path: Path) -> dict[str, Any]:
    """Read a baseline.

    Raises:
        BaselineInvalid: where it is none.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        rounds = [float(one) for one in said["p95_ms"]]
        if said["format"] != FORMAT or not rounds:
            raise ValueError("another format")  # noqa: TRY301 - it is said below
        return {"p95_ms": rounds, "knee": float(said["knee"])}
    except OSError as error:
        raise BaselineInvalid(
            f"{path} cannot be read: {error.strerror}", hint="Write one: --write-baseline FILE"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BaselineInvalid(
            f"{path} is no baseline of a bench", hint="Write one anew: --write-baseline FILE"
        ) from error


def worse(found: Bench, before: dict[str, Any]) -> tuple[Worse, ...]:
    """Return what is worse than an earlier run by more than rounds of one run differ."""
    earlier, now = statistics.median(before["p95_ms"]), statistics.median(found.rounds)
    noise = max(_spread(before["p95_ms"]), _spread(found.rounds), LEAST_SHARE * earlier)
    if now > earlier + TIMES * noise:
        return (Worse("p95_ms", earlier, now, noise),)
    return ()


def _spread(values: list[float] | tuple[float, ...]) -> float:
    """Return the median distance from the median."""
    middle = statistics.median(values)
    return statistics.median([abs(one - middle) for one in values])
