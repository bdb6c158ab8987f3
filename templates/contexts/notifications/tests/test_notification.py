from datetime import timedelta
from uuid import UUID

from notifications.domain.kinds import NotificationKind
from notifications.domain.notification import MAX_ATTEMPTS, Notification, delay_after
from notifications.domain.texts import price
from tests.notifications.builders import NOON


def new() -> Notification:
    return Notification(
        notification_id=UUID(int=1),
        user_id=UUID(int=2),
        order_id=UUID(int=3),
        kind=NotificationKind.ORDER_CONFIRMED,
        body="",
        now=NOON,
    )


def test_an_attempt_makes_the_next_one_due_before_it_is_made() -> None:
    notification = new()
    assert notification.due_at == NOON
    notification.begin_attempt(NOON)
    assert notification.due_at == NOON + timedelta(seconds=30)


def test_an_attempt_that_was_not_made_counts_nothing_and_is_due() -> None:
    notification = new()
    notification.begin_attempt(NOON)
    notification.withdraw_attempt(NOON, NOON + timedelta(seconds=5))
    assert (notification.attempts, notification.due_at) == (0, NOON + timedelta(seconds=5))


def test_what_became_of_an_email_meanwhile_is_not_withdrawn() -> None:
    later = NOON + timedelta(seconds=30)
    sent, given_up, tried_again = new(), new(), new()
    for notification in (sent, given_up, tried_again):
        notification.begin_attempt(NOON)
    sent.sent(later)
    given_up.failed("refused", later, permanent=True)
    tried_again.begin_attempt(later)
    for notification in (sent, given_up, tried_again):
        notification.withdraw_attempt(NOON, later + timedelta(seconds=1))
    assert [(each.attempts, each.due_at) for each in (sent, given_up, tried_again)] == [
        (1, None),
        (1, None),
        (2, later + timedelta(minutes=1)),
    ]


def test_delays_grow_up_to_an_hour() -> None:
    minutes = [delay_after(attempt).total_seconds() / 60 for attempt in range(1, 10)]
    assert minutes == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert delay_after(1000) == timedelta(hours=1)


def test_what_was_sent_is_not_due_and_does_not_fail_afterwards() -> None:
    notification = new()
    notification.begin_attempt(NOON)
    notification.sent(NOON)
    notification.sent(NOON + timedelta(hours=1))
    notification.failed("late", NOON, permanent=True)
    assert (notification.sent_at, notification.due_at) == (NOON, None)
    assert (notification.last_error, notification.given_up_at) == (None, None)


def test_a_failure_is_tried_again_until_the_last_attempt() -> None:
    notification = new()
    for _ in range(MAX_ATTEMPTS - 1):
        notification.begin_attempt(NOON)
        notification.failed("no answer", NOON, permanent=False)
        assert notification.due_at is not None
    notification.begin_attempt(NOON)
    notification.failed("no answer", NOON, permanent=False)
    assert (notification.due_at, notification.given_up_at) == (None, NOON)


def test_a_permanent_failure_is_given_up_at_once() -> None:
    notification = new()
    notification.begin_attempt(NOON)
    notification.failed("refused", NOON, permanent=True)
    assert (notification.due_at, notification.given_up_at) == (None, NOON)


def test_a_price_has_two_decimals() -> None:
    assert price(1205, "EUR") == "12.05 EUR"
