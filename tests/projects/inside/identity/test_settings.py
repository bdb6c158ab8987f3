from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from identity.adapters.settings import DEVELOPMENT_KEYS, IdentitySettings
from kit.settings import SettingsError, load


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv(
        "DATABASE_URL",
        "postgresql://shop:a-password-of-its-own@db.internal/shop?sslmode=verify-full",
    )
    for name in ("ENVIRONMENT", "SIGNING_KEYS_DIRECTORY", "TRUSTED_PROXIES"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_development_has_a_place_for_keys() -> None:
    settings = load(IdentitySettings)
    assert settings.signing_keys_directory == DEVELOPMENT_KEYS
    assert settings.trusted_proxies == ()
    assert settings.access_token_lifetime == timedelta(minutes=15)
    assert settings.lifetimes.refresh == timedelta(days=14)
    assert settings.throttle_rules.address.free == 5


def test_production_needs_a_place_of_its_own(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ENVIRONMENT", "production")
    with pytest.raises(SettingsError, match="SIGNING_KEYS_DIRECTORY"):
        load(IdentitySettings)
    environment.setenv("SIGNING_KEYS_DIRECTORY", "/run/keys")
    assert load(IdentitySettings).signing_keys_directory == Path("/run/keys")


def test_the_common_settings_keep_their_own_rules(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CORS_ORIGINS", "https://a.example, https://b.example")
    assert load(IdentitySettings).cors_origins == ("https://a.example", "https://b.example")


def test_trusted_proxies_are_networks_or_addresses(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TRUSTED_PROXIES", "10.0.0.0/8, fd00::1")
    assert load(IdentitySettings).trusted_proxies == (
        ip_network("10.0.0.0/8"),
        ip_network("fd00::1"),
    )
    environment.setenv("TRUSTED_PROXIES", "everybody")
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        load(IdentitySettings)
