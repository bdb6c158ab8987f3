"""The in-process bus: from a message to the handlers that subscribed to its type."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from kit.logs import describe
from kit.messages import E, Message, from_message

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Subscription:
    event: type[Any]
    handler: Callable[[Any], Awaitable[object]]
    together: Callable[[Sequence[Any]], Awaitable[object]] | None


class Bus:
    """Delivers at least once, in no promised order: handlers are idempotent and ignore the late."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[_Subscription]] = {}

    def subscribe(
        self,
        event: type[E],
        handler: Callable[[E], Awaitable[object]],
        together: Callable[[Sequence[E]], Awaitable[object]] | None = None,
    ) -> None:
        """Call `handler` with every event of this class.

        `together` does the same for many events in one transaction: for all of them or for none.
        """
        self._handlers.setdefault(event.TYPE, []).append(_Subscription(event, handler, together))

    def handles(self, message_type: str) -> bool:
        """Whether anybody subscribed to the type."""
        return message_type in self._handlers

    async def deliver(self, message: Message) -> None:
        """Run every handler; raises an ExceptionGroup of what failed after all have run.

        A message that nobody subscribed to is delivered by being ignored.
        """
        errors: list[Exception] = []
        for each in self._handlers.get(message.type, ()):
            try:
                await each.handler(from_message(each.event, message))
            except Exception as error:  # noqa: BLE001 - the other handlers still get it
                errors.append(error)
        if errors:
            raise ExceptionGroup(f"{message.type} {message.id}", errors)

    async def deliver_together(self, messages: Sequence[Message]) -> set[UUID]:
        """Run the handlers that take many events at once; the ids of what was delivered.

        What is missing in the answer is to be delivered alone: it failed, perhaps because of
        another message, or a handler of its type takes one event at a time.
        """
        by_type: dict[str, list[Message]] = {}
        for message in messages:
            by_type.setdefault(message.type, []).append(message)
        delivered: set[UUID] = set()
        for name, group in by_type.items():
            try:
                if await self._run_together(self._handlers.get(name, ()), group):
                    delivered.update(message.id for message in group)
            except Exception as error:  # noqa: BLE001 - each is delivered alone then, and fails for itself
                _log.info("not delivered together", message_type=name, error=describe(error))
        return delivered

    async def _run_together(
        self, subscriptions: Sequence[_Subscription], messages: Sequence[Message]
    ) -> bool:
        handlers = [(each.event, each.together) for each in subscriptions if each.together]
        if len(handlers) < len(subscriptions):
            return False
        for event, together in handlers:
            await together([from_message(event, message) for message in messages])
        return True
