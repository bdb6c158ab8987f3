"""How long a bench takes: at the SLO's rate, and beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from blueprint_cli.benching.run import MOST_STEPS, ROUNDS, STEP_SECONDS, WARM_UP_SECONDS
from blueprint_cli.errors import Failed

SECONDS: Final = 30.0
LEAST_SECONDS: Final = 3.0 * ROUNDS
# The rest after the SLO's rate, reading what was recorded, the end of the processes.
AROUND_SECONDS: Final = 15.0
# The SLO's rate has that share of what is left; the other is for what lies beyond it.
HELD: Final = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """Seconds at the SLO's rate, and how many steps beyond it are tried at most."""

    seconds: float = SECONDS
    steps: int = MOST_STEPS

    def __str__(self) -> str:
        """Return it as one reads it."""
        beyond = f", then at most {self.steps} rates of {STEP_SECONDS:g} s" if self.steps else ""
        return (
            f"{WARM_UP_SECONDS:g} s of warm-up, {self.seconds:.0f} s at the SLO's rate in {ROUNDS} "
            f"rounds{beyond}"
        )


def within(minutes: float, *, spent: float, climb: bool) -> Plan:
    """Return what fits into a budget of minutes, of which some seconds are spent.

    Raises:
        Failed: where too little is left.
    """
    left = 60 * minutes - spent - WARM_UP_SECONDS - AROUND_SECONDS
    if left < LEAST_SECONDS:
        least = (spent + WARM_UP_SECONDS + AROUND_SECONDS + LEAST_SECONDS) / 60
        raise Failed(
            f"{minutes:g} min are too small a budget: it takes {least:.1f} min at least, "
            f"{spent:.0f} s of them to start the project and make its rows",
            hint="Give more with --budget-minutes, or fewer rows in slo.workload.",
        )
    seconds = max(LEAST_SECONDS, HELD * left) if climb else left
    steps = min(MOST_STEPS, int((left - seconds) / (STEP_SECONDS + 0.5))) if climb else 0
    # What steps do not need goes to the rate that is promised.
    return Plan(left - steps * (STEP_SECONDS + 0.5), steps)
