"""Argon2id, off the event loop, a few at a time."""

from collections.abc import Callable
from functools import partial
from importlib.resources import files
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from identity.application.ports import Verdict
from identity.domain.errors import OverloadedError

T = TypeVar("T")

# OWASP's Password Storage Cheat Sheet: one of its equally strong settings, the one with the most
# memory below 20 MiB, so that `concurrency` hashes fit into a small container.
MEMORY_KIB = 19_456
PASSES = 2
LANES = 1


class Argon2Passwords:
    """At most `concurrency` hashes at once, each on a thread; at most `queue` more wait."""

    def __init__(
        self,
        *,
        concurrency: int = 2,
        queue: int = 64,
        memory_kib: int = MEMORY_KIB,
        passes: int = PASSES,
        lanes: int = LANES,
    ) -> None:
        self._hasher = PasswordHash(
            (Argon2Hasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes),)
        )
        self._concurrency = concurrency
        self._queue = queue
        self._limiter: CapacityLimiter | None = None
        self._nobodys = self._hasher.hash("what is verified for an unknown address")

    async def hash(self, password: str) -> str:
        return await self._on_a_thread(partial(self._hasher.hash, password))

    async def verify(self, password: str, password_hash: str | None) -> Verdict:
        right, rehashed = await self._on_a_thread(
            partial(self._verify, password, password_hash or self._nobodys)
        )
        return Verdict(right and password_hash is not None, rehashed)

    def _verify(self, password: str, password_hash: str) -> tuple[bool, str | None]:
        try:
            return self._hasher.verify_and_update(password, password_hash)
        except UnknownHashError:
            return False, None

    async def _on_a_thread(self, work: Callable[[], T]) -> T:
        if self._limiter is None:  # belongs to the running event loop
            self._limiter = CapacityLimiter(self._concurrency)
        if self._limiter.statistics().tasks_waiting >= self._queue:
            raise OverloadedError("Too many passwords are waiting to be checked.")
        return await to_thread.run_sync(work, limiter=self._limiter)


def common_passwords() -> frozenset[str]:
    """The list beside this module, in lower case."""
    text = (files(__package__) / "common_passwords.txt").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return frozenset(line.lower() for line in lines if line and not line.startswith("#"))
