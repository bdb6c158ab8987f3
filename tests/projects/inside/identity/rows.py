"""What tests store."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

from identity.domain.session import Session
from identity.domain.user import User
from tests.identity.builders import CLIENT, EMAIL, LIFETIMES, NOON, PASSWORD


def session(user_id: UUID, now: datetime = NOON) -> Session:
    """A session that began then."""
    return Session.start(
        session_id=uuid4(), user_id=user_id, client=CLIENT, now=now, lifetimes=LIFETIMES
    )


def user(email: str = EMAIL, new_id: Callable[[], UUID] = uuid4) -> User:
    """A user who registered at noon."""
    return User.register(
        user_id=new_id(), email=email, name="Ada", password_hash="1:" + PASSWORD, now=NOON
    )
