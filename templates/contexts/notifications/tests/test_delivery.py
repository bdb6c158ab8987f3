"""E-mail on either kind of adapter: at least once, with growing delays, never lost."""

from datetime import timedelta

import pytest

from notifications.application.delivery import DeliveryReport
from notifications.application.ports import MailNotSentError
from tests.notifications.builders import ADA, notice
from tests.notifications.conftest import Kept

pytestmark = pytest.mark.anyio
NOTHING = DeliveryReport(sent=0, failed=0, given_up=0)
AWAY = MailNotSentError("ConnectionRefusedError")


async def test_an_email_is_sent_once_when_all_goes_well(kept: Kept) -> None:
    office = kept.office
    await office.service.know_recipient(ADA)
    await office.service.notify([notice()])
    assert (await kept.queries.mail_backlog()).waiting == 1
    assert await office.delivery.deliver_due() == DeliveryReport(sent=1, failed=0, given_up=0)
    office.clock.pass_time(timedelta(days=1))
    assert await office.delivery.deliver_due() == NOTHING
    (mail,) = office.mailer.sent
    assert (mail.email, mail.subject) == ("ada@example.com", "You have a book")
    assert mail.body == "You have Emma.\n"
    assert (await kept.queries.mail_backlog()).waiting == 0


async def test_a_failed_email_is_tried_again_later(kept: Kept) -> None:
    office = kept.office
    await office.service.know_recipient(ADA)
    await office.service.notify([notice()])
    office.mailer.failures = [AWAY, AWAY]
    assert await office.delivery.deliver_due() == DeliveryReport(sent=0, failed=1, given_up=0)
    assert await office.delivery.deliver_due() == NOTHING
    office.clock.pass_time(timedelta(seconds=30))
    assert (await office.delivery.deliver_due()).failed == 1
    office.clock.pass_time(timedelta(seconds=30))
    assert await office.delivery.deliver_due() == NOTHING
    office.clock.pass_time(timedelta(seconds=30))
    assert (await office.delivery.deliver_due()).sent == 1


async def test_a_refused_email_is_given_up(kept: Kept) -> None:
    office = kept.office
    await office.service.know_recipient(ADA)
    await office.service.notify([notice("returned")])
    office.mailer.failures = [MailNotSentError("recipient refused: 550", permanent=True)]
    assert (await office.delivery.deliver_due()).given_up == 1
    office.clock.pass_time(timedelta(days=1))
    assert await office.delivery.deliver_due() == NOTHING
    assert (await kept.queries.mail_backlog()).given_up == 1


async def test_an_address_may_become_known_later(kept: Kept) -> None:
    office = kept.office
    await office.service.notify([notice()])
    assert (await office.delivery.deliver_due()).failed == 1
    await office.service.know_recipient(ADA)
    await office.service.know_recipient(ADA)
    office.clock.pass_time(timedelta(minutes=1))
    assert (await office.delivery.deliver_due()).sent == 1
