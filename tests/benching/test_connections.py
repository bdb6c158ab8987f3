from __future__ import annotations

import asyncio

import pytest

from blueprint_cli.benching.connections import Answer, Connection
from tests.benching.servers import serving

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=1\r\ndefg\r\n0\r\n\r\n"
)


async def ask(port: int, request: bytes, times: int = 1) -> list[Answer]:
    free: list[Connection] = []
    _, connection = await asyncio.get_running_loop().create_connection(
        lambda: Connection(free.append), "127.0.0.1", port
    )
    found = []
    for _ in range(times):
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        connection.send(request, answered.set_result)
        found.append(await asyncio.wait_for(answered, 10))
    connection.close()
    await asyncio.sleep(0)
    return found


@pytest.mark.parametrize(
    ("said", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, b"abc"),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", 404, b""),
        (CHUNKED, 200, b"abcdefg"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 200 OK\r\nX: until-closed\r\n\r\nall of it", 200, b"all of it"),
        (b"HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", 503, b"x"),
    ],
)
def test_an_answer_is_read_whole(said: bytes, status: int, body: bytes) -> None:
    async def answer(_head: bytes) -> bytes:
        return said

    with serving(answer) as port:
        assert asyncio.run(ask(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")) == [
            Answer(status, body)
        ]


def test_a_connection_carries_one_request_after_the_other() -> None:
    count = 0

    async def answer(_head: bytes) -> bytes:
        nonlocal count
        count += 1
        return CHUNKED if count % 2 else b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"

    with serving(answer) as port:
        found = asyncio.run(ask(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", times=4))
    assert [one.body for one in found] == [b"abcdefg", b"x", b"abcdefg", b"x"]


def test_a_head_has_no_body_and_a_connection_that_ends_no_answer() -> None:
    async def answer(head: bytes) -> bytes:
        if head.startswith(b"HEAD"):
            return b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
        return b"Connection: close"  # no answer at all

    with serving(answer) as port:
        assert asyncio.run(ask(port, b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")) == [Answer(200)]
        assert asyncio.run(ask(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")) == [Answer(0)]
