"""Services prove who they are; nobody else passes for one."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.security import HTTPAuthorizationCredentials
from joserfc import jwt
from joserfc.jwk import ECKey

from kit.auth import ALGORITHM, CLOCK_LEEWAY, LONGEST_TOKEN, InvalidToken
from kit.problems import Problem
from kit.service_tokens import (
    LIFETIME_SECONDS,
    TYPE,
    ServiceTokens,
    new_key_pair,
    only,
    private_key,
    public_key,
)

NAMES = ("orders", "identity", "nobody")
PAIRS = {name: new_key_pair() for name in NAMES}
KEYS = {name: private_key(private) for name, (private, _) in PAIRS.items()}
NEXT = private_key(new_key_pair()[0])
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


class Clock:
    """Moves when a test moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def public(key: ECKey) -> ECKey:
    return ECKey.import_key(key.as_dict(private=False))


def service(name: str, key: ECKey | None = None, clock: Clock | None = None) -> ServiceTokens:
    """A service as it signs; nobody calls it."""
    return ServiceTokens(name, key or KEYS[name], {}, clock or Clock())


def catalog(clock: Clock | None = None, *more: ECKey) -> ServiceTokens:
    """A service that orders, with the keys that it has, and identity call."""
    callers = {
        "orders": [public(key) for key in (KEYS["orders"], *more)],
        "identity": [public_key(PAIRS["identity"][1])],
    }
    return ServiceTokens("catalog", KEYS["nobody"], callers, clock or Clock())


def forged(
    key: ECKey = KEYS["orders"],
    *,
    without: Sequence[str] = (),
    typ: str = TYPE,
    kid: str = KEYS["orders"].thumbprint(),
    **claims: object,
) -> str:
    """The token that orders would sign for catalog, but for this."""
    now = int(NOON.timestamp())
    whole = {"iss": "orders", "aud": "catalog", "iat": now, "exp": now + 60, **claims}
    header = {"alg": ALGORITHM, "typ": typ, "kid": kid}
    for name in without:
        (header if name in header else whole).pop(name)
    return jwt.encode(header, whole, key, algorithms=[ALGORITHM])


def otherwise_signed(alg: str, secret: bytes | None) -> str:
    """The same with another algorithm: HMAC with this secret, or none at all."""
    header = {"alg": alg, "typ": TYPE, "kid": KEYS["orders"].thumbprint()}
    signed = f"{_base64(json.dumps(header).encode())}.{forged().split('.')[1]}"
    signature = b"" if secret is None else hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{_base64(signature)}"


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


FORGED: dict[str, Callable[[], str]] = {
    "of orders, signed by identity": lambda: forged(
        KEYS["identity"], kid=KEYS["identity"].thumbprint()
    ),
    "of orders, with its kid, signed by identity": lambda: forged(KEYS["identity"]),
    "signed by a service that may not call": lambda: service("nobody").sign("catalog"),
    "of orders, signed by a key that nobody knows": lambda: service("orders", NEXT).sign("catalog"),
    "for another service": lambda: service("orders").sign("identity"),
    "for nobody in particular": lambda: forged(without=["aud"]),
    "of nobody": lambda: forged(without=["iss"]),
    "expired": lambda: forged(exp=int(NOON.timestamp()) - int(CLOCK_LEEWAY.total_seconds()) - 1),
    "good for ever": lambda: forged(without=["exp"]),
    "of another type": lambda: forged(typ="at+jwt"),
    "without a kid": lambda: forged(without=["kid"]),
    "with a kid that nobody has": lambda: forged(kid="unknown"),
    "not signed": lambda: otherwise_signed("none", None),
    "signed with the public key as a secret": lambda: otherwise_signed(
        "HS256", KEYS["orders"].as_pem(private=False)
    ),
    "with another service's signature": lambda: ".".join(
        [*forged().split(".")[:2], service("identity").sign("catalog").split(".")[2]]
    ),
    "nonsense": lambda: "nonsense",
    "nothing": lambda: "",
}


def test_a_token_says_who_calls() -> None:
    for name in ("orders", "identity"):
        assert catalog().caller(service(name).sign("catalog")) == name
    assert catalog().caller(forged()) == "orders"


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_what_its_caller_did_not_sign_for_us_is_refused(token: Callable[[], str]) -> None:
    with pytest.raises(InvalidToken):
        catalog().caller(token())


def test_a_key_is_changed_without_a_gap() -> None:
    """First who it calls knows both, then it signs with the new one, then the old one goes."""
    before, after = service("orders"), service("orders", NEXT)
    both = catalog(None, NEXT)
    assert both.caller(before.sign("catalog")) == "orders"
    assert both.caller(after.sign("catalog")) == "orders"
    new = ServiceTokens("catalog", KEYS["nobody"], {"orders": [public(NEXT)]}, Clock())
    assert new.caller(after.sign("catalog")) == "orders"
    with pytest.raises(InvalidToken):
        new.caller(before.sign("catalog"))


def test_a_token_expires_also_where_it_is_known_and_is_renewed_before() -> None:
    clock = Clock()
    orders, receiver = service("orders", clock=clock), catalog(clock)
    first = orders.sign("catalog")
    assert receiver.caller(first) == "orders"
    clock.now += timedelta(seconds=LIFETIME_SECONDS / 2 - 1)
    assert orders.sign("catalog") == first
    clock.now += timedelta(seconds=LIFETIME_SECONDS * 2)
    with pytest.raises(InvalidToken):
        receiver.caller(first)
    assert receiver.caller(orders.sign("catalog")) == "orders"


def test_a_signature_is_verified_once(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver, token = catalog(), service("orders").sign("catalog")
    assert receiver.caller(token) == "orders"
    monkeypatch.delattr("joserfc.jwt.decode")
    assert receiver.caller(token) == "orders"


async def test_a_service_that_has_no_business_here_is_forbidden() -> None:
    authenticate = only(catalog(), "orders")

    def token_of(name: str) -> HTTPAuthorizationCredentials:
        signed = service(name).sign("catalog")
        return HTTPAuthorizationCredentials(scheme="Bearer", credentials=signed)

    assert await authenticate(token_of("orders")) == "orders"
    refused = {}
    for caller, credentials in {
        "known for something else": token_of("identity"),
        "unknown": token_of("nobody"),
        "not a service": None,
    }.items():
        with pytest.raises(Problem) as problem:
            await authenticate(credentials)
        refused[caller] = (problem.value.status, problem.value.code)
    assert refused == {
        "known for something else": (403, "forbidden"),
        "unknown": (401, "token_invalid"),
        "not a service": (401, "token_missing"),
    }


def test_a_token_that_is_too_long_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("joserfc.jws.extract_compact")
    with pytest.raises(InvalidToken):
        catalog().caller("a" * (LONGEST_TOKEN + 1))
