from datetime import timedelta
from uuid import UUID

import pytest

from identity.domain.session import EndReason, Lifetimes, Session
from tests.identity.builders import CLIENT, LIFETIMES, NOON

SECOND = timedelta(seconds=1)
GRACE = LIFETIMES.grace
ELSEWHERE = "client:somewhere else"


@pytest.fixture
def session() -> Session:
    return Session.start(
        session_id=UUID(int=1), user_id=UUID(int=2), client=CLIENT, now=NOON, lifetimes=LIFETIMES
    )


def rotate(
    session: Session,
    presented: int,
    after: timedelta,
    client: str = CLIENT,
    lifetimes: Lifetimes = LIFETIMES,
) -> bool:
    return session.rotate(presented=presented, client=client, now=NOON + after, lifetimes=lifetimes)


def test_each_token_is_good_once(session: Session) -> None:
    assert rotate(session, 0, timedelta(days=1))
    assert rotate(session, 1, timedelta(days=2))
    assert session.number == 2


def test_reuse_ends_the_family(session: Session) -> None:
    rotate(session, 0, timedelta(days=1))
    assert not rotate(session, 0, timedelta(days=2))
    assert session.end_reason is EndReason.REUSED
    assert not rotate(session, 1, timedelta(days=2))


def test_a_token_whose_answer_was_lost_may_come_back(session: Session) -> None:
    rotate(session, 0, SECOND)
    for wait in (timedelta(0), GRACE / 2, GRACE):
        assert rotate(session, 0, SECOND + wait)
        assert (session.number, session.renewed_at) == (1, NOON + SECOND)
    assert rotate(session, 1, SECOND + GRACE)


@pytest.mark.parametrize(
    ("rotations", "presented", "after", "client"),
    [
        (1, 0, GRACE + timedelta(microseconds=1), CLIENT),
        (1, 0, SECOND, ELSEWHERE),
        (2, 0, SECOND, CLIENT),
    ],
    ids=["too late", "from elsewhere", "its successor was used"],
)
def test_any_other_used_token_ends_the_family(
    session: Session, rotations: int, presented: int, after: timedelta, client: str
) -> None:
    for number in range(rotations):
        assert rotate(session, number, timedelta(0))
    assert not rotate(session, presented, after, client)
    assert session.end_reason is EndReason.REUSED


def test_without_grace_every_used_token_ends_the_family(session: Session) -> None:
    at_once = Lifetimes(grace=timedelta(0))
    rotate(session, 0, timedelta(0), lifetimes=at_once)
    assert not rotate(session, 0, -SECOND, lifetimes=at_once)
    assert session.end_reason is EndReason.REUSED


def test_a_clock_that_steps_back_ends_nothing(session: Session) -> None:
    rotate(session, 0, timedelta(hours=1))
    assert rotate(session, 0, timedelta(0))
    assert rotate(session, 1, timedelta(0))


def test_a_token_of_later_than_the_database_is_not_good_and_ends_nothing(session: Session) -> None:
    assert not rotate(session, 1, timedelta(0))
    assert rotate(session, 0, timedelta(0))


def test_a_token_expires_when_it_is_not_used(session: Session) -> None:
    assert not rotate(session, 0, LIFETIMES.refresh)
    assert session.end_reason is None


def test_a_session_ends_however_often_it_is_refreshed(session: Session) -> None:
    days = 0
    while rotate(session, session.number, timedelta(days=days)):
        days += 7
    assert timedelta(days=days) >= LIFETIMES.session
    assert session.refreshable_until == NOON + LIFETIMES.session


def test_the_first_reason_stays(session: Session) -> None:
    session.end(EndReason.LOGGED_OUT, NOON)
    session.end(EndReason.REUSED, NOON + SECOND)
    assert (session.end_reason, session.ended_at) == (EndReason.LOGGED_OUT, NOON)
