"""Whether a month's bill is within a budget."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import UsageError

if TYPE_CHECKING:
    from blueprint_cli.cost.cost import Cost, PlatformCost
    from blueprint_cli.patterns import Pattern

KEY: Final = "requirements.monthly_budget_usd"
OPTION: Final = "--budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A budget and a pattern's bill that it is compared with, in US dollars a month.

    ``source`` is the option or the key that says it. People have no part in either: the key is
    about the infrastructure.
    """

    usd: float
    source: str
    pattern: Pattern
    platform: str
    title: str
    expected_usd: float

    @property
    def exceeded(self) -> bool:
        """Whether the bill is above it."""
        return self.expected_usd > self.usd


def with_budget(cost: Cost, *, asked: str | None = None, platform: str | None = None) -> Cost:
    """Compare the bill at the expected load with a budget, where there are both.

    Args:
        cost: the bills.
        asked: what ``--budget`` says: a figure, or nothing for the one in the requirements; None
            where it was not given, then the figure in the requirements is compared as well.
        platform: where it runs; by default the cheapest of those whose prices are all known.

    Raises:
        UsageError: where there is no such platform; or where somebody asked, and the figure or a
            price is missing.
    """
    chosen = _chosen(cost, platform)
    usd, source = (_figure(asked), OPTION) if asked else (cost.budget_usd, KEY)
    if usd is None or chosen is None or chosen.expected.missing:
        if asked is None:
            return cost
        raise _cannot_tell(usd, chosen)
    budget = Budget(
        usd=usd,
        source=source,
        pattern=cost.pattern,
        platform=chosen.platform,
        title=chosen.title,
        expected_usd=chosen.expected.infrastructure_usd,
    )
    return replace(cost, budget=budget)


def _cannot_tell(usd: float | None, chosen: PlatformCost | None) -> UsageError:
    if usd is None:
        return UsageError(
            f"{OPTION} has no figure, and {KEY} is not known", hint=f"Give one: {OPTION} 500"
        )
    if chosen is None:
        return UsageError("no platform has all prices", hint="Give them: --prices FILE")
    return UsageError(
        f"the bill of {chosen.platform} is not whole: no price is known for "
        f"{', '.join(chosen.expected.missing)}",
        hint="Choose another one (--platform NAME), or give the prices (--prices FILE).",
    )


def _figure(text: str) -> float:
    try:
        usd = float(text.removeprefix("$").replace("_", ""))
    except ValueError:
        usd = math.nan
    if not (math.isfinite(usd) and usd >= 0):
        raise UsageError(
            f"{OPTION}: {text} is no number of US dollars", hint=f"Such as: {OPTION} 500"
        )
    return usd


def _chosen(cost: Cost, name: str | None) -> PlatformCost | None:
    """Return the platform of that name; without one the cheapest, at list prices if there are."""
    if name is None:
        whole = [one for one in cost.platforms if not one.expected.missing]
        return next((one for one in whole if not one.all_in), whole[0] if whole else None)
    names = {one.platform: one for one in cost.platforms}
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(
            f"there is no platform {name}{meant}", hint=f"There are: {', '.join(names)}."
        )
    return names[name]
