"""The in-process bus: from messages to the handlers that subscribed to their types."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeAlias

from kit.messages import Consumer, E, Message, from_message

Handler: TypeAlias = Callable[[Sequence[Any]], Awaitable[object]]


@dataclass(slots=True)
class Subscriber:
    """The handlers of one context: a consumer of its own."""

    name: str
    at_once: int = 1_000
    handlers: dict[str, tuple[type[Any], list[Handler]]] = field(default_factory=dict)

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Run the handlers of consecutive messages with the same ones once for all of them."""
        for handlers, group in groupby(messages, lambda message: self.handlers[message.type][1]):
            events = [from_message(self.handlers[each.type][0], each) for each in group]
            for handler in handlers:
                await handler(events)


class Bus:
    """Delivers at least once; handlers are idempotent."""

    def __init__(self) -> None:
        self._subscribers: dict[str, Subscriber] = {}

    def subscribe(
        self, consumer: str, event: type[E], handler: Callable[[Sequence[E]], Awaitable[object]]
    ) -> None:
        """Call `handler` with every event of this class, with as many at once as there are.

        Each `consumer`, a context, gets its messages whatever becomes of them elsewhere. A handler
        that raises gets the same events again, each alone: so one of them keeps back no other.
        """
        subscriber = self._subscribers.setdefault(consumer, Subscriber(consumer))
        _, handlers = subscriber.handlers.setdefault(event.TYPE, (event, []))
        handlers.append(handler)

    def handles(self, message_type: str) -> bool:
        """Whether anybody subscribed to the type."""
        return bool(self.of(message_type))

    def of(self, message_type: str) -> Sequence[Consumer]:
        """The contexts that subscribed to the type."""
        return [each for each in self._subscribers.values() if message_type in each.handlers]

    def all(self) -> Sequence[Consumer]:
        """Every context that subscribed to something."""
        return list(self._subscribers.values())

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Run every handler; raises what goes wrong in the first one that fails."""
        for each in self._subscribers.values():
            await each.deliver([message for message in messages if message.type in each.handlers])
