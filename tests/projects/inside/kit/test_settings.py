"""Settings are checked at start, and the message names the variable."""

from pathlib import Path

import pytest

from kit.migrate import MigrationSettings
from kit.settings import CommonSettings, SettingsError, load

URL = "postgresql://shop:a-long-secret@db.example/shop?sslmode=verify-full"
IN_CLEAR = URL.partition("?")[0]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test sets."""
    for name in (*MigrationSettings.model_fields, "PGSSLMODE", "PGHOST"):
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
        ({"DATABASE_URL": "postgresql://u:a-long-secret@h:x/d?y"}, "DATABASE_URL: is no URL of"),
        ({"PLAINTEXT_ALLOWED": "postgres,redis"}, "PLAINTEXT_ALLOWED."),
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


@pytest.mark.parametrize(
    ("url", "variables"),
    [
        (IN_CLEAR, {"PLAINTEXT_ALLOWED": "kafka, postgres"}),
        (f"{IN_CLEAR}?sslmode=verify-full&sslrootcert=system", {}),
        (IN_CLEAR, {"PGSSLMODE": "verify-full"}),
        ("postgresql://shop:a-long-secret@%2Fvar%2Frun%2Fpostgresql/shop", {}),
    ],
)
def test_production_reaches_postgresql_where_nobody_listens(
    monkeypatch: pytest.MonkeyPatch, url: str, variables: dict[str, str]
) -> None:
    given = {"ENVIRONMENT": "production", "MIGRATION_DATABASE_URL": url, "DATABASE_URL": url}
    for name, value in (given | variables).items():
        monkeypatch.setenv(name, value)
    assert load(MigrationSettings).migration_url == url


@pytest.mark.parametrize("mode", ["", "?sslmode=require", "?sslmode=verify-ca"])
@pytest.mark.parametrize("name", ["DATABASE_URL", "MIGRATION_DATABASE_URL", "ADMIN_DATABASE_URL"])
def test_production_refuses_less(monkeypatch: pytest.MonkeyPatch, name: str, mode: str) -> None:
    urls = {"DATABASE_URL": URL, "MIGRATION_DATABASE_URL": URL, name: IN_CLEAR + mode}
    for variable, value in ({"ENVIRONMENT": "production", "PLAINTEXT_ALLOWED": ""} | urls).items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"^{name}: needs sslmode=verify-full") as refused:
        load(MigrationSettings)
    assert "a-long-secret" not in str(refused.value)


def test_production_migrates_as_another_role(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    assert load(MigrationSettings).migration_url == URL
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(SettingsError, match=r"^MIGRATION_DATABASE_URL: must be set"):
        load(MigrationSettings)
