"""The day and the moment: the one place that asks a clock for them."""

from __future__ import annotations

import datetime as dt
import os


def today() -> dt.date:
    """Return the day in UTC; ``SOURCE_DATE_EPOCH`` fixes it, as for other programs that build."""
    return now().date()


def now() -> dt.datetime:
    """Return the moment in UTC; ``SOURCE_DATE_EPOCH`` fixes it."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    if fixed.isdecimal() and len(fixed) < len("9999999999999"):
        return dt.datetime.fromtimestamp(int(fixed), tz=dt.UTC)
    return dt.datetime.now(tz=dt.UTC)
