"""Latencies in a High Dynamic Range histogram: three digits from a microsecond to a minute."""

from __future__ import annotations

from typing import Final, Self

from hdrh.histogram import HdrHistogram

LOWEST_US: Final = 1
HIGHEST_US: Final = 60_000_000
DIGITS: Final = 3
PER_MS: Final = 1000


class Histogram:
    """Counts of milliseconds; two of them merge without loss."""

    __slots__ = ("_counts",)

    def __init__(self, encoded: str = "") -> None:
        self._counts = (
            HdrHistogram.decode(encoded) if encoded else HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)
        )

    def record(self, milliseconds: float) -> None:
        """Count one; longer than a minute is a minute."""
        self._counts.record_value(min(HIGHEST_US, max(LOWEST_US, round(milliseconds * PER_MS))))

    def add(self, other: Self) -> None:
        """Take in another's counts."""
        self._counts.add(other._counts)

    def percentile(self, percent: float) -> float:
        """Return the milliseconds within which that share lies; 0 where nothing was counted."""
        if not self.count:
            return 0.0
        return float(self._counts.get_value_at_percentile(percent)) / PER_MS

    @property
    def count(self) -> int:
        """How many were counted."""
        return int(self._counts.get_total_count())

    def encoded(self) -> str:
        """Return it as text, in the format of HdrHistogram's other implementations."""
        text = self._counts.encode()
        return text.decode() if isinstance(text, bytes) else str(text)
