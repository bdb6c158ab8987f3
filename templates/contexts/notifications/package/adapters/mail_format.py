"""An e-mail as RFC 5322 has it: the same bytes each time it is sent."""

import re
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from typing import Any

from notifications.application.ports import Mail

_LINE = 78  # RFC 5322 2.1.1
_SPECIAL = re.compile(r'[()<>\[\]:;@\\,"]|=\?')  # RFC 5322 3.2.3, RFC 2047 2


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


def _address(mail: Mail) -> str:
    # The library loses the quotes around these when it folds: a name could add addresses.
    name = " ".join(_SPECIAL.sub(" ", mail.name).split())
    try:
        return str(Address(display_name=name, addr_spec=mail.email))
    except (IndexError, MessageError) as error:
        raise ValueError("no such address can be") from error
