"""A lane: the way from one outbox to one consumer, with a circuit of its own.

What is new is tried together with what other consumers take, so it has little time. Once a
consumer has failed several times in a row, or needs longer, what is new is not tried with it but
noted as owed, which costs no time, and tried apart from the others. A consumer that fails is probed
with a few messages every other second; as soon as it takes one of them, all that it is owed is due.
"""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Protocol, TypeAlias
from uuid import UUID

import structlog
from opentelemetry.trace import SpanKind

from kit import deadline
from kit.background import Backoff
from kit.logs import describe
from kit.messages import Consumer, Message
from kit.owed import Debt, Owed
from kit.tracing import following, span

_log = structlog.get_logger()

_FAILURES = 5
_PROBED = 5
_PROBE_SECONDS = 2.0
# Of the first attempts with a consumer, all of a batch and each.
_SHARE_SECONDS = 1.0
_FIRST_SECONDS = 5.0
# Another process tries again what a process that died had leased; one that is slower than this may
# deliver what another one delivers, too.
_LEASE_SECONDS = 60.0

Tell: TypeAlias = Callable[[str, Sequence[datetime], int], None]
"""Told when what a consumer took had happened, and how many attempts failed."""


class Offered(Protocol):
    """A message to be tried for the first time."""

    @property
    def message(self) -> Message:
        """What it is."""

    @property
    def position(self) -> int:
        """Where it stands in the outbox."""

    @property
    def behind(self) -> Sequence[str]:
        """Consumers that are owed an earlier message of its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """How messages are tried: `attempts` were made before; nothing is begun after `until`."""

    attempts: Mapping[UUID, int]
    deadline_seconds: float
    until: float = math.inf
    probing: bool = False


class Lane:
    """Delivers to one consumer, in the order of each key."""

    def __init__(
        self,
        consumer: Consumer,
        owed: Owed,
        *,
        relay: str,
        tell: Tell,
        batch: int,
        concurrency: int,
        deadline_seconds: float,
        backoff: Backoff,
    ) -> None:
        self.name = consumer.name
        self._consumer = consumer
        self._owed = owed
        self._relay = relay
        self._tell = tell
        self._batch = batch
        self._slots = asyncio.Semaphore(concurrency)
        self._deadline_seconds = deadline_seconds
        self._backoff = backoff
        self._failures = 0
        self._probed_at = 0.0
        self._slow = False
        self._stopping = False

    @property
    def away(self) -> bool:
        """Whether the consumer has failed so often that it is only probed."""
        return self._failures >= _FAILURES

    async def offer(self, offered: Sequence[Offered]) -> list[Debt]:
        """Try messages for the first time; those that the consumer has not taken."""
        by_key: dict[str, list[Offered]] = {}
        for each in offered:
            by_key.setdefault(each.message.key, []).append(each)
        debts: list[Debt] = []
        for key in [key for key, group in by_key.items() if self.name in group[0].behind]:
            debts += [self._untried(each) for each in by_key.pop(key)]
        now = monotonic()
        turn = _Turn(
            attempts={},
            deadline_seconds=min(self._deadline_seconds, _FIRST_SECONDS),
            until=now if self._slow else now + _SHARE_SECONDS,
        )
        while by_key:
            failed = await self._try([group[0].message for group in by_key.values()], turn)
            for key, (first, *rest) in list(by_key.items()):
                if first.message.id in failed:
                    debts.append(self._debt(first, 0, failed[first.message.id]))
                    debts += [self._untried(each) for each in rest]
                by_key[key] = rest
                if not rest or first.message.id in failed:
                    del by_key[key]
        return debts

    async def run(self) -> None:
        """Try again what is due, until nothing is."""
        while not self._stopping:
            try:
                if not await self.run_once():
                    return
            except Exception as error:  # noqa: BLE001 - what is owed stays so
                _log.warning("retries failed", consumer=self.name, error=describe(error))
                return

    def stop(self) -> None:
        """Let `run` return after the batch that it is at."""
        self._stopping = True

    async def run_once(self) -> int:
        """Try again a batch of what is due; how many messages that were."""
        away = self.away
        if away and monotonic() - self._probed_at < _PROBE_SECONDS:
            return 0
        limit = _PROBED if away else self._batch
        leased = await self._owed.lease(self.name, limit, _LEASE_SECONDS)
        if not leased:
            self._slow = False
            return 0
        turn = _Turn(
            attempts={each.message.id: each.attempts for each in leased},
            deadline_seconds=self._deadline_seconds,
            probing=away,
        )
        failed = await self._try([each.message for each in leased], turn)
        self._probed_at = monotonic()
        debts = [
            self._debt(each, each.attempts, failed[each.message.id])
            for each in leased
            if each.message.id in failed
        ]
        taken = [each.position for each in leased if each.message.id not in failed]
        await self._owed.settle(self.name, taken, debts)
        if away and taken:
            _log.info("consumer is back", relay=self._relay, consumer=self.name)
            await self._owed.hurry(self.name)
        return len(leased)

    async def _try(self, messages: Sequence[Message], turn: _Turn) -> dict[UUID, Exception | None]:
        """What was not taken, and why; None where it was not tried."""
        by_type: dict[str, list[Message]] = {}
        for message in messages:
            by_type.setdefault(message.type, []).append(message)
        size = 1 if turn.probing else self._consumer.at_once
        calls = [
            self._call(group[start : start + size], turn)
            for group in by_type.values()
            for start in range(0, len(group), size)
        ]
        outcomes = await asyncio.gather(*calls)
        failed = {key: error for each in outcomes for key, error in each.items()}
        taken = [each.occurred_at for each in messages if each.id not in failed]
        self._tell(self.name, taken, sum(error is not None for error in failed.values()))
        return failed

    async def _call(self, messages: Sequence[Message], turn: _Turn) -> dict[UUID, Exception | None]:
        async with self._slots:
            late = monotonic() >= turn.until
            if late or (self.away and not turn.probing):
                self._slow = self._slow or late
                return {message.id: None for message in messages}
            error = await self._attempt(messages, turn.deadline_seconds)
        if error is None:
            self._failures = 0
            return {}
        if len(messages) == 1:
            # What failed before tells of itself, not of the consumer.
            if not turn.attempts.get(messages[0].id):
                self._fail()
            return {messages[0].id: error}
        _log.info("delivered one by one", consumer=self.name, error=describe(error))
        outcomes = await asyncio.gather(*(self._call([message], turn) for message in messages))
        return {key: each for found in outcomes for key, each in found.items()}

    async def _attempt(self, messages: Sequence[Message], seconds: float) -> Exception | None:
        first, many = messages[0], len(messages) > 1
        name = f"deliver {len(messages)} messages" if many else f"deliver {first.type}"
        with (
            structlog.contextvars.bound_contextvars(
                **{} if many else {"message_id": str(first.id)}
            ),
            span(name, SpanKind.CONSUMER, {} if many else first.headers),
            following({each.key: each.headers for each in messages} if many else {}),
        ):
            try:
                async with deadline.within(seconds):
                    await self._consumer.deliver(messages)
            except Exception as error:  # noqa: BLE001 - stored and tried again
                return error
        return None

    def _fail(self) -> None:
        self._failures += 1
        if self._failures == _FAILURES:
            self._probed_at = monotonic()
            _log.warning("consumer is away", relay=self._relay, consumer=self.name)

    def _untried(self, each: Offered, attempts: int = 0) -> Debt:
        return Debt(each.position, self.name, each.message.key, attempts)

    def _debt(self, each: Offered, attempts: int, error: Exception | None) -> Debt:
        """After so many attempts, and one more that ended with the error; without one: untried."""
        if error is None:
            return self._untried(each, attempts)
        return self._failed(each, attempts + 1, error)

    def _failed(self, each: Offered, attempts: int, error: Exception) -> Debt:
        delay = self._backoff.after(attempts)
        log = _log.error if delay is None else _log.warning
        log(
            "message parked" if delay is None else "message not delivered",
            relay=self._relay,
            consumer=self.name,
            message_id=str(each.message.id),
            message_type=each.message.type,
            attempts=attempts,
            error=describe(error),
        )
        return Debt(each.position, self.name, each.message.key, attempts, delay, describe(error))
