"""Within opening hours: Monday to Friday, 8 to 18 o'clock in UTC."""

from __future__ import annotations

from datetime import UTC, time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from clinic.domain.appointment import Appointment
    from clinic.domain.callers import Caller

OPENS: Final = time(8)
CLOSES: Final = time(18)
SATURDAY: Final = 5


def within_opening_hours(row: Appointment, now: datetime, me: Caller | None) -> bool:
    """Whether an appointment begins and ends while the clinic is open, on one day."""
    begins, ends = row.starts_at.astimezone(UTC), row.ends_at.astimezone(UTC)
    return (
        begins.date() == ends.date()
        and begins.weekday() < SATURDAY
        and begins.time() >= OPENS
        and ends.time() <= CLOSES
    )
