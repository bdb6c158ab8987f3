"""A service starts, and accepts what it can, while no broker answers."""

import socket
from pathlib import Path

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from dev import brokers
from identity_service.composition import SCHEMAS, Settings
from identity_service.server import create_app
from kit.migrations import upgrade
from kit.settings import role_of

pytestmark = pytest.mark.postgres


async def test_it_accepts_says_what_is_missing_and_keeps_the_event(
    clean_database: str, owner_url: str, tmp_path: Path
) -> None:
    upgrade(owner_url, SCHEMAS, rows=role_of(clean_database))
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        settings = Settings(
            environment="test",
            database_url=SecretStr(clean_database),
            signing_keys_directory=tmp_path / "keys",
            kafka_bootstrap_servers=address,
        )
        app = create_app(settings)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client,
        ):
            somebody = {
                "email": "ada@example.org",
                "password": "seven lamps over the harbour",
                "name": "Ada",
            }
            assert (await client.post("/v1/auth/register", json=somebody)).status_code == 201
            assert (await client.get("/livez")).status_code == 200
            ready = await client.get("/readyz")
    assert ready.status_code == 503
    assert f"KAFKA_BOOTSTRAP_SERVERS={address}" in ready.json()["checks"]["kafka"]
    with psycopg.connect(clean_database) as connection:
        waiting = connection.execute(
            "SELECT count(*) FROM identity.outbox WHERE delivered_at IS NULL"
        ).fetchone()
    assert waiting == (1,)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ([], "usage: python -m dev.brokers COMMAND..."),
        (["no-such-program"], "error: no-such-program cannot be run: No such file or directory"),
    ],
)
def test_what_cannot_be_run_on_brokers_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    said: str,
) -> None:
    monkeypatch.setenv(brokers.VARIABLE, "nowhere:9")
    assert brokers.main(command) == 2
    assert capsys.readouterr().err == f"{said}\n"
