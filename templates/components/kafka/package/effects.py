"""What events do, one by one or many at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import structlog
from opentelemetry.trace import SpanKind

from kit.bus import Bus
from kit.messages import ContractEvent, Message, from_message
from kit.tracing import span

_DEADLINE_SECONDS = 30


class Effects(Protocol):
    """What a consumer group does with events, within the transaction of its inbox."""

    def handles(self, message_type: str) -> bool:
        """Whether events of the type have an effect here."""

    async def apply(self, messages: Sequence[Message]) -> None:
        """Let them take effect in their order, all or none; raises what goes wrong."""


class OneByOne:
    """Each event to the handlers that subscribed to it, in a span of its own trace."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def handles(self, message_type: str) -> bool:
        """Whether a handler subscribed to the type."""
        return self._bus.handles(message_type)

    async def apply(self, messages: Sequence[Message]) -> None:
        """Run the handlers."""
        for message in messages:
            with (
                structlog.contextvars.bound_contextvars(message_id=str(message.id)),
                span(f"consume {message.type}", SpanKind.CONSUMER, message.headers),
            ):
                async with asyncio.timeout(_DEADLINE_SECONDS):
                    await self._bus.deliver(message)


class Together:
    """Many events in one call, for projections that write many rows at once."""

    def __init__(
        self,
        classes: Sequence[type[ContractEvent]],
        handler: Callable[[Sequence[Any]], Awaitable[None]],
    ) -> None:
        self._classes: dict[str, type[Any]] = {cls.TYPE: cls for cls in classes}
        self._handler = handler

    def handles(self, message_type: str) -> bool:
        """Whether the type is one of the classes."""
        return message_type in self._classes

    async def apply(self, messages: Sequence[Message]) -> None:
        """Hand over all of them."""
        events = [from_message(self._classes[message.type], message) for message in messages]
        with span(f"project {len(events)} events", SpanKind.CONSUMER):
            async with asyncio.timeout(_DEADLINE_SECONDS):
                await self._handler(events)
