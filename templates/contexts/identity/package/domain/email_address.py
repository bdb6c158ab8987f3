"""E-mail addresses in the form in which mail travels: ASCII, the domain in A-labels (RFC 5890)."""

import re
from typing import Final

from identity.domain.errors import InvalidEmailError

LONGEST: Final = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
LONGEST_LOCAL_PART: Final = 64  # RFC 5321 4.5.3.1.1
# No host of the public DNS is below these (RFC 6761, 6762, 7686, 3172), so no mail arrives there.
UNREACHABLE: Final = frozenset({"test", "invalid", "localhost", "local", "onion", "arpa"})
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")  # each atom (RFC 5322 3.2.3)
_ENCODED_WORD = re.compile(r"=\?.*\?=")  # whoever reads the header decodes it (RFC 2047)
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0[Xx][0-9A-Fa-f]*")  # the last label of every way to write an IPv4


def parse(text: str) -> str:
    """The address as it was given; InvalidEmailError where no mail can ever arrive.

    Quoted local parts and literal IP addresses are legal mail but no one's address: refused.
    """
    if len(text) > LONGEST:
        raise InvalidEmailError(f"An e-mail address has at most {LONGEST} characters.")
    local_part, at, domain = text.rpartition("@")
    labels = domain.split(".")
    if (
        not at
        or len(local_part) > LONGEST_LOCAL_PART
        or _ENCODED_WORD.search(local_part)
        or not all(_LOCAL_PART.fullmatch(atom) for atom in local_part.split("."))
        or not all(_LABEL.fullmatch(label) for label in labels)
    ):
        raise InvalidEmailError("This is not an e-mail address.")
    if len(labels) == 1 or labels[-1].lower() in UNREACHABLE or _NUMBER.fullmatch(labels[-1]):
        raise InvalidEmailError("No mail arrives at this domain.")
    return text


def same_for(address: str) -> str:
    """The form in which two spellings of one parsed address are equal: without case."""
    return address.lower()
