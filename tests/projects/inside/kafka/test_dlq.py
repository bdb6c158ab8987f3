"""`make dlq`: what an operator sees and does."""

import asyncio

import pytest

from kit.commands import BAD_INPUT
from kit_kafka.commands import dlq
from tests.kit_kafka.world import Counted, NothingThereError, World

pytestmark = pytest.mark.postgres


@pytest.fixture
def environment(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The command's settings."""
    settings = world.settings
    monkeypatch.setenv("ENVIRONMENT", "test")
    monkeypatch.setenv("DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", settings.kafka_bootstrap_servers)
    return world


async def run(*arguments: str) -> int:
    return await asyncio.to_thread(dlq.main, arguments)


async def test_list_inspect_and_replay(
    environment: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world = environment
    missing = True

    async def handler(event: Counted) -> None:
        if missing:
            raise NothingThereError(f"nothing has the number {event.number}")
        await world.count(event)

    await world.publish(41)
    world.start(world.relay(), world.consumer(world.handling(handler)))
    (letter,) = await world.dead_letters(1)
    name = f"{world.group}/{letter.number}"
    assert await run("list") == 0
    assert f"{name} " in capsys.readouterr().out
    assert await run("inspect", name) == 0
    shown = capsys.readouterr().out
    assert "unknown_aggregate" in shown
    assert "nothing has the number 41" in shown
    assert f"ce_type: {world.kind}" in shown
    assert '"number": 41' in shown
    missing = False
    assert await run("replay", name) == 0
    await world.effects_become([41])
    capsys.readouterr()
    assert await run("list", world.group) == 0
    assert capsys.readouterr().out == "no dead letters\n"


async def test_what_is_not_there_is_said(
    environment: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("inspect", f"{environment.group}/7") == BAD_INPUT
    assert "make dlq" in capsys.readouterr().err
