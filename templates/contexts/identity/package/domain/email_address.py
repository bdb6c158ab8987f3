"""E-mail addresses: what counts as one, and when two are the same."""

import re
import unicodedata

from identity.domain.errors import InvalidEmailError

LONGEST = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
LONGEST_LOCAL_PART = 64  # RFC 5321 4.5.3.1.1
_LOCAL_PART = re.compile(r"[^\s@\"(),:;<>\[\\\]]+")
_LABEL = re.compile(r"[^\W_]([\w-]{0,61}[^\W_])?")


def parse(text: str) -> str:
    """The address as it was given; InvalidEmailError unless mail can be sent to it.

    Quoted local parts and literal IP addresses are legal mail but no one's address: refused.
    """
    local_part, at, host = text.rpartition("@")
    labels = host.split(".")
    if (
        not at
        or len(text) > LONGEST
        or len(local_part) > LONGEST_LOCAL_PART
        or not text.isprintable()
        or not _LOCAL_PART.fullmatch(local_part)
        or "" in local_part.split(".")
        or not all(_LABEL.fullmatch(label) for label in labels)
        or len(labels) == 1
    ):
        raise InvalidEmailError("This is not an e-mail address.")
    return text


def is_valid(text: str) -> bool:
    """Whether `parse` takes the text."""
    try:
        parse(text)
    except InvalidEmailError:
        return False
    return True


def same_for(text: str) -> str:
    """The form in which two spellings of one address are equal: compatible forms, without case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
