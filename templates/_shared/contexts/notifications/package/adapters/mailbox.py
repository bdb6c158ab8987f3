"""A recorded mailbox, for development and tests: one file for each e-mail, none is sent."""

import asyncio
from email.message import EmailMessage
from pathlib import Path

from notifications.adapters.mail_format import to_message
from notifications.application.ports import Mail, MailNotSentError


class RecordedMailbox:
    """Writes e-mail into a directory, which is made when it is needed."""

    def __init__(self, directory: Path, sender: str) -> None:
        self._directory = directory
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Write `<id>.eml`; a repeat overwrites it. Raises MailNotSentError."""
        try:
            self._write(f"{mail.id}.eml", to_message(mail, self._sender))
            await asyncio.sleep(0)  # requests come between
        except ValueError as error:
            raise MailNotSentError("the address cannot be written", permanent=True) from error
        except OSError as error:
            raise MailNotSentError(type(error).__name__) from error

    def _write(self, name: str, message: EmailMessage) -> None:
        # Here and not in a thread, which would cost more than a kilobyte for the page cache does.
        self._directory.mkdir(parents=True, exist_ok=True)
        unfinished = self._directory / f".{name}.part"
        unfinished.write_bytes(message.as_bytes())
        unfinished.replace(self._directory / name)
