"""Which passwords are accepted, after NIST SP 800-63B: long enough and not among the first that
would be guessed; no rules about kinds of characters. The shortest length is the public API's."""

import re
import unicodedata
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Final

from identity.domain.errors import InvalidPasswordError, WeakPasswordError

SHORTEST: Final = 12
LONGEST: Final = 128
LONGEST_UNIT: Final = 4  # "abcdabcdabcd" repeats a unit of four
SHORTEST_CONTEXT_WORD: Final = 4  # shorter ones occur in good passphrases by chance
SHORTEST_REMAINDER: Final = 8
# Words that people make passwords of by adding digits and signs.
BASE_WORDS: Final = (
    "administrator", "password", "passwort", "iloveyou", "football", "baseball", "superman",
    "sunshine", "princess", "trustno1", "welcome", "letmein", "changeme", "qwerty", "azerty",
    "qwertz", "dragon", "monkey", "master", "shadow", "login", "admin", "hello", "secret",
    "default",
)  # fmt: skip
# Rows of keys and orders that everybody knows; each also counts backwards.
SEQUENCES: Final = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop",
    "asdfghjkl", "zxcvbnm", "yxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p", "!@#$%^&*()",
)  # fmt: skip
_DIRECTED: Final = tuple(way for known in SEQUENCES for way in (known, known[::-1]))
LONGEST_SEQUENCE: Final = max(len(sequence) for sequence in SEQUENCES)
SHORTEST_RUN: Final = 3
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LEET: Final = str.maketrans("0134578@$!", "oleastbasi")


def normalise(password: str) -> str:
    """The one form of a password whatever keyboard wrote it (NFKC, as SP 800-63B advises)."""
    return unicodedata.normalize("NFKC", password)


def is_possible(password: str) -> bool:
    """Whether it can be hashed: not too long, and no half of a UTF-16 pair, which no text has."""
    return len(password) <= LONGEST and not _SURROGATE.search(password)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRules:
    """What is refused. `common` holds known passwords in lower case; `service` names ours."""

    common: Container[str]
    service: tuple[str, ...] = ()

    def check(self, password: str, *, about: Iterable[str]) -> str:
        """The normalised password; WeakPasswordError, InvalidPasswordError.

        `about` is what is known of the user, such as address and name. Lengths are counted in
        code points, before and after normalisation, whichever is less.
        """
        if not is_possible(password):
            raise InvalidPasswordError(f"A password is text of at most {LONGEST} characters.")
        normal = normalise(password)
        if min(len(password), len(normal)) < SHORTEST:
            raise WeakPasswordError(f"A password has at least {SHORTEST} characters.")
        lower = _lower(normal)
        if lower in self.common:
            raise WeakPasswordError("This password is among the most common ones.")
        if predictable(lower):
            raise WeakPasswordError("A password of repeats or sequences is guessed early.")
        if _mostly(lower, {*BASE_WORDS, *context_words((*self.service, *about))}):
            raise WeakPasswordError(
                "This password is little more than a common word, the address or the name."
            )
        return normal


def predictable(text: str) -> bool:
    """Whether the text only repeats a short unit or follows known sequences."""
    for size in range(1, min(LONGEST_UNIT, len(text) // 2) + 1):
        if text == (text[:size] * len(text))[: len(text)]:
            return True
    return _only_runs(text) or _only_runs(re.sub(r"(.)\1+", r"\1", text))


def context_words(texts: Iterable[str]) -> set[str]:
    """The words of an address or a name that are long enough to look for."""
    words: set[str] = set()
    for text in texts:
        lower = _lower(normalise(text))
        words.update({lower, lower.partition("@")[0], *re.split(r"[\W_]+", lower)})
    return {word for word in words if len(word) >= SHORTEST_CONTEXT_WORD}


def _mostly(lower: str, words: set[str]) -> bool:
    """Whether too little remains of the text without the words, also when written with digits."""
    taken = [False] * len(lower)
    for text in (lower, lower.translate(_LEET)):
        for word in words:
            for match in re.finditer(re.escape(word), text):
                taken[match.start() : match.end()] = [True] * len(word)
    if not any(taken):
        return False
    remainder = "".join(character for character, gone in zip(lower, taken, strict=True) if not gone)
    return len(remainder) < SHORTEST_REMAINDER or predictable(remainder)


def _only_runs(text: str) -> bool:
    """Whether the text is nothing but runs of known sequences."""
    position = 0
    while position < len(text):
        window = text[position : position + LONGEST_SEQUENCE]
        length = max(_run(window, sequence) for sequence in _DIRECTED)
        if length < SHORTEST_RUN:
            return False
        position += length
    return True


def _run(text: str, sequence: str) -> int:
    """How many of the first characters follow each other in the sequence."""
    length = 0
    while length < len(text) and text[: length + 1] in sequence:
        length += 1
    return length


def _lower(text: str) -> str:
    """Lower case character by character, so that positions stay."""
    return "".join(lower if len(lower := c.lower()) == 1 else c for c in text)
