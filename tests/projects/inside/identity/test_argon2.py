import asyncio
import threading
import time

import pytest

from identity.adapters.passwords import Argon2Passwords
from identity.domain.errors import OverloadedError

pytestmark = pytest.mark.anyio


def cheap(**options: int) -> Argon2Passwords:
    return Argon2Passwords(memory_kib=64, passes=1, **options)


async def test_a_password_is_right_or_wrong() -> None:
    passwords = cheap()
    stored = await passwords.hash("river stone lantern")
    assert stored.startswith("$argon2id$")
    assert (await passwords.verify("river stone lantern", stored)).right
    assert not (await passwords.verify("river stone lanterns", stored)).right
    assert not (await passwords.verify("what is verified for an unknown address", None)).right


async def test_one_password_has_many_hashes() -> None:
    passwords = cheap()
    assert await passwords.hash("river stone lantern") != await passwords.hash(
        "river stone lantern"
    )


async def test_other_parameters_ask_for_another_hash() -> None:
    stored = await cheap().hash("river stone lantern")
    stronger = Argon2Passwords(memory_kib=128, passes=1)
    verdict = await stronger.verify("river stone lantern", stored)
    assert verdict.rehashed is not None
    again = await stronger.verify("river stone lantern", verdict.rehashed)
    assert again.right
    assert again.rehashed is None


async def test_a_stored_text_that_is_no_hash_matches_nothing() -> None:
    assert not (await cheap().verify("", "")).right
    assert not (await cheap().verify("plain", "plain")).right


async def test_few_hash_at_once_and_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = cheap(concurrency=2, queue=3)
    go, two_run = threading.Event(), threading.Event()
    running: list[int] = []

    def slow(password: str, _: str) -> tuple[bool, None]:
        running.append(len(password))
        if len(running) == 2:
            two_run.set()
        go.wait(10)
        return False, None

    monkeypatch.setattr(passwords, "_verify", slow)
    waiting = [asyncio.create_task(passwords.verify("x", None)) for _ in range(5)]
    await asyncio.to_thread(two_run.wait, 10)
    await asyncio.sleep(0.02)
    with pytest.raises(OverloadedError):
        await passwords.verify("x", None)
    assert len(running) == 2
    go.set()
    await asyncio.gather(*waiting)


async def test_an_unknown_address_takes_the_time_of_a_wrong_password() -> None:
    passwords = Argon2Passwords()
    stored = await passwords.hash("river stone lantern")
    fastest: dict[bool, float] = {}
    for _ in range(5):
        for known in (True, False):
            started = time.process_time()  # of every thread, and whatever else the machine does
            await passwords.verify("wrong", stored if known else None)
            took = time.process_time() - started
            fastest[known] = min(took, fastest.get(known, took))
    assert 0.5 < fastest[False] / fastest[True] < 2
