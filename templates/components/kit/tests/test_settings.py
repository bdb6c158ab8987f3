"""Settings are checked at start, and the message names the variable."""

from pathlib import Path

import pytest

from kit.settings import CommonSettings, SettingsError, load

URL = "postgresql://shop:a-long-secret@db.example/shop"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test sets."""
    for name in CommonSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: is not set$"):
        load(CommonSettings)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"PORT": "x"}, "PORT: "),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL: "),
        ({"DATABASE_URL": "mysql://shop"}, "DATABASE_URL: must be a URL"),
        ({"CORS_ORIGINS": "*"}, "CORS_ORIGINS: each must be an origin"),
        ({"CORS_ORIGINS": "https://a.example/path"}, "CORS_ORIGINS: "),
        ({"ENVIRONMENT": "production", "LOG_LEVEL": "DEBUG"}, "LOG_LEVEL: must not be DEBUG"),
        (
            {"ENVIRONMENT": "production", "DATABASE_URL": "postgresql://u:postgres@h/d"},
            "DATABASE_URL: needs a password of its own",
        ),
        ({"ENVIRONMENT": "production", "DATABASE_URL": "postgresql://h/d"}, "DATABASE_URL: needs"),
    ],
)
def test_what_is_wrong_is_named_and_no_value_shown(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], message: str
) -> None:
    for name, value in ({"DATABASE_URL": URL} | variables).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load(CommonSettings)
    assert str(refused.value).startswith(message)
    assert "a-long-secret" not in str(refused.value)


def test_all_errors_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "-1")
    with pytest.raises(SettingsError) as refused:
        load(CommonSettings)
    assert len(str(refused.value).splitlines()) == 2


def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, https://b.example:8443")
    assert load(CommonSettings).cors_origins == ("https://a.example", "https://b.example:8443")


def test_the_file_that_compose_reads_is_for_compose_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL={URL}\n")
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: is not set$"):
        load(CommonSettings)


def test_the_password_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    assert "a-long-secret" not in repr(load(CommonSettings))
