"""Identity's published keys, cached: through their rotation, and while identity is down."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kit.logs import describe
from kit.problems import Problem

_log = structlog.get_logger()

FRESH_SECONDS = 60.0
"""How long a key set may be cached; a new key is published twice as long before it signs."""
AGAIN_SECONDS = 5.0
"""An unknown kid does not make us ask more often than that: anybody can invent one."""
RETRY_SECONDS = 1.0


class PublishedKeys:
    """The keys by their kid. `fetch` asks identity for its JWK set.

    While identity does not answer, the keys of the last set serve on, for up to `stale_seconds`.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[dict[str, Any]]],
        *,
        stale_seconds: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._fetch = fetch
        self._stale = stale_seconds
        self._clock = clock
        self._keys: dict[str, ECKey] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._alone = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> ECKey | None:
        """The key, or None where identity has no such key.

        Raises Problem 503 when that cannot be known: identity is down and the key is not cached.
        """
        age = self._clock() - self._fetched_at
        if kid in self._keys and age < self._stale:
            if age >= FRESH_SECONDS:
                self._refresh_behind()
            return self._keys[kid]
        if age >= AGAIN_SECONDS and not await self._refreshed_since(self._clock() - RETRY_SECONDS):
            raise Problem(503, detail="Tokens cannot be verified at the moment.")
        return self._keys.get(kid)

    async def refresh(self) -> None:
        """Ask identity; raises what `fetch` raises, and ValueError for what is no key set."""
        async with self._alone:
            await self._ask()

    async def _refreshed_since(self, time: float) -> bool:
        """Whether a set was fetched since then, by this call or one that ran meanwhile."""
        async with self._alone:
            if self._tried_at < time:
                try:
                    await self._ask()
                except Exception as error:  # noqa: BLE001 - whatever it is, there are no keys
                    _log.warning("keys not fetched", error=describe(error))
            return self._fetched_at >= time

    async def _ask(self) -> None:
        self._tried_at = self._clock()
        try:
            found = [ECKey.import_key(key) for key in (await self._fetch())["keys"]]
        except (JoseError, KeyError, TypeError) as error:
            raise ValueError("identity's answer is no set of keys") from error
        self._keys = {str(key.kid): key for key in found}
        self._fetched_at = self._clock()

    def _refresh_behind(self) -> None:
        if self._clock() - self._tried_at < AGAIN_SECONDS:
            return
        if self._refreshing is None or self._refreshing.done():
            since = self._clock() - RETRY_SECONDS
            self._refreshing = asyncio.create_task(self._quietly(since))

    async def _quietly(self, since: float) -> None:
        await self._refreshed_since(since)
