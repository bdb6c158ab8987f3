"""Identity's published keys, asked for by HTTP: the only call from one service to another."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

_SECONDS = 3.0


def published_keys(identity_url: str) -> Callable[[], Awaitable[dict[str, Any]]]:
    """What fetches identity's JWK set; raises httpx.HTTPError."""

    async def fetch() -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client:
            answer = await client.get(f"{identity_url.rstrip('/')}/.well-known/jwks.json")
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found

    return fetch
