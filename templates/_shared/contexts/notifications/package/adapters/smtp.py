"""E-mail over SMTP."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from notifications.adapters.mail_format import to_message
from notifications.application.ports import Mail, MailNotSentError

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
PERMANENT = range(500, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where e-mail is handed over. `smtp` is not encrypted, `smtp+starttls` and `smtps` are."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> "SmtpServer":
        """Read `smtp+starttls://user:password@host:587`; raises ValueError, naming no password."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS:
            raise ValueError("must begin with smtp://, smtp+starttls:// or smtps://")
        if not parts.hostname:
            raise ValueError("must name a host")
        if parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise ValueError("must end with the host and port")
        try:
            port = parts.port
        except ValueError:
            raise ValueError("must have a number for the port") from None
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=port or PORTS[parts.scheme],
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


class SmtpMailer:
    """Hands e-mail to an SMTP server, one connection for each, in a thread."""

    def __init__(self, server: SmtpServer, sender: str, timeout_seconds: float = 5) -> None:
        """`timeout_seconds` bounds each step of the conversation."""
        self._server = server
        self._sender = sender
        self._timeout = timeout_seconds

    async def send(self, mail: Mail) -> None:
        """Hand the e-mail over. Raises MailNotSentError, permanent when the server said so."""
        try:
            message = to_message(mail, self._sender)
        except ValueError as error:
            raise MailNotSentError("the address cannot be written", permanent=True) from error
        await asyncio.to_thread(self._hand_over, message)

    def _hand_over(self, message: EmailMessage) -> None:
        try:
            with self._connected() as connection:
                connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _not_sent("recipient refused", codes[0], final=True) from error
        except smtplib.SMTPResponseException as error:
            # A login or a sender that is refused is put right by the operator: those e-mails wait.
            final = isinstance(error, smtplib.SMTPDataError)
            raise _not_sent(type(error).__name__, error.smtp_code, final=final) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailNotSentError(type(error).__name__) from error

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.scheme == "smtps":
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._timeout, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            if server.scheme == "smtp+starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.user is not None:
                connection.login(server.user, server.password or "")
        except BaseException:
            connection.close()
            raise
        return connection


def _not_sent(what: str, code: int, *, final: bool) -> MailNotSentError:
    return MailNotSentError(f"{what}: {code}", permanent=final and code in PERMANENT)
