import base64
import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from identity.adapters.keys import SigningKeys, public_key
from identity.adapters.tokens import SignedAccessTokens
from identity.domain.user import Role
from kit.auth import InvalidToken, Principal
from tests.identity.builders import ManualClock

pytestmark = pytest.mark.anyio
ADA = UUID(int=7)
LIFETIME = timedelta(minutes=15)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def keys(tmp_path: Path, clock: ManualClock) -> SigningKeys:
    keys = SigningKeys(tmp_path, lifetime=LIFETIME, production=False)
    keys.ensure(clock())
    return keys


@pytest.fixture
def tokens(keys: SigningKeys, clock: ManualClock) -> SignedAccessTokens:
    return signed(keys, clock)


def signed(
    keys: SigningKeys, clock: ManualClock, issuer: str = "shop", audience: str = "shop"
) -> SignedAccessTokens:
    return SignedAccessTokens(
        keys, issuer=issuer, audience=audience, lifetime=LIFETIME, clock=clock, new_id=uuid4
    )


def parts(token: str) -> tuple[dict[str, object], dict[str, object]]:
    header, claims, _ = token.split(".")
    return decoded(header), decoded(claims)


def decoded(part: str) -> dict[str, object]:
    loaded: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return loaded


async def test_a_token_says_who_may_do_what_until_when(
    tokens: SignedAccessTokens, keys: SigningKeys, clock: ManualClock
) -> None:
    issued = tokens.issue(ADA, Role.ADMIN, clock())
    header, claims = parts(issued.value)
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": keys.signing(clock()).kid}
    assert claims.keys() == {"iss", "aud", "sub", "exp", "iat", "jti", "role"}
    assert await tokens.verify(issued.value) == Principal(ADA, "admin")


async def test_a_token_expires_also_when_it_is_remembered(
    tokens: SignedAccessTokens, clock: ManualClock
) -> None:
    issued = tokens.issue(ADA, Role.USER, clock())
    clock.now += LIFETIME - timedelta(seconds=1)
    await tokens.verify(issued.value)
    clock.pass_time(seconds=1)
    with pytest.raises(InvalidToken):
        await tokens.verify(issued.value)


async def test_a_token_of_before_the_clock_stepped_back_is_good(
    tokens: SignedAccessTokens, clock: ManualClock
) -> None:
    issued = tokens.issue(ADA, Role.USER, clock())
    clock.pass_time(hours=-1)
    assert (await tokens.verify(issued.value)).user_id == ADA


async def test_a_rotation_leaves_tokens_good_and_a_revocation_does_not(
    tokens: SignedAccessTokens, keys: SigningKeys, clock: ManualClock
) -> None:
    issued = tokens.issue(ADA, Role.USER, clock())
    keys.rotate(clock(), after=timedelta(0))
    await tokens.verify(issued.value)
    assert len(tokens.published()["keys"]) == 2  # type: ignore[arg-type]
    keys.rotate(clock(), after=timedelta(0), forget_others=True)
    with pytest.raises(InvalidToken):
        await tokens.verify(issued.value)


@pytest.mark.parametrize(("issuer", "audience"), [("other", "shop"), ("shop", "other")])
async def test_another_deployments_token_is_refused(
    tokens: SignedAccessTokens, keys: SigningKeys, clock: ManualClock, issuer: str, audience: str
) -> None:
    issued = signed(keys, clock, issuer, audience).issue(ADA, Role.USER, clock())
    with pytest.raises(InvalidToken):
        await tokens.verify(issued.value)


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "exp", "iat", "jti", "role"])
async def test_every_claim_is_needed(
    tokens: SignedAccessTokens, keys: SigningKeys, clock: ManualClock, missing: str
) -> None:
    header, claims = parts(tokens.issue(ADA, Role.USER, clock()).value)
    del claims[missing]
    forged = jwt.encode(header, claims, keys.signing(clock()).key, algorithms=["ES256"])
    with pytest.raises(InvalidToken):
        await tokens.verify(forged)


async def test_forgeries_are_refused(
    tokens: SignedAccessTokens, keys: SigningKeys, clock: ManualClock
) -> None:
    good = tokens.issue(ADA, Role.USER, clock()).value
    header, claims = parts(good)
    head, body, signature = good.split(".")
    public = json.dumps(public_key(keys.signing(clock())))
    none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"%s"}' % str(header["kid"]).encode())
    forged = [
        jwt.encode(header, claims, ECKey.generate_key("P-256"), algorithms=["ES256"]),
        jwt.encode(
            {**header, "alg": "HS256"}, claims, OctKey.import_key(public), algorithms=["HS256"]
        ),
        jwt.encode(
            {**header, "typ": "JWT"}, claims, keys.signing(clock()).key, algorithms=["ES256"]
        ),
        jwt.encode(
            header, {**claims, "sub": "ada"}, keys.signing(clock()).key, algorithms=["ES256"]
        ),
        jwt.encode(
            {**header, "kid": "other"}, claims, keys.signing(clock()).key, algorithms=["ES256"]
        ),
        f"{none.decode().rstrip('=')}.{body}.",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}",
        "..",
        "",
        "ä",
        "a.b.c.d.e",
        "\ud800",
    ]
    for token in forged:
        with pytest.raises(InvalidToken):
            await tokens.verify(token)
    await tokens.verify(good)


async def test_a_signature_is_checked_once_and_then_remembered(
    tokens: SignedAccessTokens, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = tokens.issue(ADA, Role.USER, clock())
    first = await tokens.verify(issued.value)
    monkeypatch.delattr(jwt, "decode")
    assert await tokens.verify(issued.value) == first


async def test_what_is_remembered_is_bounded(
    tokens: SignedAccessTokens, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.auth.REMEMBERED", 3)
    for _ in range(10):
        await tokens.verify(tokens.issue(ADA, Role.USER, clock()).value)
    assert len(tokens._tokens._verified) <= 3
