"""A contract event on its way: what an outbox stores, a bus or broker carries, consumers take."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from kit.tracing import outgoing_headers


class ContractEvent(Protocol):
    """A dataclass of `contracts`; names its type and version: `orders.order-placed.v1`."""

    TYPE: ClassVar[str]


E = TypeVar("E", bound=ContractEvent)


def publisher_of(event_type: str) -> str:
    """The context that publishes events of a type: its first part."""
    return event_type.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Message:
    """`key` says which messages keep their order among themselves: an aggregate's identifier."""

    id: UUID
    type: str
    key: str
    payload: dict[str, object]
    headers: dict[str, str] = field(default_factory=dict)
    occurred_at: datetime = field(kw_only=True)


class Consumer(Protocol):
    """One that messages are delivered to: a context within this process, or another service."""

    @property
    def name(self) -> str:
        """What it is owed is stored under this name, so it is not to change."""

    @property
    def at_once(self) -> int:
        """How many messages of a type it takes in one call."""

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Take messages of one type, all or none of them; raises what went wrong."""


class Consumers(Protocol):
    """Whoever takes messages out of an outbox."""

    def of(self, message_type: str) -> Sequence[Consumer]:
        """Those that take messages of a type; a message that nobody takes is delivered."""

    def all(self) -> Sequence[Consumer]:
        """Each of them once."""


def to_message(
    event: ContractEvent,
    *,
    key: str,
    new_id: Callable[[], UUID],
    occurred_at: datetime,
) -> Message:
    """The event as a message that carries the current request's trace along."""
    payload: dict[str, object] = _adapter(type(event)).dump_python(event, mode="json")
    return Message(
        id=new_id(),
        type=event.TYPE,
        key=key,
        payload=payload,
        headers=outgoing_headers(key),
        occurred_at=occurred_at,
    )


def from_message(cls: type[E], message: Message) -> E:
    """The event that a message carries; unknown fields are ignored.

    Raises pydantic.ValidationError for a payload that is not of this type.
    """
    event: E = _adapter(cls).validate_python(message.payload)
    return event


@cache
def _adapter(cls: type) -> TypeAdapter[Any]:
    return TypeAdapter(cls)
