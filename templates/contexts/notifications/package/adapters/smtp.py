"""E-mail over SMTP."""

import asyncio
import math
import smtplib
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from notifications.adapters.mail import to_message
from notifications.application.ports import AT_ONCE, SEND_WITHIN, Mail, MailNotSentError

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
PERMANENT = range(500, 600)
# To connect to one of the host's addresses, and for its greeting: there may be another address.
CONNECT_SECONDS = 5
# Of the time; the rest is for an e-mail that is taken at the last moment to be known as sent.
CONVERSATION = 0.9


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


class _Smtp(smtplib.SMTP):
    """A conversation in which nothing is sent after `ends_at`, by the monotonic clock."""

    ends_at = math.inf

    def send(self, s: Any) -> None:
        """What there is to send, all of it through here; the answer has the time that is left."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self.sock is not None:
            self.sock.settimeout(left)
        super().send(s)


class _SmtpOverTls(_Smtp, smtplib.SMTP_SSL):
    """The same, encrypted from the start."""


class SmtpMailer:
    """Hands e-mail to an SMTP server, one connection for each, in threads of its own."""

    def __init__(self, server: SmtpServer, sender: str, within: timedelta = SEND_WITHIN) -> None:
        """`within` bounds what an e-mail takes from first to last."""
        self._server = server
        self._sender = sender
        self._within_seconds = within.total_seconds()
        self._threads = ThreadPoolExecutor(AT_ONCE, "smtp")

    async def send(self, mail: Mail) -> None:
        """Hand the e-mail over. Raises MailNotSentError, permanent when the server said so."""
        try:
            message = to_message(mail, self._sender)
        except ValueError as error:
            raise MailNotSentError("the address cannot be written", permanent=True) from error
        ends_at = time.monotonic() + CONVERSATION * self._within_seconds
        try:
            # The thread may be late, with the host's name for instance; it sends nothing then.
            async with asyncio.timeout(self._within_seconds):
                await asyncio.get_running_loop().run_in_executor(
                    self._threads, self._hand_over, message, ends_at
                )
        except TimeoutError as error:
            raise MailNotSentError("TimeoutError") from error

    def _hand_over(self, message: EmailMessage, ends_at: float) -> None:
        try:
            connection = self._connected(ends_at)
            try:
                connection.send_message(message)
                # It is sent, however the server parts.
                with suppress(OSError, smtplib.SMTPException):
                    connection.quit()
            finally:
                connection.close()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _not_sent("recipient refused", codes[0], final=True) from error
        except smtplib.SMTPResponseException as error:
            # A login or a sender that is refused is put right by the operator: those e-mails wait.
            final = isinstance(error, smtplib.SMTPDataError)
            raise _not_sent(type(error).__name__, error.smtp_code, final=final) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailNotSentError(type(error).__name__) from error

    def _connected(self, ends_at: float) -> smtplib.SMTP:
        server = self._server
        if server.scheme == "smtps":
            context = ssl.create_default_context()
            connection: _Smtp = _SmtpOverTls(
                server.host, server.port, timeout=CONNECT_SECONDS, context=context
            )
        else:
            connection = _Smtp(server.host, server.port, timeout=CONNECT_SECONDS)
        connection.ends_at = ends_at
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
