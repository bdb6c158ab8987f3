"""CloudEvents 1.0 in Kafka's binary content mode: attributes are headers, the value is the data.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, TypeAlias
from uuid import UUID

import msgspec
from confluent_kafka import Message as RawMessage

from kit.messages import Message

SPEC_VERSION = "1.0"
JSON_TYPE = "application/json"
# W3C trace context travels under its own names, where every tracer looks for it.
TRACE_HEADERS = ("traceparent", "tracestate")

Headers: TypeAlias = list[tuple[str, str | bytes | None]]


class PoisonError(Exception):
    """A record that no repetition makes better; `reason` is one of the few that are counted."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Record(NamedTuple):
    """What a consumer got, or put aside: where it stood, and its bytes."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: dict[str, str]

    @property
    def place(self) -> str:
        """Names the record in logs."""
        return f"{self.topic}[{self.partition}]:{self.offset}"


class Event(NamedTuple):
    """A readable record: `source` and `message.id` identify the event, wherever it stands."""

    record: Record
    source: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What may be read. `known` are all event types of the project, in all their versions."""

    known: frozenset[str]
    max_bytes: int
    max_skew: timedelta
    clock: Callable[[], datetime]


class Described(Protocol):
    """What headers are made of: a message, or its row in an outbox."""

    @property
    def id(self) -> UUID | str:
        """Of the event."""

    @property
    def type(self) -> str:
        """With its version."""

    @property
    def key(self) -> str:
        """The aggregate's identifier."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its trace."""

    @property
    def occurred_at(self) -> datetime:
        """When."""


def headers_of(event: Described, source: str) -> Headers:
    """The headers of an event that `source` (a path such as /shop/orders) publishes."""
    headers: Headers = [
        ("ce_specversion", SPEC_VERSION),
        ("ce_id", str(event.id)),
        ("ce_source", source),
        ("ce_type", event.type),
        ("ce_subject", event.key),
        ("ce_time", event.occurred_at.isoformat()),
        ("content-type", JSON_TYPE),
    ]
    if event.headers:
        headers.extend(
            (name, event.headers[name]) for name in TRACE_HEADERS if name in event.headers
        )
    return headers


def record_of(raw: RawMessage) -> Record:
    """librdkafka's message as a record."""
    headers = raw.headers() or ()
    pairs = headers.items() if isinstance(headers, dict) else headers
    return Record(
        raw.topic() or "",
        raw.partition() or 0,
        raw.offset() or 0,
        _bytes(raw.key()),
        _bytes(raw.value()),
        {name: _text(value) for name, value in pairs},
    )


def _text(value: str | bytes | None) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
    # PostgreSQL stores no NUL, and headers are stored with what is tried again.
    return text.replace("\0", "\ufffd")


def _bytes(value: str | bytes | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""


def read(record: Record, rules: Rules) -> Event:
    """The event of a record; raises PoisonError with the reason."""
    if len(record.value) > rules.max_bytes:
        raise PoisonError(
            "too_large", f"{len(record.value)} bytes; MAX_EVENT_BYTES is {rules.max_bytes}"
        )
    headers = record.headers
    if headers.get("ce_specversion") != SPEC_VERSION:
        raise PoisonError("not_a_cloud_event", "no header ce_specversion=1.0")
    kind = _known(headers.get("ce_type", ""), rules.known)
    occurred_at = _time(headers.get("ce_time", ""), rules)
    try:
        identifier = msgspec.convert(headers.get("ce_id", ""), UUID)
    except msgspec.ValidationError:
        raise PoisonError("not_a_cloud_event", "ce_id is no UUID") from None
    message = Message(
        id=identifier,
        type=kind,
        key=record.key.decode("utf-8", "replace"),
        payload=_payload(record.value),
        headers={name: headers[name] for name in TRACE_HEADERS if name in headers},
        occurred_at=occurred_at,
    )
    return Event(record, headers.get("ce_source", ""), message)


def _known(kind: str, known: frozenset[str]) -> str:
    if kind in known:
        return kind
    name, _, version = kind.rpartition(".")
    if any(each.rpartition(".")[0] == name for each in known):
        raise PoisonError("unknown_version", f"version {version} of {name} is not known here")
    raise PoisonError("unknown_type", f"ce_type is {kind[:200]!r}")


def _time(text: str, rules: Rules) -> datetime:
    try:
        occurred_at = datetime.fromisoformat(text)
    except ValueError:
        raise PoisonError("not_a_cloud_event", "ce_time is no RFC 3339 time") from None
    if occurred_at.tzinfo is None:
        raise PoisonError("not_a_cloud_event", "ce_time has no time zone")
    ahead = occurred_at - rules.clock()
    if ahead > rules.max_skew:
        raise PoisonError(
            "wrong_clock",
            f"ce_time is {ahead.total_seconds():.0f} s ahead;"
            f" MAX_CLOCK_SKEW_SECONDS is {rules.max_skew.total_seconds():g}",
        )
    return occurred_at


def _payload(value: bytes) -> dict[str, object]:
    try:
        payload = msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        raise PoisonError("not_json", str(error)) from None
    if not isinstance(payload, dict):
        raise PoisonError("schema_violation", "the value is no JSON object")
    return payload


def encoded(headers: Mapping[str, str]) -> Headers:
    """Headers as they are published."""
    return list(headers.items())
