"""E-mail addresses as people write them."""

import idna

from identity.domain import email_address
from identity.domain.errors import InvalidEmailError


def parse_address(text: str) -> str:
    """The address in the form in which mail travels, an internationalised domain in A-labels.

    The domain is mapped by UTS 46, so that capitals and full-width letters are understood, and has
    to be one of IDNA 2008 (RFC 5891). Raises InvalidEmailError where no mail can ever arrive.
    """
    if len(text) <= email_address.LONGEST:  # mapping takes more time than the length says
        local_part, _, domain = text.rpartition("@")
        text = text if domain.isascii() else f"{local_part}@{_in_ascii(domain)}"
    address = email_address.parse(text)
    _in_ascii(address.rpartition("@")[2])  # an A-label that stands for nothing is refused too
    return address


def _in_ascii(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode()
    except UnicodeError as error:
        raise InvalidEmailError("The domain is no internationalised domain name.") from error
