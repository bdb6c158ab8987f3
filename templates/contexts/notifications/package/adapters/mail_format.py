"""An e-mail as RFC 5322 has it: the same bytes each time it is sent."""

from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, formataddr
from functools import cache
from typing import Any

from notifications.application.ports import Mail

_LINE = 78  # RFC 5322 2.1.1
_ENCODED_LINE = 76  # RFC 2047 2


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
