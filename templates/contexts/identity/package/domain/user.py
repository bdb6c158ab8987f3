"""A registered user."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from identity.domain import email_address
from identity.domain.errors import InvalidNameError

LONGEST_NAME: Final = 100
"""Code points, in normalisation form C."""
# No code point of form C stands for more than four (UAX 15), so what is longer stays too long.
_LONGEST_UNCOMPOSED: Final = 4 * LONGEST_NAME
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
_REFUSED: Final = frozenset(
    "\N{ARABIC LETTER MARK}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}"  # they turn text around
    "\N{LEFT-TO-RIGHT EMBEDDING}\N{RIGHT-TO-LEFT EMBEDDING}\N{POP DIRECTIONAL FORMATTING}"
    "\N{LEFT-TO-RIGHT OVERRIDE}\N{RIGHT-TO-LEFT OVERRIDE}"
    "\N{LEFT-TO-RIGHT ISOLATE}\N{RIGHT-TO-LEFT ISOLATE}"
    "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"
    "\N{ZERO WIDTH NO-BREAK SPACE}\N{SOFT HYPHEN}"  # nobody sees them
)


class Role(StrEnum):
    """What somebody may do."""

    USER = "user"
    ADMIN = "admin"


@dataclass(kw_only=True, eq=False)
class User:
    """Somebody who can log in. Times are UTC."""

    id: UUID
    email: str
    email_key: str
    name: str
    role: Role
    password_hash: str
    registered_at: datetime
    password_changed_at: datetime

    @classmethod
    def register(
        cls, *, user_id: UUID, email: str, name: str, password_hash: str, now: datetime
    ) -> "User":
        """A new user with the role `user`; InvalidEmailError, InvalidNameError."""
        return cls(
            id=user_id,
            email=email_address.parse(email),
            email_key=email_address.same_for(email),
            name=shown_name(name),
            role=Role.USER,
            password_hash=password_hash,
            registered_at=now,
            password_changed_at=now,
        )

    def promote(self) -> None:
        """Make an administrator of this user."""
        self.role = Role.ADMIN

    def change_password(self, password_hash: str, now: datetime) -> None:
        """Take the hash of another password."""
        self.password_hash = password_hash
        self.password_changed_at = now

    def rehash(self, password_hash: str) -> None:
        """Take another hash of the same password, made with today's parameters."""
        self.password_hash = password_hash


def shown_name(text: str) -> str:
    """The name in normalisation form C; InvalidNameError for what no name is written with.

    Joiners, every space and emoji tags are part of names; controls, halves of surrogate pairs,
    unassigned code points, line separators, and what is invisible or turns the text around are not.
    """
    if len(text) > _LONGEST_UNCOMPOSED:
        raise InvalidNameError(f"A name has at most {LONGEST_NAME} characters.")
    name = unicodedata.normalize("NFC", text)
    if not name.strip() or len(name) > LONGEST_NAME:
        raise InvalidNameError(f"A name has 1 to {LONGEST_NAME} characters, not only spaces.")
    if any(c in _REFUSED or unicodedata.category(c) in _REFUSED_CATEGORIES for c in name):
        raise InvalidNameError("A name has no control and no invisible characters.")
    return name
