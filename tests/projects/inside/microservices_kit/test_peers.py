"""What a service reads of keys from its environment."""

from base64 import b64encode

import pytest
from joserfc.jwk import ECKey, RSAKey
from pydantic import SecretStr

from kit.peers import Peers, PeerSettings, PublicKeys
from kit.service_tokens import new_key_pair
from kit.settings import SettingsError, load

PRIVATE, PUBLIC = new_key_pair()
NEXT = new_key_pair()[1]


class Settings(PeerSettings):
    """Of a service that orders may call."""

    orders_public_keys: PublicKeys = ()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    url = "postgresql://shop:a-password-of-its-own@db.internal/shop?sslmode=verify-full"
    given = {"DATABASE_URL": url, "SERVICE_KEY": PRIVATE, "ORDERS_PUBLIC_KEYS": PUBLIC}
    for name, value in {**given, "ENVIRONMENT": "production"}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_caller_has_a_key_or_two(environment: pytest.MonkeyPatch) -> None:
    assert load(Settings).orders_public_keys == (PUBLIC,)
    environment.setenv("ORDERS_PUBLIC_KEYS", f"{PUBLIC}, {NEXT}")
    assert load(Settings).orders_public_keys == (PUBLIC, NEXT)


@pytest.mark.parametrize("name", ["SERVICE_KEY", "ORDERS_PUBLIC_KEYS"])
def test_production_does_not_start_without_keys(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(name)
    with pytest.raises(SettingsError, match=f"^{name}: must .* when ENVIRONMENT=production"):
        load(Settings)
    environment.setenv("ENVIRONMENT", "test")
    assert load(Settings).signing_key.is_private


def der(key: ECKey | RSAKey, *, private: bool) -> str:
    return b64encode(key.as_der(private=private)).decode()


WRONG = {
    "not base64": "a-key!",
    "half of one": PRIVATE[: len(PRIVATE) // 2],
    "PEM with its marks": ECKey.generate_key("P-256").as_pem(private=True).decode(),
    "another curve": der(ECKey.generate_key("P-384"), private=True),
    "another kind": der(RSAKey.generate_key(2048), private=True),
}


@pytest.mark.parametrize("text", [*WRONG.values(), PUBLIC], ids=[*WRONG, "the public half"])
def test_what_is_no_private_key_is_named_and_not_shown(
    environment: pytest.MonkeyPatch, text: str
) -> None:
    environment.setenv("SERVICE_KEY", text)
    with pytest.raises(SettingsError, match=r"^SERVICE_KEY: is no private P-256 key") as error:
        load(Settings)
    assert text not in str(error.value)


@pytest.mark.parametrize("text", [*WRONG.values(), PRIVATE], ids=[*WRONG, "the private half"])
def test_what_is_no_public_key_is_named_and_not_shown(
    environment: pytest.MonkeyPatch, text: str
) -> None:
    environment.setenv("ORDERS_PUBLIC_KEYS", f"{PUBLIC},{text}")
    with pytest.raises(SettingsError, match=r"^ORDERS_PUBLIC_KEYS: has no public P-256") as error:
        load(Settings)
    assert text not in str(error.value)


def test_a_private_key_is_not_shown() -> None:
    assert PRIVATE not in repr(load(Settings))


def test_who_may_call_is_who_is_known() -> None:
    settings = Settings(
        environment="test",
        database_url=SecretStr("postgresql://here/it"),
        service_key=SecretStr(""),
    )
    peers = Peers("catalog", settings, orders=(PUBLIC,))
    peers.only("orders")
    with pytest.raises(ValueError, match="notifications"):
        peers.only("orders", "notifications")
