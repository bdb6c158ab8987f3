"""An open load: what a server that stands still costs those who wait, and when a run is void."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from blueprint_cli.benching.histogram import Histogram
from blueprint_cli.benching.load import MOST_FILES, Load, Measured, Request, allow_files, together
from tests.benching.servers import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.benching.connections import Answer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NO = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"


def ended(answer: Answer) -> str:
    return "ok" if answer.status == 200 else "error"


def asking() -> Iterator[Request]:
    while True:
        yield Request("GET /", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", ended)


def measured(port: int, requests: Iterator[Request], rate: float, seconds: float) -> Measured:
    async def main() -> Measured:
        load = Load("127.0.0.1", port)
        try:
            return await load.run(requests, rate, seconds)
        finally:
            await load.close()

    return asyncio.run(main())


def test_who_was_due_while_the_server_stood_still_has_waited() -> None:
    stalled = False

    async def answer(_head: bytes) -> bytes:
        nonlocal stalled
        if not stalled:
            stalled = True
            time.sleep(1)  # noqa: ASYNC251 - the whole server stands still, that is the point
        return OK

    with serving(answer) as port:
        found = measured(port, asking(), rate=50, seconds=2)
    latencies = found.latencies["GET /"]
    assert found.asked == latencies.count == 100
    # Half of them were due in that second; a generator that waits would have seen one.
    assert latencies.percentile(70) > 300
    assert found.ended["GET /"]["ok"] == 100


def test_errors_and_what_is_never_answered_are_counted() -> None:
    count = itertools.count()

    async def answer(_head: bytes) -> bytes:
        return (OK, NO, b"Connection: close")[next(count) % 3]

    with serving(answer) as port:
        found = measured(port, asking(), rate=60, seconds=1)
    assert found.ended["GET /"]["ok"] == 20
    assert found.ended["GET /"]["error"] == 40


def test_a_server_that_is_not_there_is_an_error_each() -> None:
    found = measured(1, asking(), rate=50, seconds=0.2)
    assert found.ended["GET /"]["error"] == 10


def test_a_generator_that_is_starved_makes_the_run_void() -> None:
    def slow() -> Iterator[Request]:
        for request in asking():
            time.sleep(0.05)
            yield request

    async def answer(_head: bytes) -> bytes:
        return OK

    with serving(answer) as port:
        found = measured(port, slow(), rate=100, seconds=0.5)
    assert "the generator was" in found.invalid


def opened(port: int, rate: float, seconds: float, think_seconds: float) -> int:
    """How many connections are open after so long."""

    async def main() -> int:
        load = Load("127.0.0.1", port, think_seconds=think_seconds)
        try:
            found = await load.run(asking(), rate, seconds)
            assert found.ended["GET /"]["ok"] == found.asked == rate * seconds
            return sum(one.open for one in load.connections)
        finally:
            await load.close()

    return asyncio.run(main())


def test_who_thinks_between_two_requests_keeps_a_connection_of_their_own() -> None:
    async def answer(_head: bytes) -> bytes:
        return OK

    with serving(answer) as port:
        # Forty a second, each user one in half a second: twenty users.
        assert opened(port, rate=40, seconds=2, think_seconds=0.5) == 20
        assert opened(port, rate=40, seconds=0.25, think_seconds=2) == 10


def test_a_user_whose_answer_is_late_is_asked_for_all_the_same() -> None:
    async def answer(_head: bytes) -> bytes:
        await asyncio.sleep(0.3)
        return OK

    with serving(answer) as port:
        # Each is due again after a tenth of a second, three times before an answer is there.
        assert opened(port, rate=40, seconds=1, think_seconds=0.1) == 4


def test_as_many_files_may_be_open_as_a_container_lets() -> None:
    resource = pytest.importorskip("resource")
    before = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = 512 if soft == resource.RLIM_INFINITY else min(512, soft)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))
        allow_files()
        after, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert after == (MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_who_is_interrupted_hears_of_all_that_was_sent() -> None:
    sent, heard = itertools.count(), Counter[str]()

    def counting(answer: Answer) -> str:
        heard[ended(answer)] += 1
        return ended(answer)

    def asked() -> Iterator[Request]:
        for one in asking():
            next(sent)
            yield Request(one.route, one.wire, counting)

    async def answer(_head: bytes) -> bytes:
        await asyncio.sleep(0.4)
        return OK

    async def main(port: int) -> None:
        load = Load("127.0.0.1", port)
        running = asyncio.create_task(load.run(asked(), 50, 60))
        await asyncio.sleep(0.3)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await load.close()

    with serving(answer) as port:
        asyncio.run(main(port))
    assert heard == {"ok": next(sent)}


def test_rounds_merge_without_loss() -> None:
    rounds = []
    for milliseconds in (10.0, 30.0):
        one = Measured(seconds=1, offered=10, asked=10)
        one.latencies["GET /"] = Histogram()
        one.ended["GET /"] = Counter(ok=10)
        for _ in range(10):
            one.latencies["GET /"].record(milliseconds)
        rounds.append(one)
    whole = together(rounds)
    assert (whole.asked, whole.seconds, whole.rate) == (20, 2, 10)
    assert 9 < whole.latencies["GET /"].percentile(50) < 11
    assert 29 < whole.p95_ms < 31
    again = Histogram(whole.latencies["GET /"].encoded())
    assert again.count == 20
