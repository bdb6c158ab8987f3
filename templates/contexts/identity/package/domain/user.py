"""A registered user."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from identity.domain import email_address
from identity.domain.errors import InvalidNameError

LONGEST_NAME = 100


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
    """The name as it was given; InvalidNameError when it is empty, too long or not printable."""
    if not text.strip() or len(text) > LONGEST_NAME or not text.isprintable():
        raise InvalidNameError(f"A name has 1 to {LONGEST_NAME} printable characters.")
    return text
