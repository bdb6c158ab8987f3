"""Numbers as people write them: ``2k``, ``1.5M``, ``99.95%``, ``3 months``, ``1M/day``."""

from __future__ import annotations

import math
import re
from typing import Final

WEEKS_A_MONTH: Final = 52 / 12
MULTIPLIERS: Final = {"k": 1e3, "m": 1e6, "b": 1e9, "thousand": 1e3, "million": 1e6, "billion": 1e9}
NUMBER: Final = re.compile(
    r"""(?P<sign>[-+]?)
    (?: (?P<grouped>[1-9]\d{0,2}(?:[,_'\ ]\d{3})+(?:\.\d+)?)
      | (?P<comma>\d+,\d+)
      | (?P<plain>\d+(?:\.\d*)?|\.\d+)(?P<exponent>e[-+]?\d{1,3})? )
    (?P<rest>.*)""",
    re.VERBOSE | re.DOTALL,
)
SPACES: Final = re.compile(r"[\s\u00a0\u2009\u202f]+")

_PER: Final = {
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "min": 1 / 60,
    "minute": 1 / 60,
    "h": 1 / 3600,
    "hour": 1 / 3600,
    "d": 1 / 86400,
    "day": 1 / 86400,
}


def _rates(*things: str) -> dict[str, float]:
    """Every way to write a rate of these things, and how many a second one of it is."""
    return {
        f"{thing}{per}{period}": factor
        for thing in ("", *things)
        for per in ("/", "per", "a", "an", "each")
        for period, factor in _PER.items()
    } | dict.fromkeys(("rps", "eps", *things), 1.0)


def _money() -> dict[str, float]:
    periods = {"": 1.0, "month": 1.0, "mo": 1.0, "monthly": 1.0, "year": 1 / 12, "yearly": 1 / 12}
    return {
        f"{currency}{per if period else ''}{period}": factor
        for currency in ("", "$", "usd", "dollar", "dollars", "usdollars")
        for per in ("", "/", "per", "a")
        for period, factor in periods.items()
    }


# What may stand behind a number, without spaces and in lower case, and what one of it is worth.
UNITS: Final[dict[str, dict[str, float]]] = {
    "people": dict.fromkeys(("people", "persons", "person", "developers", "developer", "devs"), 1),
    "teams": dict.fromkeys(("teams", "team"), 1),
    "contexts": dict.fromkeys(("contexts", "context", "parts", "part"), 1),
    "readers": dict.fromkeys(("readers", "reader", "consumers", "consumer"), 1),
    "times": dict.fromkeys(("x", "times", ":1", "to1", "\u00d7"), 1),
    "%": dict.fromkeys(("%", "percent", "pct"), 1),
    "requests/s": _rates("requests", "request", "req", "reqs"),
    "events/s": _rates("events", "event", "messages", "message"),
    "USD/month": _money(),
    "ms": {
        **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1),
        **dict.fromkeys(("s", "sec", "second", "seconds"), 1000),
        **dict.fromkeys(("min", "minute", "minutes"), 60_000),
    },
    "weeks": {
        **dict.fromkeys(("w", "week", "weeks"), 1),
        **dict.fromkeys(("d", "day", "days"), 1 / 7),
        **dict.fromkeys(("mo", "month", "months"), WEEKS_A_MONTH),
        **dict.fromkeys(("quarter", "quarters"), 13),
        **dict.fromkeys(("y", "year", "years"), 52),
    },
}
# With these, m could be minutes or months.
TIMES: Final = ("ms", "weeks")


class NotUnderstood(ValueError):  # noqa: N818 - the name says what happened, as in errors.py
    """What was typed is no answer; the message says what would be one."""


def parse_number(text: str, unit: str) -> int | float:
    """Return a number in its question's unit; whole where it is.

    Raises:
        NotUnderstood: where it is no number, or counts something else.
    """
    written = SPACES.sub(" ", text).strip().lower()
    if unit == "USD/month":
        written = written.removeprefix("$").lstrip()
    found = NUMBER.fullmatch(written)
    if found is None:
        raise NotUnderstood(f"that is no number{_for_example(unit)}")
    number = _value(found) * _factor(found["rest"], unit)
    if not math.isfinite(number):
        raise NotUnderstood("that number is too large")
    rounded = round(number, 6)
    return int(rounded) if rounded.is_integer() else rounded


def _value(found: re.Match[str]) -> float:
    if found["grouped"]:
        digits = re.sub(r"[,_' ]", "", found["grouped"])
    elif found["comma"]:
        digits = found["comma"].replace(",", ".")
    else:
        digits = found["plain"] + (found["exponent"] or "")
    return float(f"{found['sign']}{digits}")


def _factor(rest: str, unit: str) -> float:
    """Return what the words behind the digits multiply them by."""
    words = rest.replace(" ", "")
    units = {"": 1.0, **UNITS.get(unit, {})}
    if words in units:
        return units[words]
    for name, factor in MULTIPLIERS.items():
        behind = words.removeprefix(name)
        ambiguous = name == "m" and unit in TIMES
        if words.startswith(name) and behind in units and not ambiguous:
            return factor * units[behind]
    if re.match(r"\s*(-|to|or|\.\.|\u2013)\s*\d", rest):
        raise NotUnderstood("give one number; where it will grow, the later one")
    raise NotUnderstood(
        f"'{rest.strip()[:20]}' is not understood behind a number{_for_example(unit)}"
    )


def _for_example(unit: str) -> str:
    examples = {
        "times": "4 or 4x",
        "%": "99.95%",
        "requests/s": "50, 2k, 1.5M/day",
        "events/s": "100, 10k",
        "USD/month": "500, $2k",
        "ms": "100, 250ms, 0.5s",
        "weeks": "6, 3 months, 90 days",
    }
    return f"; for example {examples.get(unit, '8')}"
