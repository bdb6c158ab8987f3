"""An e-mail as RFC 5322 has it: the same bytes each time it is sent."""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from notifications.application.ports import Mail


def to_message(mail: Mail, sender: str) -> EmailMessage:
    """The e-mail from `sender`, an address; the Message-ID is made from the notification's id.

    Raises ValueError for an address that no header can hold.
    """
    message = EmailMessage(SMTP)
    _, _, domain = sender.rpartition("@")
    message["Message-ID"] = f"<{mail.id}@{domain}>"
    message["Date"] = format_datetime(mail.date)
    message["From"] = Address(addr_spec=sender)
    message["To"] = _address(mail)
    message["Subject"] = mail.subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message


def _address(mail: Mail) -> Address:
    try:
        return Address(display_name=" ".join(mail.name.split()), addr_spec=mail.email)
    except (IndexError, MessageError) as error:
        raise ValueError("no such address can be") from error
