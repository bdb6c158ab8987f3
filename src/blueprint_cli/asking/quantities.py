"""Numbers as people write them: ``2k``, ``99,95 %``, ``3 months``, ``500 users a day``, ``$500``.

What is not certain is refused: a number that could be read in two ways, a currency without a rate.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from blueprint_cli.recommendation.rules import load_rules

if TYPE_CHECKING:
    from blueprint_cli.recommendation.rules import Rules

WEEKS_A_MONTH: Final = 52 / 12
DAY: Final = 86_400
SIGNIFICANT: Final = 3  # digits of a derived number: no factor is known better
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
ABOUT: Final = re.compile(r"(?:about|around|roughly|approximately|approx\.?|circa|ca\.?|some|~) ?")
# 2.000 is two thousand in one country and two in another.
TWO_OR_TWO_THOUSAND: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}")
COUNTED_IN_WORDS: Final = {
    word: number
    for number, word in enumerate(
        (
            *("zero", "one", "two", "three", "four", "five", "six"),
            *("seven", "eight", "nine", "ten", "eleven", "twelve"),
        )
    )
} | {"none": 0, "nothing": 0}

# What may follow "a", "per" or "/", and how often it is in a day.
PERIODS: Final[dict[str, tuple[str, float]]] = {
    word: (name, times)
    for name, times, words in (
        ("second", DAY, "s sec second seconds"),
        ("minute", DAY / 60, "min minute minutes"),
        ("hour", 24, "h hr hour hours"),
        ("day", 1, "d day days"),
        ("week", 1 / 7, "w wk week weeks"),
        ("month", 12 / 365, "mo month months"),
        ("year", 1 / 365, "y yr year years"),
    )
    for word in words.split()
}
ADVERBS: Final = {
    "hourly": "hour",
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
    "annually": "year",
}
RATE: Final = re.compile(
    rf"(?P<counted>.*?)(?: ?(?:/|\b(?:per|a|an|each|every)\b) ?(?P<per>{'|'.join(PERIODS)})"
    rf"| ?\b(?P<adverb>{'|'.join(ADVERBS)}))?"
)

# What people count instead of requests. rules.toml says how many requests one of them makes.
COUNTED: Final[dict[str, str]] = {
    word: name
    for name, words in (
        (
            "user",
            """user users visitor visitors customer customers client clients guest guests patient
            patients member members people person persons student students visit visits session
            sessions active-users daily-active-users dau""",
        ),
        (
            "booking",
            """booking bookings order orders appointment appointments reservation reservations
            purchase purchases sale sales""",
        ),
        (
            "message",
            "message messages msg msgs notification notifications mail mails email emails e-mails",
        ),
        (
            "request",
            "request requests req reqs hit hits call calls api-calls api-requests http-requests",
        ),
    )
    for word in words.split()
}
A_SECOND: Final = frozenset({"rps", "qps", "tps", "req/s", "reqs/s"})

CURRENCIES: Final[dict[str, str]] = {
    word: code
    for code, words in (
        ("USD", "$ us$ usd dollar dollars us-dollar us-dollars bucks"),
        ("EUR", "\u20ac eur euro euros"),
        ("GBP", "\u00a3 gbp pound pounds pound-sterling pounds-sterling"),
        ("CHF", "chf sfr swiss-franc swiss-francs"),
        ("CAD", "cad c$ ca$ canadian-dollars"),
        ("AUD", "aud a$ au$ australian-dollars"),
        ("JPY", "jpy yen"),
        ("INR", "\u20b9 inr"),
    )
    for word in words.split()
}
_LONGEST_FIRST: Final = sorted(CURRENCIES, key=len, reverse=True)
_BEFORE: Final = re.compile(rf"({'|'.join(map(re.escape, _LONGEST_FIRST))}) ?(?=[\d.+-])")


# What may stand behind a number, without spaces and in lower case, and what one of it is worth.
UNITS: Final[dict[str, dict[str, float]]] = {
    "people": dict.fromkeys(("people", "persons", "person", "developers", "developer", "devs"), 1),
    "teams": dict.fromkeys(("teams", "team"), 1),
    "areas": dict.fromkeys(("areas", "area", "contexts", "context", "parts", "part"), 1),
    "parts": dict.fromkeys(("parts", "part", "readers", "reader", "consumers", "consumer"), 1),
    "times": dict.fromkeys(("x", "times", ":1", "to1", "\u00d7"), 1),
    "%": dict.fromkeys(("%", "percent", "pct"), 1),
    "requests/s": {},
    "events/s": {},
    "USD/month": {},
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
EVENTS: Final = frozenset({"", "event", "events", "message", "messages"})
# With these, m could be minutes or months.
TIMES: Final = ("ms", "weeks")
EXAMPLES: Final = {
    "times": "4 or 4x",
    "%": "99.95%",
    "requests/s": "2k users, 500 bookings a day, 10k messages a day, 50 requests a second",
    "events/s": "100, 10k, 500/day",
    "USD/month": "500, $2k, 24k a year, 500 EUR",
    "ms": "100, 250ms, 0.5s",
    "weeks": "6, 3 months, 90 days",
}


class NotUnderstood(ValueError):  # noqa: N818 - the name says what happened, as in errors.py
    """What was typed is no answer; the message says what would be one."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in its question's unit; ``note`` is the figure that was given and its factor."""

    value: int | float
    note: str = ""


def parse_number(text: str, unit: str) -> Number:
    """Return a number in its question's unit; whole where it is.

    Raises:
        NotUnderstood: where it is no number, counts something else, or could be read in two ways.
    """
    written = ABOUT.sub("", SPACES.sub(" ", text).strip().lower(), count=1)
    before = _BEFORE.match(written) if unit == "USD/month" else None
    found = NUMBER.fullmatch(written[before.end() :] if before else written)
    if found is None:
        if written in COUNTED_IN_WORDS:
            return Number(COUNTED_IN_WORDS[written])
        raise NotUnderstood(f"that is no number{_for_example(unit)}")
    if unit in {"USD/month", "requests/s"} and TWO_OR_TWO_THOUSAND.fullmatch(found["plain"] or ""):
        digits = found["plain"]
        raise NotUnderstood(
            f"{digits} can be read in two ways; write {digits.replace('.', '')} or "
            f"{float(digits):g}"
        )
    number = _value(found)
    match unit:
        case "requests/s":
            result = _requests(number, found["rest"].strip())
        case "events/s":
            result = _events(number, found["rest"].strip())
        case "USD/month":
            result = _dollars(number, found["rest"].strip(), before[1] if before else "")
        case _:
            result = Number(number * _factor(found["rest"], unit))
    if not math.isfinite(result.value):
        raise NotUnderstood("that number is too large")
    rounded = result.value if result.note else round(result.value, 6)
    return Number(int(rounded) if float(rounded).is_integer() else rounded, result.note)


def _value(found: re.Match[str]) -> float:
    if found["grouped"]:
        digits = re.sub(r"[,_' ]", "", found["grouped"])
    elif found["comma"]:
        digits = found["comma"].replace(",", ".")
    else:
        digits = found["plain"] + (found["exponent"] or "")
    return float(f"{found['sign']}{digits}")


def _requests(number: float, rest: str) -> Number:
    """Derive requests a second from what is counted: users on a day, unless something else is."""
    if rest in A_SECOND:
        return Number(number)
    multiplier, counted, period = _rate(rest, "requests/s")
    number *= multiplier
    if counted in A_SECOND and not period:
        return Number(number)
    thing = COUNTED.get(counted.replace(" ", "-"))
    if not counted:
        thing = "request" if period in {"second", "minute", "hour"} else "user"
    if thing is None:
        raise NotUnderstood(_behind(counted, "requests/s"))
    if thing == "request" and not period:
        raise NotUnderstood(
            "requests a second or a day? For example: 50 requests a second, 1M requests a day"
        )
    period = period or "day"
    given = f"{number:,.10g} {thing}s {_a(period)}"
    a_day = number * PERIODS[period][1]
    if thing == "request":
        if period == "second":
            return Number(number)
        return Number(_rounded(a_day / DAY), given)
    factor = _rules().requests_for[thing].value
    return Number(_rounded(a_day * factor / DAY), f"{given} x {factor:g} requests each")


def _events(number: float, rest: str) -> Number:
    if rest in {"eps", "e/s"}:
        return Number(number)
    multiplier, counted, period = _rate(rest, "events/s")
    if counted not in EVENTS and counted != "eps":
        raise NotUnderstood(_behind(counted, "events/s"))
    number *= multiplier
    if not period or period == "second":
        return Number(number)
    value = number * PERIODS[period][1] / DAY
    return Number(_rounded(value), f"{number:,.10g} events {_a(period)}")


def _dollars(number: float, rest: str, before: str) -> Number:
    multiplier, behind, period = _rate(rest, "USD/month")
    number *= multiplier
    named = {CURRENCIES.get(one.replace(" ", "-"), "") for one in (before, behind) if one}
    code = named.pop() if named else "USD"
    if not code or named:
        raise NotUnderstood(
            f"'{f'{before} {behind}'.strip()[:20]}' is no currency with a known rate; US dollars, "
            f"{', '.join(_rules().usd_for)} are understood{_for_example('USD/month')}"
        )
    rate = 1.0 if code == "USD" else _rules().usd_for[code].value
    if period in {"", "month"} and code == "USD":
        return Number(number)
    given = f"{number:,.10g} {code} {_a(period or 'month')}"
    months = 1.0 if period in {"", "month"} else PERIODS[period][1] * 365 / 12
    noted = given if code == "USD" else f"{given} x {rate:g} USD"
    return Number(_rounded(number * months * rate), noted)


def _a(period: str) -> str:
    return f"{'an' if period == 'hour' else 'a'} {period}"


@cache
def _rules() -> Rules:
    return load_rules()


def _rounded(value: float) -> float:
    if not value or not math.isfinite(value):
        return value
    return round(value, SIGNIFICANT - 1 - math.floor(math.log10(abs(value))))


def _rate(rest: str, unit: str) -> tuple[float, str, str]:
    """Return the multiplier, what is counted, and the period by its name, as far as they stand."""
    multiplier = 1.0
    for name, factor in MULTIPLIERS.items():
        if re.match(rf"{name}(?![a-z])", rest):
            multiplier, rest = factor, rest[len(name) :].strip()
            break
    found = RATE.fullmatch(rest)
    if found is None:
        raise NotUnderstood(_behind(rest, unit))
    _refuse_a_range(rest)
    per, adverb = found["per"], found["adverb"]
    period = PERIODS[per][0] if per else ADVERBS[adverb] if adverb else ""
    return multiplier, found["counted"].strip(), period


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
    _refuse_a_range(rest)
    raise NotUnderstood(_behind(rest, unit))


def _refuse_a_range(rest: str) -> None:
    if re.match(r"\s*(-|to|or|\.\.|\u2013)\s*\d", rest):
        raise NotUnderstood("give one number; where it will grow, the later one")


def _behind(rest: str, unit: str) -> str:
    return f"'{rest.strip()[:20]}' is not understood behind a number{_for_example(unit)}"


def _for_example(unit: str) -> str:
    return f"; for example {EXAMPLES.get(unit, '8')}"
