"""Messages and the bus that takes them to their handlers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from kit.bus import Bus
from kit.clock import new_id
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


async def test_every_handler_gets_the_events_in_one_call() -> None:
    bus = Bus()
    calls: list[Sequence[Counted]] = []

    async def remember(events: Sequence[Counted]) -> None:
        calls.append(events)

    bus.subscribe("here", Counted, remember)
    bus.subscribe("there", Counted, remember)
    await bus.deliver([message(1), message(2)])
    assert calls == [[Counted(1), Counted(2)]] * 2
    assert [each.name for each in bus.of(Counted.TYPE)] == ["here", "there"]


async def test_a_handler_of_several_types_gets_them_in_their_order() -> None:
    bus = Bus()
    calls: list[list[object]] = []
    renamed = type("Renamed", (Counted,), {"TYPE": "kit-test.renamed.v1", "__slots__": ()})

    async def remember(events: Sequence[Counted]) -> None:
        calls.append([each.value for each in events])

    bus.subscribe("here", Counted, remember)
    bus.subscribe("here", renamed, remember)
    await bus.deliver([message(1), replace(message(2), type="kit-test.renamed.v1"), message(3)])
    assert calls == [[1, 2, 3]]


async def test_what_a_handler_raises_is_raised() -> None:
    bus = Bus()

    async def fail(_: Sequence[Counted]) -> None:
        raise LookupError("no such thing")

    bus.subscribe("here", Counted, fail)
    with pytest.raises(LookupError):
        await bus.deliver([message()])


async def test_a_message_for_nobody_is_delivered() -> None:
    assert not Bus().handles(Counted.TYPE)
    await Bus().deliver([message()])
