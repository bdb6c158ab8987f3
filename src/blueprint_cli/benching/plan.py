"""How long a bench takes: at the SLO's rate, and beyond it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.run import MOST_STEPS, ROUNDS, STEP_SECONDS, WARM_UP_SECONDS
from blueprint_cli.errors import Failed, UsageError

if TYPE_CHECKING:
    from blueprint_cli.spec.model import Spec

SECONDS: Final = 30.0
LEAST_SECONDS: Final = 3.0 * ROUNDS
# The rest after the SLO's rate, reading what was recorded, the end of the processes.
AROUND_SECONDS: Final = 15.0
# The SLO's rate has that share of what is left; the other is for what lies beyond it.
HELD: Final = 0.5
# What a start takes on two cores with little else to do, with and beside each service; and how many
# rows of an entity, or logins of its readers, are made in a second.
START_SECONDS: Final = 6.0
SERVICE_SECONDS: Final = 2.0
ROWS_A_SECOND: Final = 100.0


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


def check_budget(minutes: float, spec: Spec, *, started: bool) -> None:
    """Refuse a budget that is too small whatever happens, before anything is started.

    Args:
        minutes: the budget.
        spec: the project's, whose services start and whose rows are made.
        started: whether the project is started for the run.

    Raises:
        UsageError: saying what the least is.
    """
    least = WARM_UP_SECONDS + AROUND_SECONDS + LEAST_SECONDS + _before(spec, started=started)
    if 60 * minutes < least:
        raise UsageError(
            f"--budget-minutes {minutes:g} is too small: "
            f"it takes {_up(least / 60):.1f} min at least",
            hint=f"{WARM_UP_SECONDS:g} s of warm-up, {LEAST_SECONDS:g} s at the SLO's rate, about "
            f"{AROUND_SECONDS:g} s of rest and end; the rest is to "
            f"{'start the project and make' if started else 'make'} its rows.",
        )


def _before(spec: Spec, *, started: bool) -> float:
    """Return the seconds before the load, of a machine that has little else to do."""
    contexts = spec.domain.contexts
    entities = sum(len(one.entities) for one in contexts) + ("catalog" in spec.contexts)
    rows = entities * spec.slo.workload.rows / ROWS_A_SECOND
    if not started:
        return rows
    services = 1 if spec.pattern == "monolith" else len(spec.contexts)
    return START_SECONDS + SERVICE_SECONDS * services + rows


def _up(minutes: float) -> float:
    """Return them in tenths, and none too few."""
    return math.ceil(10 * minutes) / 10


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
