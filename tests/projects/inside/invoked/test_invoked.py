"""Where nothing runs between requests, an answer comes after what its request caused."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import httpx
import pytest
from fastapi import APIRouter
from starlette.responses import StreamingResponse

from kit.background import Background, Loop, Periodic
from kit.composition import Application
from kit.database import Database, SqlTransactions
from kit.invoked import main, serve_invoked, settle, work
from kit.messages import Message
from kit.relay import Relay
from kit.settings import CommonSettings
from tests.kit.conftest import OUTBOX, Counted, Work

pytestmark = pytest.mark.postgres


class Receiver:
    """A consumer that takes its time; fails where it is told to, and may cause more."""

    name = "receiver"
    at_once = 1

    def __init__(self, seconds: float = 0.05) -> None:
        self.received: list[object] = []
        self.seconds = seconds
        self.fails = False
        self.transactions: SqlTransactions[Work] | None = None

    def of(self, _: str) -> Sequence["Receiver"]:
        """Every message."""
        return [self]

    def all(self) -> Sequence["Receiver"]:
        """Itself."""
        return [self]

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Take one, and cause the next of up to three."""
        await asyncio.sleep(self.seconds)
        if self.fails:
            raise ConnectionError
        (value,) = [int(str(message.payload["value"])) for message in messages]
        self.received.append(value)
        if self.transactions is not None and value < 3:
            async with self.transactions() as unit:
                unit.publish(Counted(value + 1))


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def relay(database: Database, receiver: Receiver) -> Relay:
    return Relay(database, OUTBOX, receiver)


@pytest.fixture
def woken(database: Database, relay: Relay) -> SqlTransactions[Work]:
    return SqlTransactions(database, Work, relay.wake)


def application(
    database: Database, relay: Relay, router: APIRouter, *periodic: Periodic
) -> Application:
    loops: list[Loop] = [relay]
    return Application(
        database=database,
        background=Background(loops, periodic),
        relays=[relay],
        routers=[router],
        statuses={},
        checks={},
        prepare=(),
        observe=(),
        watched=[],
    )


@pytest.fixture
async def client(
    database: Database, relay: Relay, woken: SqlTransactions[Work], empty_schema: str
) -> AsyncIterator[httpx.AsyncClient]:
    router = APIRouter()

    @router.post("/numbers")
    async def add() -> StreamingResponse:
        async with woken() as unit:
            unit.publish(Counted(1))
        return StreamingResponse(iter(["a", "b"]))

    settings = CommonSettings(database_url=empty_schema, environment="test")
    app = serve_invoked(application(database, relay, router), settings, "test")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, kit_schema: str) -> None:
    monkeypatch.setenv("DATABASE_URL", kit_schema)
    monkeypatch.setenv("SETTLE_SECONDS", "2")


async def test_an_answer_is_complete_once_its_events_are_delivered(
    client: httpx.AsyncClient, receiver: Receiver, woken: SqlTransactions[Work]
) -> None:
    receiver.transactions = woken
    answer = await client.post("/numbers")
    assert (answer.status_code, answer.text) == (200, "ab")
    # Also what the first one caused.
    assert receiver.received == [1, 2, 3]


async def test_who_takes_events_too_slowly_keeps_no_answer(
    client: httpx.AsyncClient, receiver: Receiver, relay: Relay
) -> None:
    receiver.seconds = 60
    assert (await client.post("/numbers")).text == "ab"
    assert receiver.received == []
    assert (await relay.backlog()).waiting == 1


async def test_a_request_that_published_nothing_asks_no_outbox(
    relay: Relay, database: Database
) -> None:
    await database.close()
    await settle([relay], 0.1)
    assert not relay.woken.is_set()


async def test_a_round_of_work_does_all_that_waits(
    database: Database, relay: Relay, receiver: Receiver, woken: SqlTransactions[Work]
) -> None:
    async with woken() as unit:
        unit.publish(Counted(3))
    turns = iter([True, True, False])

    async def purge() -> bool:
        return next(turns)

    async def resume() -> None:
        async with woken() as unit:
            unit.publish(Counted(4))

    periodic = [Periodic("purge", purge, timedelta(1)), Periodic("resume", resume, timedelta(1))]
    whole = application(database, relay, APIRouter(), *periodic)
    assert await work(whole, 10)
    assert receiver.received == [3, 4]
    assert list(turns) == []


async def test_what_fails_is_told_and_keeps_nothing_else(
    database: Database, relay: Relay, receiver: Receiver, woken: SqlTransactions[Work]
) -> None:
    async def fail() -> None:
        raise LookupError

    async with woken() as unit:
        unit.publish(Counted(3))
    whole = application(database, relay, APIRouter(), Periodic("fail", fail, timedelta(1)))
    assert not await work(whole, 10)
    assert receiver.received == [3]


async def test_a_round_ends_in_time(database: Database, relay: Relay) -> None:
    whole = application(
        database, relay, APIRouter(), Periodic("wait", lambda: asyncio.sleep(60), timedelta(1))
    )
    assert not await work(whole, 0.1)


def test_the_command_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("error: usage: python -m kit.invoked MODULE")
