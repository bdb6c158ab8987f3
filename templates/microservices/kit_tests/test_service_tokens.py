"""Services prove who they are; nobody else passes for one."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.security import HTTPAuthorizationCredentials

from kit.auth import LONGEST_TOKEN
from kit.problems import Problem
from kit.service_tokens import LIFETIME_SECONDS, ServiceTokens, only

OLD, NEW = "an old secret that is long enough.", "a new secret that is long enough too"


class Clock:
    """Moves when a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def service(name: str, *secrets: str, clock: Clock | None = None) -> ServiceTokens:
    return ServiceTokens(name, secrets or (NEW,), clock or Clock())


def test_a_token_says_who_calls() -> None:
    assert service("catalog").caller(service("orders").sign("catalog")) == "orders"


def test_secrets_are_rotated_without_a_gap() -> None:
    before, between = service("orders", OLD), service("catalog", OLD, NEW)
    after = service("orders", NEW, OLD)
    assert between.caller(before.sign("catalog")) == "orders"
    assert between.caller(after.sign("catalog")) == "orders"


@pytest.mark.parametrize(
    "token",
    [
        service("orders").sign("identity"),
        service("orders", OLD).sign("catalog"),
        "nonsense",
        "",
    ],
)
def test_what_is_not_for_us_or_not_signed_by_us_is_refused(token: str) -> None:
    with pytest.raises(Problem) as refused:
        service("catalog").caller(token)
    assert refused.value.status == 401


def test_a_token_expires_and_is_renewed_before() -> None:
    clock = Clock()
    orders, catalog = service("orders", clock=clock), service("catalog", clock=clock)
    first = orders.sign("catalog")
    clock.now += timedelta(seconds=LIFETIME_SECONDS / 2 - 1)
    assert orders.sign("catalog") == first
    clock.now += timedelta(seconds=LIFETIME_SECONDS * 2)
    with pytest.raises(Problem):
        catalog.caller(first)
    assert catalog.caller(orders.sign("catalog")) == "orders"


async def test_a_service_that_has_no_business_here_is_forbidden() -> None:
    authenticate = only(service("catalog"), "orders")

    def token_of(name: str) -> HTTPAuthorizationCredentials:
        signed = service(name).sign("catalog")
        return HTTPAuthorizationCredentials(scheme="Bearer", credentials=signed)

    await authenticate(token_of("orders"))
    with pytest.raises(Problem) as forbidden:
        await authenticate(token_of("notifications"))
    assert forbidden.value.status == 403
    with pytest.raises(Problem) as missing:
        await authenticate(None)
    assert missing.value.status == 401


def test_a_token_that_is_too_long_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("joserfc.jwt.decode")
    with pytest.raises(Problem) as refused:
        service("catalog").caller("a" * (LONGEST_TOKEN + 1))
    assert refused.value.code == "token_invalid"
