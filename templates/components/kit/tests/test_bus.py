"""Messages and the bus that takes them to their handlers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from kit.bus import Bus
from kit.ids import new_id
from kit.messages import Message, from_message, to_message
from tests.kit.conftest import Counted


def message(value: int = 1) -> Message:
    return to_message(
        Counted(value), key="one", new_id=new_id, occurred_at=datetime(2030, 1, 1, tzinfo=UTC)
    )


def test_an_event_survives_its_message() -> None:
    sent = message(5)
    assert sent.type == "kit-test.counted.v1"
    assert from_message(Counted, sent) == Counted(5)


def test_unknown_fields_are_ignored_and_wrong_ones_refused() -> None:
    sent = message(5)
    more = replace(sent, payload=sent.payload | {"later": True})
    assert from_message(Counted, more) == Counted(5)
    with pytest.raises(ValidationError):
        from_message(Counted, replace(sent, payload={"value": "five"}))


async def test_every_handler_gets_the_event() -> None:
    bus = Bus()
    got: list[Counted] = []

    async def remember(event: Counted) -> None:
        got.append(event)

    bus.subscribe(Counted, remember)
    bus.subscribe(Counted, remember)
    await bus.deliver(message(3))
    assert got == [Counted(3), Counted(3)]


async def test_one_failing_handler_keeps_no_other_from_the_event() -> None:
    bus = Bus()
    got: list[Counted] = []

    async def fail(_: Counted) -> None:
        raise LookupError("no such thing")

    async def remember(event: Counted) -> None:
        got.append(event)

    bus.subscribe(Counted, fail)
    bus.subscribe(Counted, remember)
    with pytest.raises(ExceptionGroup) as failed:
        await bus.deliver(message())
    assert [type(error) for error in failed.value.exceptions] == [LookupError]
    assert got == [Counted(1)]


async def test_a_message_for_nobody_is_delivered() -> None:
    await Bus().deliver(message())


async def nothing(_: Counted) -> None:
    pass


async def test_many_events_are_delivered_in_one_call() -> None:
    bus = Bus()
    calls: list[Sequence[Counted]] = []

    async def remember(events: Sequence[Counted]) -> None:
        calls.append(events)

    bus.subscribe(Counted, nothing, together=remember)
    sent = [message(1), message(2)]
    assert await bus.deliver_together(sent) == {each.id for each in sent}
    assert calls == [[Counted(1), Counted(2)]]


async def test_what_fails_together_is_left_to_be_delivered_alone() -> None:
    bus = Bus()

    async def fail(_: Sequence[Counted]) -> None:
        raise LookupError("no such thing")

    bus.subscribe(Counted, nothing, together=fail)
    stranger = replace(message(2), type="kit-test.for-nobody.v1")
    assert await bus.deliver_together([message(1), stranger]) == {stranger.id}


async def test_a_handler_of_one_event_gets_no_many() -> None:
    bus = Bus()
    calls: list[Sequence[Counted]] = []

    async def remember(events: Sequence[Counted]) -> None:
        calls.append(events)

    bus.subscribe(Counted, nothing, together=remember)
    bus.subscribe(Counted, nothing)
    assert await bus.deliver_together([message(1), message(2)]) == set()
    assert calls == []
