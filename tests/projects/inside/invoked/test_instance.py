"""An instance of a function: one application, started by whoever calls first."""

import asyncio
import base64
import io
import sys
import tarfile
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from fastapi import APIRouter
from starlette.types import Message

from kit.background import Background, Periodic
from kit.composition import Application, open_database
from kit.instance import Instance
from kit.settings import CommonSettings

pytestmark = pytest.mark.postgres


class Root(ModuleType):
    """A composition root that counts."""

    Settings = CommonSettings

    def __init__(self) -> None:
        super().__init__("root_of_a_test")
        self.started = 0
        self.worked = 0
        self.fails = False

    def build(self, settings: CommonSettings) -> Application:
        """One route, and one piece of work."""
        router = APIRouter()

        @router.get("/answer")
        async def answer() -> int:
            return self.started

        def start() -> None:
            self.started += 1
            if self.fails:
                raise ConnectionError("the first start fails")

        async def work() -> None:
            self.worked += 1

        return Application(
            database=open_database(settings, "test"),
            background=Background([], [Periodic("work", work, timedelta(days=1))]),
            relays=[],
            routers=[router],
            statuses={},
            checks={},
            prepare=(start,),
            observe=(),
            watched=[],
        )


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch, empty_schema: str) -> Root:
    monkeypatch.setenv("DATABASE_URL", empty_schema)
    monkeypatch.setenv("ENVIRONMENT", "test")
    made = Root()
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made


def client(instance: Instance) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(instance), base_url="http://test")


async def test_whoever_comes_first_starts_it_once(root: Root) -> None:
    instance = Instance(root.__name__, "test")
    assert root.started == 0
    async with client(instance) as opened:
        working = asyncio.create_task(instance.work())
        answers = await asyncio.gather(*(opened.get("/answer") for _ in range(3)))
    assert [answer.json() for answer in answers] == [1, 1, 1]
    assert await working
    assert root.worked == 1


async def test_a_lifespan_is_answered_and_starts_nothing(root: Root) -> None:
    waiting: list[Message] = [{"type": "lifespan.shutdown"}, {"type": "lifespan.startup"}]
    sent: list[str] = []

    async def receive() -> Message:
        return waiting.pop()

    async def send(message: Message) -> None:
        sent.append(message["type"])

    await Instance(root.__name__, "test")({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert root.started == 0


async def test_a_start_that_failed_is_tried_again(root: Root) -> None:
    instance = Instance(root.__name__, "test")
    root.fails = True
    with pytest.raises(ConnectionError):
        await instance.work()
    root.fails = False
    assert await instance.work()


async def test_operators_endpoints_are_for_probes_alone(root: Root) -> None:
    async with client(Instance(root.__name__, "test")) as opened:
        assert (await opened.get("/livez")).status_code == 200
        outside = {"x-forwarded-for": "192.0.2.1"}
        assert (await opened.get("/livez", headers=outside)).status_code == 404
        assert (await opened.get("/answer", headers=outside)).status_code == 200


def test_keys_come_from_a_secret(
    root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        key = tarfile.TarInfo("./a.key.json")
        key.size, key.mode = 2, 0o600
        archive.addfile(key, io.BytesIO(b"{}"))
    monkeypatch.setenv("SIGNING_KEYS", base64.b64encode(held.getvalue()).decode())
    monkeypatch.setenv("SIGNING_KEYS_DIRECTORY", str(tmp_path / "keys"))
    Instance(root.__name__, "test")
    written = tmp_path / "keys" / "a.key.json"
    assert written.read_text() == "{}"
    assert written.stat().st_mode & 0o777 == 0o600
