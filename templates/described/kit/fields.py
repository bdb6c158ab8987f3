"""What JSON may hold for a field: types for request bodies and queries, stricter than Pydantic's.

No JSON type passes for another. What each takes is text, which is read in one form alone.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

import msgspec
from pydantic import AfterValidator, AnyHttpUrl, BeforeValidator, Field, TypeAdapter, WithJsonSchema

from kit.http import Text

MOST_JSON_BYTES: Final = 16 * 1024
MOST_JSON_DEPTH: Final = 64
# A page of a B-tree holds three rows; what is beside the text fits, too.
MOST_INDEXED_BYTES: Final = 2_600
INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?", re.ASCII)
_DATETIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?)[0-9]*"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_DURATION = re.compile(
    r"(?P<sign>-?)P(?!$)((?P<weeks>[0-9]{1,7})W)?((?P<days>[0-9]{1,8})D)?"
    r"(T(?!$)((?P<hours>[0-9]{1,9})H)?((?P<minutes>[0-9]{1,9})M)?"
    r"((?P<seconds>[0-9]{1,10}([.][0-9]{1,6})?)S)?)?",
    re.ASCII,
)
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
    r"([.][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+",
    re.ASCII,
)
_DECIMAL = re.compile(r"-?[0-9]{1,40}([.][0-9]{1,40})?", re.ASCII)
_URL = TypeAdapter(AnyHttpUrl)
_EXACT = Context(prec=100)


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be {what}, as a string")  # noqa: TRY004 - what Pydantic expects
    return value


def _date(value: object) -> date:
    text = _text(value, "a date")
    if not _DATE.fullmatch(text):
        raise ValueError("must be a date, such as 2026-01-31")
    return date.fromisoformat(text)


def _time(value: object) -> time:
    text = _text(value, "a time")
    if not _TIME.fullmatch(text):
        raise ValueError("must be a time without a zone, such as 08:30:00")
    return time.fromisoformat(text)


def _datetime(value: object) -> datetime:
    text = _text(value, "a date and time")
    found = _DATETIME.fullmatch(text)
    if not found:
        raise ValueError("must be RFC 3339 with a zone, such as 2026-01-31T08:30:00Z")
    day, clock, _, zone = found.groups()
    zone = "+00:00" if zone in "Zz" else zone
    try:
        return datetime.fromisoformat(f"{day}T{clock}{zone}").astimezone(UTC)
    except OverflowError:
        raise ValueError("is out of range") from None


def _duration(value: object) -> timedelta:
    text = _text(value, "a duration")
    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError("must be ISO 8601 without years and months, such as P1DT2H30M")
    parts = found.groupdict()
    sign = -1 if parts.pop("sign") else 1
    seconds = Decimal(parts.pop("seconds") or 0)
    amount = timedelta(**{unit: int(number or 0) for unit, number in parts.items()})
    return sign * (amount + timedelta(microseconds=int(seconds * 1_000_000)))


def _uuid(value: object) -> UUID:
    return UUID(_text(value, "a UUID"))


def _email(address: str) -> str:
    if len(address) > 254 or not _EMAIL.fullmatch(address):  # noqa: PLR2004 - RFC 5321
        raise ValueError("must be an e-mail address")
    return address


def _url(address: str) -> str:
    _URL.validate_python(address)
    return address


def fits_an_index(text: str) -> str:
    """The text, where an index can hold it; raises ValueError."""
    if len(text.encode()) > MOST_INDEXED_BYTES:
        raise ValueError(f"has more than {MOST_INDEXED_BYTES} bytes")
    return text


def _json(value: object) -> object:
    if value is None:
        raise ValueError("must not be null")
    if _deeper_than(value, MOST_JSON_DEPTH):
        raise ValueError(f"is nested deeper than {MOST_JSON_DEPTH}")
    try:
        encoded = msgspec.json.encode(value)
    except UnicodeEncodeError:
        raise ValueError("must not contain half of a surrogate pair") from None
    if len(encoded) > MOST_JSON_BYTES:
        raise ValueError(f"has more than {MOST_JSON_BYTES} bytes")
    if b"\\u0000" in encoded:
        raise ValueError("must not contain U+0000")
    return value


def _deeper_than(value: object, depth: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    below = value.values() if isinstance(value, dict) else value
    return depth == 0 or any(_deeper_than(one, depth - 1) for one in below)


class DecimalPlaces:
    """Reads a decimal from text: so many digits in all, and after the point."""

    def __init__(self, digits: int, scale: int) -> None:
        self._largest = Decimal(10) ** (digits - scale)
        self._scale = scale

    def __call__(self, value: object) -> Decimal:
        """The number, with exactly its scale; raises ValueError."""
        text = _text(value, "a decimal")
        if not _DECIMAL.fullmatch(text):
            raise ValueError("must be a decimal in a string, such as '12.50'")
        number = Decimal(text)
        if abs(number) >= self._largest:
            raise ValueError(f"must be below {self._largest}")
        rounded = number.quantize(Decimal(1).scaleb(-self._scale), context=_EXACT)
        if rounded != number:
            raise ValueError(f"has more than {self._scale} digits after the point")
        # Zero has no sign.
        return rounded or abs(rounded)


class Matching:
    """Takes a text that a regular expression matches as a whole."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)

    def __call__(self, text: str) -> str:
        """The text; raises ValueError."""
        if not self._pattern.fullmatch(text):
            raise ValueError(f"must match {self._pattern.pattern}")
        return text


def _schema(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **schema})


AS_DECIMAL: Final = _schema(pattern=r"^-?[0-9]+(\.[0-9]+)?$")
Int: TypeAlias = Annotated[int, Field(strict=True, ge=INT_MIN, le=INT_MAX)]
Bool: TypeAlias = Annotated[bool, Field(strict=True)]
Date: TypeAlias = Annotated[date, BeforeValidator(_date), _schema(format="date")]
Time: TypeAlias = Annotated[time, BeforeValidator(_time), _schema(format="time")]
DateTime: TypeAlias = Annotated[datetime, BeforeValidator(_datetime), _schema(format="date-time")]
Duration: TypeAlias = Annotated[timedelta, BeforeValidator(_duration), _schema(format="duration")]
Id: TypeAlias = Annotated[UUID, BeforeValidator(_uuid), _schema(format="uuid")]
Email: TypeAlias = Annotated[Text, AfterValidator(_email), Field(max_length=254)]
Url: TypeAlias = Annotated[Text, Field(max_length=2_000), AfterValidator(_url)]
Json: TypeAlias = Annotated[Any, AfterValidator(_json)]
