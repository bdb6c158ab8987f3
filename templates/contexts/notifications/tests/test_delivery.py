"""E-mail on either kind of adapter: at least once, with growing delays, never lost."""

from datetime import timedelta

import pytest
import structlog

from notifications.application.delivery import DeliveryReport
from notifications.application.ports import Mail, MailNotSentError
from notifications.wiring import sender
from tests.notifications.builders import ADA, Office, notice
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


async def test_a_crash_while_sending_repeats_the_same_email(kept: Kept) -> None:
    office = kept.office

    class Crash(BaseException):
        """The process ends after the server has taken the e-mail."""

    class CrashingMailer:
        async def send(self, mail: Mail) -> None:
            await office.mailer.send(mail)
            raise Crash

    await office.service.know_recipient(ADA)
    await office.service.notify([notice()])
    crashing = office.delivery_by(CrashingMailer())
    with pytest.raises(Crash):
        await crashing.deliver_due()
    office.clock.pass_time(timedelta(seconds=30))
    assert (await office.delivery.deliver_due()).sent == 1
    first, second = office.mailer.sent
    assert first == second


async def test_what_another_process_sent_meanwhile_is_not_sent_again(kept: Kept) -> None:
    office = kept.office

    class AbsentMailer:
        async def send(self, mail: Mail) -> None:
            """Be away until another process has sent everything."""
            del mail
            office.clock.pass_time(timedelta(minutes=1))
            assert (await office.delivery.deliver_due()).sent == 2

    await office.service.know_recipient(ADA)
    for _ in range(2):
        await office.service.notify([notice()])
    absent = office.delivery_by(AbsentMailer(), at_once=1)
    await absent.deliver_due()
    assert (await kept.queries.mail_backlog()).waiting == 0


async def test_what_is_being_sent_is_not_sent_by_another_process(kept: Kept) -> None:
    office = kept.office

    class WatchedMailer:
        async def send(self, mail: Mail) -> None:
            assert await office.delivery.deliver_due() == NOTHING
            await office.mailer.send(mail)

    await office.service.know_recipient(ADA)
    await office.service.notify([notice()])
    report = await office.delivery_by(WatchedMailer()).deliver_due()
    assert report == DeliveryReport(sent=1, failed=0, given_up=0)


async def test_what_does_not_get_through_is_logged_without_an_address(office: Office) -> None:
    await office.service.know_recipient(ADA)
    for _ in range(3):
        await office.service.notify([notice()])
    office.mailer.failures = [AWAY, MailNotSentError("recipient refused: 550", permanent=True)]
    with structlog.testing.capture_logs() as lines:
        await sender(office.delivery)()
    assert [(line["log_level"], line.get("failed"), line.get("given_up")) for line in lines] == [
        ("error", None, 1),
        ("warning", 1, None),
    ]
    assert ADA.email not in str(lines)
