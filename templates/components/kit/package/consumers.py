"""Who takes messages: each consumer for itself, so that none waits for another."""

from collections.abc import Sequence
from typing import Protocol

from kit.messages import Message


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
