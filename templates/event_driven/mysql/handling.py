"""Handling events on MySQL: each takes effect once, together with its row in the inbox."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from kit.mysql.transactions import one_transaction
from kit_kafka import handling as kit_kafka_handling
from kit_kafka.mysql.inbox import Inbox
from kit_kafka.trouble import UnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling(kit_kafka_handling.Handling):
    """How one consumer group handles events; none before the process `may_begin`."""

    may_begin: Callable[[], Awaitable[bool]]

    @property
    def inbox(self) -> Inbox:
        """The group's inbox."""
        return Inbox(self.group)

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """One in which each unit of work is a savepoint."""
        return one_transaction(cast("Any", self.database))

    async def hold_turn(self, session: AsyncSession) -> None:
        """Nothing: what the consumer waits for is `may_begin`."""

    async def _take_turn(self, session: AsyncSession) -> None:
        del session
        if not await self.may_begin():
            raise UnavailableError("not all copies of others' rows are filled yet")
