"""A recorded mailbox, for development and tests: one file in the mbox format (RFC 4155)."""

import asyncio
import errno
import io
from email.generator import BytesGenerator
from email.message import EmailMessage
from pathlib import Path

from notifications.adapters.mail_format import to_message
from notifications.application.ports import Mail, MailNotSentError

RECORD = "sent.mbox"


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
