"""An e-mail as RFC 5322 has it, the same bytes each time, and a mailbox that records it."""

import asyncio
import errno
import io
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

from notifications.application.ports import Mail, MailNotSentError

_LINE = 78  # RFC 5322 2.1.1
_ENCODED_LINE = 76  # RFC 2047 2
RECORD = "sent.mbox"


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
