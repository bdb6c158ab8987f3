"""E-mail at its limits: faults, slow servers, several processes, batches."""

import asyncio
from datetime import timedelta

import pytest
import structlog

from kit.database import Database, SqlTransactions
from notifications.adapters.repositories import SqlNotificationWork
from notifications.application.delivery import ATTEMPT_WITHIN, BEGIN_WITHIN, DeliveryReport
from notifications.application.ports import SEND_WITHIN, Mail, MailNotSentError
from notifications.wiring import sender
from tests.notifications.builders import ADA, Office, notice
from tests.notifications.conftest import Kept

pytestmark = pytest.mark.anyio
NOTHING = DeliveryReport(sent=0, failed=0, given_up=0)
AWAY = MailNotSentError("ConnectionRefusedError")


async def test_a_fault_with_one_email_keeps_no_other_from_being_sent_once(kept: Kept) -> None:
    office = kept.office

    class FaultyMailer:
        async def send(self, mail: Mail) -> None:
            if mail.subject == "You have a book":
                raise KeyError("a fault of ours")
            await office.mailer.send(mail)

    await office.service.know_recipient(ADA)
    await office.service.notify([notice()])
    await office.service.notify([notice("returned")])
    report = await office.delivery_by(FaultyMailer()).deliver_due()
    assert (report.sent, report.failed) == (1, 1)
    office.clock.pass_time(timedelta(minutes=1))
    assert (await office.delivery.deliver_due()).sent == 1
    assert len(office.mailer.sent) == len({mail.id for mail in office.mailer.sent}) == 2


async def test_a_slow_server_gets_no_email_that_is_about_to_be_due_again(kept: Kept) -> None:
    office = kept.office

    class SlowMailer:
        async def send(self, mail: Mail) -> None:
            office.clock.pass_time(timedelta(seconds=2))
            await office.mailer.send(mail)

    await office.service.know_recipient(ADA)
    for _ in range(5):
        await office.service.notify([notice()])
    slow = office.delivery_by(SlowMailer(), at_once=1)
    assert await slow.deliver_due() == DeliveryReport(sent=3, failed=0, given_up=0)
    assert (await kept.queries.mail_backlog()).waiting == 2
    assert await slow.deliver_due() == DeliveryReport(sent=2, failed=0, given_up=0)
    assert len({mail.id for mail in office.mailer.sent}) == 5


def test_a_batch_is_over_before_its_emails_are_due_again() -> None:
    assert BEGIN_WITHIN + SEND_WITHIN < ATTEMPT_WITHIN


async def test_one_batch_is_sent_at_a_time_so_that_it_can_be_stopped_in_between(
    office: Office,
) -> None:
    await office.service.know_recipient(ADA)
    for _ in range(3):
        await office.service.notify([notice()])
    send_due = sender(office.delivery_by(office.mailer, batch=2))
    assert await send_due() is True
    assert len(office.mailer.sent) == 2
    assert await send_due() is False
    assert len(office.mailer.sent) == 3


@pytest.mark.postgres
async def test_two_processes_share_the_work(database: Database) -> None:
    office = Office(SqlTransactions(database, SqlNotificationWork))
    await office.service.know_recipient(ADA)
    for _ in range(15):
        await office.service.notify([notice()])
    other = office.delivery_by(office.mailer)
    await asyncio.gather(office.delivery.deliver_due(), other.deliver_due())
    await office.delivery.deliver_due()
    assert len(office.mailer.sent) == len({mail.id for mail in office.mailer.sent}) == 15


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
