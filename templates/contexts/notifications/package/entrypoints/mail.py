"""Sending e-mail again and again, and saying so when it does not get through."""

from collections.abc import Awaitable, Callable

import structlog

from notifications.application.delivery import MailDelivery

_log = structlog.get_logger()


def sender(delivery: MailDelivery) -> Callable[[], Awaitable[bool]]:
    """What is to be called every second or so, and at once after True; logs no address."""

    async def send_due() -> bool:
        report = await delivery.deliver_due()
        if report.given_up:
            _log.error("e-mail given up", given_up=report.given_up)
        if report.failed:
            _log.warning("e-mail not sent, to be tried again", failed=report.failed)
        return report.more

    return send_due
