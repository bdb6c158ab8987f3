"""Identity's keys: cached, through their rotation and while identity is down."""

from typing import Any

import pytest
from joserfc.jwk import ECKey

from kit.problems import Problem
from kit.published_keys import AGAIN_SECONDS, FRESH_SECONDS, PublishedKeys

OLD, NEW = (ECKey.generate_key("P-256", parameters={"kid": kid}) for kid in ("old", "new"))
STALE_SECONDS = 3600.0


class Identity:
    """Publishes keys, or is down, and counts how often it is asked."""

    def __init__(self) -> None:
        self.keys = [OLD]
        self.is_down = False
        self.asked = 0
        self.time = 1000.0
        self.cache = PublishedKeys(self.fetch, stale_seconds=STALE_SECONDS, clock=lambda: self.time)

    async def fetch(self) -> dict[str, Any]:
        """The JWK set."""
        self.asked += 1
        if self.is_down:
            raise ConnectionError
        return {"keys": [key.as_dict(private=False) for key in self.keys]}


async def test_keys_are_asked_for_once() -> None:
    identity = Identity()
    for _ in range(3):
        assert await identity.cache.find("old") is not None
    assert identity.asked == 1


async def test_a_key_that_is_new_is_asked_for_and_one_that_is_gone_is_refused() -> None:
    identity = Identity()
    await identity.cache.find("old")
    identity.keys = [NEW]
    identity.time += AGAIN_SECONDS
    assert await identity.cache.find("new") is not None
    assert await identity.cache.find("old") is None
    assert identity.asked == 2


async def test_invented_keys_do_not_make_us_ask_again_and_again() -> None:
    identity = Identity()
    for number in range(20):
        assert await identity.cache.find(f"invented-{number}") is None
    assert identity.asked == 1


async def test_while_identity_is_down_its_last_keys_serve_for_a_while() -> None:
    identity = Identity()
    await identity.cache.find("old")
    identity.is_down = True
    identity.time += STALE_SECONDS - 1
    assert await identity.cache.find("old") is not None
    with pytest.raises(Problem) as refused:
        await identity.cache.find("new")  # it cannot be known whether it is good
    assert refused.value.status == 503
    identity.time += 2
    with pytest.raises(Problem):
        await identity.cache.find("old")
    identity.is_down = False
    identity.time += 2
    assert await identity.cache.find("old") is not None


async def test_keys_are_renewed_behind_the_requests() -> None:
    identity = Identity()
    await identity.cache.find("old")
    identity.time += FRESH_SECONDS
    assert await identity.cache.find("old") is not None
    assert identity.cache._refreshing is not None
    await identity.cache._refreshing
    assert identity.asked == 2


async def test_what_is_no_set_of_keys_is_refused() -> None:
    async def nonsense() -> dict[str, Any]:
        return {"keys": [{"kty": "EC"}]}

    with pytest.raises(ValueError, match="no set of keys"):
        await PublishedKeys(nonsense, stale_seconds=1).refresh()
