import string
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from identity.adapters.tokens import RefreshKeys, SignedRefreshTokens
from identity.application.ports import RefreshToken
from tests.identity.builders import LIFETIMES, NOON, ManualClock

TOKEN = RefreshToken(uuid4(), 7)
SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def keys(tmp_path: Path) -> RefreshKeys:
    keys = RefreshKeys(tmp_path, lifetime=LIFETIMES.session, production=False)
    keys.ensure(NOON)
    return keys


@pytest.fixture
def tokens(keys: RefreshKeys, clock: ManualClock) -> SignedRefreshTokens:
    return SignedRefreshTokens(keys, clock)


def test_a_token_names_its_session_and_its_number(tokens: SignedRefreshTokens) -> None:
    text = tokens.issue(TOKEN, NOON)
    assert tokens.read(text) == TOKEN
    assert tokens.issue(TOKEN, NOON) == text
    assert set(text) <= {*string.ascii_letters, *string.digits, "-", "_"}


def test_nobody_else_can_write_one(
    tokens: SignedRefreshTokens, clock: ManualClock, tmp_path: Path
) -> None:
    text = tokens.issue(TOKEN, NOON)
    other_keys = RefreshKeys(tmp_path / "other", lifetime=LIFETIMES.session, production=False)
    other_keys.ensure(NOON)
    changed = [
        text[:i] + ("A" if text[i] != "A" else "B") + text[i + 1 :] for i in range(len(text))
    ]
    forged = SignedRefreshTokens(other_keys, clock).issue(TOKEN, NOON)
    for strange in (*changed, forged, text + "=", text[:-1], f"{text} ", "", "\0", "\ud800" * 70):
        assert tokens.read(strange) is None


def test_what_is_too_long_is_not_decoded(
    tokens: SignedRefreshTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("identity.adapters.tokens.urlsafe_b64decode")
    assert tokens.read("a" * 80_000) is None


def test_a_rotation_of_keys_leaves_tokens_good_and_the_successor_the_same(
    tokens: SignedRefreshTokens, keys: RefreshKeys, clock: ManualClock
) -> None:
    before = tokens.issue(TOKEN, NOON)
    clock.pass_time(seconds=1)
    keys.rotate(clock(), after=timedelta(0))
    assert tokens.issue(TOKEN, NOON) == before != tokens.issue(TOKEN, clock())
    clock.now += LIFETIMES.session - SECOND
    assert tokens.read(before) == TOKEN
    clock.now += SECOND
    assert tokens.read(before) is None


def test_a_stolen_key_makes_no_more_tokens(
    tokens: SignedRefreshTokens, keys: RefreshKeys, clock: ManualClock
) -> None:
    before = tokens.issue(TOKEN, NOON)
    keys.rotate(clock(), after=timedelta(0), forget_others=True)
    assert tokens.read(before) is None
    assert tokens.read(tokens.issue(TOKEN, NOON)) == TOKEN
