"""Work beside the requests goes on after a failure and ends after what it is at."""

import asyncio
from datetime import timedelta

from kit.background import Background, Periodic

SOON = timedelta(milliseconds=1)


async def test_a_failure_does_not_end_periodic_work() -> None:
    runs = 0
    enough = asyncio.Event()

    async def fail() -> None:
        nonlocal runs
        runs += 1
        if runs == 3:
            enough.set()
        raise LookupError

    background = Background([], [Periodic("failing", fail, SOON)])
    background.start()
    await asyncio.wait_for(enough.wait(), 2)
    await background.stop(timedelta(seconds=1))


async def test_what_failed_is_tried_again_sooner() -> None:
    runs = 0
    done = asyncio.Event()

    async def fail_once() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise LookupError
        done.set()

    work = Periodic("failing", fail_once, timedelta(hours=1), after_failure=SOON)
    background = Background([], [work])
    background.start()
    await asyncio.wait_for(done.wait(), 2)
    await background.stop(timedelta(seconds=1))
    assert runs == 2


async def test_what_has_more_to_do_is_run_again_at_once_until_it_is_stopped() -> None:
    begun = ended = 0
    enough = asyncio.Event()

    async def find_more() -> bool:
        nonlocal begun, ended
        begun += 1
        await asyncio.sleep(0)
        ended += 1
        if ended == 3:
            enough.set()
        return True

    background = Background([], [Periodic("endless", find_more, timedelta(hours=1))])
    background.start()
    await asyncio.wait_for(enough.wait(), 2)
    await background.stop(timedelta(seconds=2))
    assert begun == ended


async def test_what_says_how_much_it_did_is_run_again_in_time() -> None:
    runs = 0

    async def count() -> int:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0)
        return 1

    background = Background([], [Periodic("counting", count, timedelta(hours=1))])
    background.start()
    for _ in range(9):
        await asyncio.sleep(0)
    await background.stop(timedelta(seconds=2))
    assert runs == 1


async def test_stopping_waits_for_what_has_begun_but_not_for_ever() -> None:
    finished: list[str] = []
    begun = asyncio.Event()

    async def work(name: str, seconds: float) -> None:
        begun.set()
        await asyncio.sleep(seconds)
        finished.append(name)

    background = Background(
        [],
        [
            Periodic("short", lambda: work("short", 0.1), SOON),
            Periodic("long", lambda: work("long", 60), SOON),
        ],
    )
    background.start()
    await begun.wait()
    await background.stop(timedelta(seconds=0.5))
    assert finished == ["short"]


async def test_what_never_started_can_be_stopped() -> None:
    await Background([], []).stop(SOON)
