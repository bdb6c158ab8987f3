"""The day: the one place that asks a clock for it."""

from __future__ import annotations

import datetime as dt
import os


def today() -> dt.date:
    """Return the day in UTC; ``SOURCE_DATE_EPOCH`` fixes it, as for other programs that build."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    if fixed.isdecimal() and len(fixed) < len("9999999999999"):
        return dt.datetime.fromtimestamp(int(fixed), tz=dt.UTC).date()
    return dt.datetime.now(tz=dt.UTC).date()
