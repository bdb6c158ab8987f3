"""An e-mail as RFC 5322 has it, the same bytes each time: recorded in a mailbox, or sent over SMTP."""

import asyncio
import errno
import io
import math
import smtplib
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.errors import MessageError
from email.generator import BytesGenerator
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, formataddr
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from notifications.application.ports import AT_ONCE, SEND_WITHIN, Mail, MailNotSentError

_LINE = 78  # RFC 5322 2.1.1
_ENCODED_LINE = 76  # RFC 2047 2
RECORD = "sent.mbox"
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
PERMANENT = range(500, 600)
# To connect to one of the host's addresses, and for its greeting: there may be another address.
CONNECT_SECONDS = 5
# Of the time; the rest is for an e-mail that is taken at the last moment to be known as sent.
CONVERSATION = 0.9


class _Headers(HeaderRegistry):
    """Parses a header only where something must be encoded or folded.

    The library makes a class for each header of each e-mail and parses it, which took more than
    everything else that is done for an e-mail.
    """

    def __init__(self) -> None:
        super().__init__()
        self._class_of = cache(super().__getitem__)

    def __getitem__(self, name: str) -> type[BaseHeader]:
        """The class of headers of this name."""
        return self._class_of(name)

    def __call__(self, name: str, value: Any) -> Any:
        """The header: the text itself where it is ASCII and fits its line."""
        as_it_is = value.isascii() and len(f"{name}: {value}") <= _LINE
        return value if as_it_is else super().__call__(name, value)


class _To(str):
    """The header of the recipient, written and folded already.

    The library took up to 0.2 s to fold a name of 100 characters, failed on names of dots, and lost
    quotes, so that a name could add addresses.
    """

    __slots__ = ()
    name = "To"

    def fold(self, *, policy: EmailPolicy) -> str:
        """All of the header's lines."""
        return f"{self.name}: {self}\n".replace("\n", policy.linesep)


_POLICY = SMTP.clone(header_factory=_Headers())


def to_message(mail: Mail, sender: str) -> EmailMessage:
    """The e-mail from `sender`, an address; the Message-ID is made from the notification's id.

    Raises ValueError for an address that no header can hold.
    """
    message = EmailMessage(_POLICY)
    _, _, domain = sender.rpartition("@")
    message["Message-ID"] = f"<{mail.id}@{domain}>"
    message["Date"] = format_datetime(mail.date)
    message["From"] = sender
    message["To"] = _address(mail)
    message["Subject"] = mail.subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message


def _address(mail: Mail) -> _To:
    try:
        address = str(Address(addr_spec=mail.email))
    except (IndexError, MessageError) as error:
        raise ValueError("no such address can be") from error
    if not address.isascii():
        raise ValueError("the address needs SMTPUTF8")
    name = " ".join(mail.name.splitlines())
    if name.isascii() and "=?" not in name:
        whole = formataddr((name, address))
        if len(f"To: {whole}") <= _LINE:
            return _To(whole)
    encoded = Header(name, "utf-8", maxlinelen=_ENCODED_LINE, header_name="To").encode()
    return _To(f"{encoded}\n <{address}>")


class RecordedMailbox:
    """Records e-mail in a directory, which is made when it is needed; none is sent."""

    def __init__(self, directory: Path, sender: str) -> None:
        self._directory = directory
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Append to `sent.mbox`; a repeat stands in it again. Raises MailNotSentError."""
        try:
            message = to_message(mail, self._sender)
            message.set_unixfrom(f"From {self._sender} {mail.date.ctime()}")
            self._append(message)
            await asyncio.sleep(0)  # requests come between
        except ValueError as error:
            raise MailNotSentError("the address cannot be written", permanent=True) from error
        except OSError as error:
            raise MailNotSentError(type(error).__name__) from error

    def _append(self, message: EmailMessage) -> None:
        written = io.BytesIO()
        BytesGenerator(written, mangle_from_=True).flatten(message, unixfrom=True, linesep="\n")
        entry = written.getvalue() + b"\n"
        # Here and not in a thread, which would cost more than a kilobyte for the page cache does.
        # In one write, between which and another process's nothing comes.
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / RECORD).open("ab", buffering=0) as record:
            if record.write(entry) < len(entry):
                raise OSError(errno.ENOSPC, "not all of it was written")


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
