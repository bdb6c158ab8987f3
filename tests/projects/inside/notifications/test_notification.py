from datetime import timedelta
from uuid import UUID

from notifications.domain.notification import Notification
from notifications.domain.texts import Text
from tests.notifications.builders import NOON

UNTIL = NOON + timedelta(seconds=30)
LATER = NOON + timedelta(hours=1)


def new(subject: str = "You have a book") -> Notification:
    return Notification(
        notification_id=UUID(int=1),
        user_id=UUID(int=2),
        about=UUID(int=3),
        version=0,
        kind="lent",
        text=Text(subject, ""),
        now=NOON,
    )


def test_an_attempt_makes_the_next_one_due_before_it_is_made() -> None:
    notification = new()
    assert notification.due_at == NOON
    notification.begin_attempt(UNTIL)
    assert notification.due_at == UNTIL


def test_an_attempt_that_was_not_made_counts_nothing_and_is_due() -> None:
    notification = new()
    notification.begin_attempt(UNTIL)
    notification.withdraw_attempt(UNTIL, NOON + timedelta(seconds=5))
    assert (notification.attempts, notification.due_at) == (0, NOON + timedelta(seconds=5))


def test_what_became_of_an_email_meanwhile_is_not_withdrawn() -> None:
    sent, given_up, tried_again = new(), new(), new()
    for notification in (sent, given_up, tried_again):
        notification.begin_attempt(UNTIL)
    sent.sent(UNTIL)
    given_up.failed("refused", UNTIL, None)
    tried_again.begin_attempt(LATER)
    for notification in (sent, given_up, tried_again):
        notification.withdraw_attempt(UNTIL, UNTIL + timedelta(seconds=1))
    assert [(each.attempts, each.due_at) for each in (sent, given_up, tried_again)] == [
        (1, None),
        (1, None),
        (2, LATER),
    ]


def test_what_was_sent_is_not_due_and_does_not_fail_afterwards() -> None:
    notification = new()
    notification.begin_attempt(UNTIL)
    notification.sent(NOON)
    notification.sent(LATER)
    notification.failed("late", NOON, None)
    assert (notification.sent_at, notification.due_at) == (NOON, None)
    assert (notification.last_error, notification.given_up_at) == (None, None)


def test_what_failed_is_due_again_or_given_up_for_good() -> None:
    notification = new()
    notification.begin_attempt(UNTIL)
    notification.failed("no answer", NOON, LATER)
    assert (notification.due_at, notification.given_up_at) == (LATER, None)
    notification.failed("refused", NOON, None)
    notification.failed("no answer", NOON, LATER)
    assert (notification.due_at, notification.given_up_at) == (None, NOON)


def test_a_subject_is_one_line() -> None:
    assert new("You have\r\nBcc: all@example.com").subject == "You have Bcc: all@example.com"
