"""What people type for yes, for no and for "don't know", and for one of several words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.asking.quantities import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Sequence


def _phrases(text: str) -> frozenset[str]:
    """Return the phrases of a text; their words are joined by hyphens."""
    return frozenset(text.split())


YES: Final = _phrases(
    """y ye yes yea yeah yep yup true sure ok okay right certainly absolutely definitely of-course
    yes-please"""
)
NO: Final = _phrases("n no nope nah nay false never no-thanks")
NOT_KNOWN: Final = _phrases(
    """- unknown not-known don't-know dont-know do-not-know i-don't-know i-dont-know i-do-not-know
    dunno i-dunno idk don't-know-yet not-sure i'm-not-sure im-not-sure i-am-not-sure unsure no-idea
    i-have-no-idea no-clue who-knows can't-say cant-say null n/a na tbd skip"""
)
SAID_OF_YES_AND_NO: Final = "yes (y, yep) or no (n, nope)"
SAID_OF_NOT_KNOWN: Final = "Enter or idk where it is not known"


def plain(typed: str) -> str:
    """Return what was typed in lower case, with single spaces and straight quotes."""
    return " ".join(typed.replace("\u2019", "'").split()).lower()


def _key(typed: str) -> str:
    return plain(typed).rstrip(".!").replace(" ", "-") or plain(typed)


def is_yes(typed: str) -> bool:
    """Return whether it says yes."""
    return _key(typed) in YES


def is_no(typed: str) -> bool:
    """Return whether it says no."""
    return _key(typed) in NO


def is_not_known(typed: str) -> bool:
    """Return whether it says that nobody knows; an empty line does."""
    return not plain(typed) or _key(typed) in NOT_KNOWN


def yes_or_no(typed: str) -> bool:
    """Return an answer to a question that yes and no answer.

    Raises:
        NotUnderstood: naming what would be understood.
    """
    if is_yes(typed) or is_no(typed):
        return is_yes(typed)
    raise NotUnderstood(f"answer {SAID_OF_YES_AND_NO}; {SAID_OF_NOT_KNOWN}")


def one_of(words: Sequence[str], typed: str) -> str | None:
    """Return the word that was meant by itself or by its beginning; None where it is not certain.

    Spaces and underscores are taken for hyphens: ``event driven``.
    """
    meant = plain(typed).replace(" ", "-").replace("_", "-")
    if not meant:
        return None
    if meant in words:
        return meant
    beginning = [word for word in words if word.startswith(meant)]
    return beginning[0] if len(beginning) == 1 else None
