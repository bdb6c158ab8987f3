"""The in-process bus: from a message to the handlers that subscribed to its type."""

from collections.abc import Awaitable, Callable
from typing import Any

from kit.messages import E, Message, from_message


class Bus:
    """Delivers at least once, in no promised order: handlers are idempotent and ignore the late."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[tuple[type[Any], Callable[[Any], Awaitable[object]]]]] = {}

    def subscribe(self, event: type[E], handler: Callable[[E], Awaitable[object]]) -> None:
        """Call `handler` with every event of this class."""
        self._handlers.setdefault(event.TYPE, []).append((event, handler))

    def hears(self, message_type: str) -> bool:
        """Whether anybody subscribed to the type."""
        return message_type in self._handlers

    async def deliver(self, message: Message) -> None:
        """Run every handler; raises an ExceptionGroup of what failed after all have run.

        A message that nobody subscribed to is delivered by being ignored.
        """
        errors: list[Exception] = []
        for event, handler in self._handlers.get(message.type, ()):
            try:
                await handler(from_message(event, message))
            except Exception as error:  # noqa: BLE001 - the other handlers still get it
                errors.append(error)
        if errors:
            raise ExceptionGroup(f"{message.type} {message.id}", errors)
