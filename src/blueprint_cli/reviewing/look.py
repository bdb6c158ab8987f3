"""Over what Prometheus is asked: a server, a time, and what selects one project's series."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from blueprint_cli.prometheus import Prometheus, Sample

POINTS: Final = 1000
RATE: Final = 300
DAY: Final = 86_400
NOT_OPERATORS: Final = 'route!~"/(livez|readyz|metrics|internal/.*)"'


@dataclass(frozen=True, slots=True)
class Look:
    """Over what is looked: a server, a time until ``end``, and what selects this project."""

    server: Prometheus
    seconds: int
    end: float
    matchers: str

    @property
    def window(self) -> str:
        """The time as PromQL has it."""
        return f"{self.seconds}s"

    @property
    def step(self) -> int:
        """Seconds between the points of a series, whole minutes."""
        return max(60, math.ceil(self.seconds / POINTS / 60) * 60)

    @property
    def rate(self) -> str:
        """Over how long a rate is taken."""
        return f"{max(RATE, self.step)}s"

    @property
    def source(self) -> str:
        """Where a figure comes from, in words."""
        size, unit = next(
            (size, unit)
            for size, unit in ((DAY, "days"), (3600, "hours"), (60, "minutes"))
            if self.seconds >= size
        )
        over = f"{self.seconds / size:g} {unit}"
        until = dt.datetime.fromtimestamp(self.end, tz=dt.UTC)
        return f"Prometheus, {over} until {until:%Y-%m-%d %H:%M} UTC"

    def of(self, metric: str, *matchers: str) -> str:
        """Return a metric of this project."""
        inside = ",".join(one for one in (self.matchers, *matchers) if one)
        return f"{metric}{{{inside}}}" if inside else metric

    def series(self, query: str) -> list[Sample]:
        """Return the one series of a query; empty where there is none."""
        found = self.server.series(query, self.end - self.seconds, self.end, self.step)
        return found[0][1] if found else []

    def number(self, query: str) -> float | None:
        """Return the one number of a query at the end of the time."""
        return self.server.number(query, self.end)
