from pathlib import Path

import pytest

from kit.settings import SettingsError, load
from notifications.adapters.mail import RecordedMailbox, SmtpMailer
from notifications.adapters.settings import NotificationsSettings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:long-and-own@db/shop?sslmode=verify-full")
    for name in ("ENVIRONMENT", "SMTP_URL", "MAIL_FROM", "MAILBOX_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_server_email_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", "")
    assert isinstance(load(NotificationsSettings).mailer, RecordedMailbox)


def test_with_a_server_email_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("SMTP_URL", "smtp+starttls://me:secret@mail.example")
    monkeypatch.setenv("MAIL_FROM", "shop@shop.example")
    settings = load(NotificationsSettings)
    assert isinstance(settings.mailer, SmtpMailer)
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("SMTP_URL", {"ENVIRONMENT": "production"}),
        ("SMTP_URL", {"SMTP_URL": "http://mail.example"}),
        ("SMTP_URL", {"SMTP_URL": "smtp://mail.example:many"}),
        ("MAIL_FROM", {"ENVIRONMENT": "production", "SMTP_URL": "smtp://mail.example"}),
        ("MAIL_FROM", {"MAIL_FROM": "shop"}),
        ("MAIL_FROM", {"MAIL_FROM": "shop@shop.example\nBcc: all@example.com"}),
    ],
)
def test_what_is_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, environment: dict[str, str]
) -> None:
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"^{name}: must"):
        load(NotificationsSettings)


def test_production_may_choose_to_send_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("MAILBOX_DIRECTORY", "mailbox")
    assert isinstance(load(NotificationsSettings).mailer, RecordedMailbox)
