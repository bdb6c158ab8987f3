"""What the notifications context reads from the environment."""

from email.errors import MessageError
from email.headerregistry import Address
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from kit.settings import CommonSettings
from notifications.adapters.mail import RecordedMailbox, SmtpMailer, SmtpServer
from notifications.application.ports import Mailer

DEVELOPMENT_SENDER = "no-reply@localhost"
DEVELOPMENT_MAILBOX = Path("var/mailbox")


class NotificationsSettings(CommonSettings):
    """Of whichever process sends e-mail. Without SMTP_URL e-mail is recorded and not sent."""

    mailbox_directory: Path | None = None
    smtp_url: SecretStr | None = Field(default=None, validate_default=True)
    mail_from: str = Field(default="", validate_default=True)
    retention_notifications_days: float = Field(default=365, ge=1)

    @field_validator("smtp_url")
    @classmethod
    def _smtp_url(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if url is not None and url.get_secret_value():
            SmtpServer.from_url(url.get_secret_value())
            return url
        if info.data.get("environment") == "production" and not info.data.get("mailbox_directory"):
            raise ValueError(
                "must be set when ENVIRONMENT=production, or MAILBOX_DIRECTORY to send no e-mail"
            )
        return None

    @field_validator("mail_from")
    @classmethod
    def _mail_from(cls, sender: str, info: ValidationInfo) -> str:
        if not sender:
            if info.data.get("environment") == "production" and info.data.get("smtp_url"):
                raise ValueError("must be set when SMTP_URL is")
            return DEVELOPMENT_SENDER
        try:
            address = Address(addr_spec=sender)
        except (IndexError, MessageError, ValueError):
            address = Address()
        if not address.domain:
            raise ValueError("must be an address such as shop@shop.example")
        return sender

    @property
    def mailer(self) -> Mailer:
        """Where e-mail goes."""
        if self.smtp_url is None:
            return RecordedMailbox(self.mailbox_directory or DEVELOPMENT_MAILBOX, self.mail_from)
        return SmtpMailer(SmtpServer.from_url(self.smtp_url.get_secret_value()), self.mail_from)
