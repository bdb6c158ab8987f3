"""Messages reach the handlers of every consumer, here and over HTTP."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from kit import problems
from kit.bus import Bus
from kit.client import CallFailed, CallPolicy, CallRefused, ServiceClient
from kit.delivery import PATH, HttpDelivery, messages_router
from kit.messages import Message
from tests.kit.conftest import Counted


def only(*publishers: str) -> Callable[..., Awaitable[str]]:
    """Whoever delivers is the one that may."""

    async def caller() -> str:
        return publishers[0]

    return caller


class Consumer:
    """A service that consumes messages."""

    def __init__(self) -> None:
        self.seen: list[Counted] = []
        self.fails = False
        bus = Bus()
        bus.subscribe("consumer", Counted, self.count)
        self.app = FastAPI()
        self.app.include_router(messages_router(bus, (Counted,), only))
        problems.install(self.app, {})

    async def count(self, events: Sequence[Counted]) -> None:
        """Handle them."""
        if self.fails:
            raise ConnectionError
        self.seen.extend(events)

    def client(self) -> ServiceClient:
        """Of a publisher."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        policy = CallPolicy(attempts=1)
        return ServiceClient("consumer", "http://consumer", lambda _: "", policy, transport)


def message(type_: str = Counted.TYPE, payload: dict[str, object] | None = None) -> Message:
    return Message(uuid4(), type_, "one", payload or {"value": 3}, occurred_at=datetime.now(UTC))


async def test_a_message_reaches_handlers_here_and_elsewhere() -> None:
    here: list[Counted] = []
    elsewhere = Consumer()
    bus = Bus()

    async def count(events: Sequence[Counted]) -> None:
        here.extend(events)

    bus.subscribe("here", Counted, count)
    delivery = HttpDelivery(bus, {elsewhere.client(): (Counted,)})
    assert [each.name for each in delivery.all()] == ["here", "consumer"]
    for consumer in delivery.of(Counted.TYPE):
        await consumer.deliver([message()])
    assert here == elsewhere.seen == [Counted(3)]
    assert delivery.of("kit-test.unheard-of.v1") == []


async def test_what_a_consumer_does_not_take_is_an_error() -> None:
    broken = Consumer()
    broken.fails = True
    (consumer,) = HttpDelivery(Bus(), {broken.client(): (Counted,)}).all()
    with pytest.raises(CallFailed):
        await consumer.deliver([message()])


@pytest.mark.parametrize(
    "wrong", [message("kit-test.unheard-of.v1"), message(payload={"value": "many"})]
)
async def test_what_the_consumer_does_not_understand_is_refused(wrong: Message) -> None:
    body = {"type": wrong.type, "key": "one", "payload": wrong.payload}
    with pytest.raises(CallRefused) as refused:
        await (
            Consumer()
            .client()
            .call("PUT", f"{PATH}/{wrong.id}", {**body, "occurred_at": wrong.occurred_at})
        )
    assert refused.value.status == 422


def test_what_is_consumed_is_described() -> None:
    described = Consumer().app.openapi()["paths"][f"{PATH}/{{message_id}}"]["put"]["requestBody"]
    envelopes: Sequence[dict[str, dict[str, object]]]
    envelopes = described["content"]["application/json"]["schema"]["oneOf"]
    assert [envelope["properties"]["type"] for envelope in envelopes] == [{"const": Counted.TYPE}]
