"""Users' access tokens, verified here with the keys that identity publishes."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from kit.auth import AccessTokens, Authenticate, bearer
from kit.background import Periodic
from kit.clock import utc_now
from kit.published_keys import AGAIN_SECONDS, FRESH_SECONDS, PublishedKeys
from kit.token_settings import TokenSettings


def verify_with_published_keys(
    fetch: Callable[[], Awaitable[dict[str, Any]]], settings: TokenSettings
) -> tuple[Authenticate, Periodic]:
    """The dependency that authenticates users, and the work that keeps its keys fresh.

    `fetch` asks identity for its JWK set.
    """
    keys = PublishedKeys(fetch, stale_seconds=settings.keys_may_be_stale.total_seconds())
    tokens = AccessTokens(
        keys.find,
        issuer=settings.token_issuer,
        audience=settings.token_audience,
        clock=utc_now,
    )
    refresh = Periodic(
        "refresh published keys",
        keys.refresh,
        every=timedelta(seconds=FRESH_SECONDS / 2),
        # Where all start at once identity may come last; from then on it may be down.
        after_failure=timedelta(seconds=AGAIN_SECONDS),
    )
    return bearer(tokens), refresh
