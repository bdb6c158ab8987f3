from datetime import timedelta
from uuid import UUID

import pytest

from identity.domain.session import EndReason, Session, fingerprint
from tests.identity.builders import LIFETIMES, NOON


@pytest.fixture
def session() -> Session:
    return Session.start(
        session_id=UUID(int=1), user_id=UUID(int=2), token="first", now=NOON, lifetimes=LIFETIMES
    )


def rotate(session: Session, presented: str, fresh: str, after: timedelta) -> bool:
    return session.rotate(presented=presented, fresh=fresh, now=NOON + after, lifetimes=LIFETIMES)


def test_each_token_is_good_once(session: Session) -> None:
    assert rotate(session, "first", "second", timedelta(days=1))
    assert rotate(session, "second", "third", timedelta(days=2))
    assert session.current == "third"


def test_reuse_ends_the_family(session: Session) -> None:
    rotate(session, "first", "second", timedelta(days=1))
    assert not rotate(session, "first", "thief", timedelta(days=2))
    assert session.end_reason is EndReason.REUSED
    assert not rotate(session, "second", "third", timedelta(days=3))


def test_a_token_expires(session: Session) -> None:
    assert not rotate(session, "first", "second", LIFETIMES.refresh)
    assert session.end_reason is None


def test_rotation_does_not_prolong_the_session(session: Session) -> None:
    for day, (presented, fresh) in enumerate([("first", "b"), ("b", "c"), ("c", "d")], start=1):
        assert rotate(session, presented, fresh, timedelta(days=9 * day))
    assert session.refreshable_until == session.ends_at
    assert not rotate(session, "d", "e", LIFETIMES.session)


def test_the_first_reason_of_an_end_stays(session: Session) -> None:
    session.end(EndReason.LOGGED_OUT, NOON)
    session.end(EndReason.PASSWORD_CHANGED, NOON + timedelta(days=1))
    assert (session.end_reason, session.ended_at) == (EndReason.LOGGED_OUT, NOON)


def test_a_fingerprint_does_not_show_the_token() -> None:
    assert "secret" not in fingerprint("secret")
    assert fingerprint("secret") == fingerprint("secret") != fingerprint("secrets")
