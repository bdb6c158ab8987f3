"""What is recorded when something happened. Each may be called again for the same happening."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from notifications.application.ports import Clock, NewId, Transactions
from notifications.domain.notification import Notification, Recipient
from notifications.domain.texts import Data, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Tell a user what happened to a row, in the text of that name, which gets the event's data.

    `version` is what the row came to by it; 0 where a text is written once for a row.
    """

    text: str
    user_id: UUID
    about: UUID
    data: Data
    version: int = 0


class NotificationService:
    """Records one notification for each event and text."""

    def __init__(
        self,
        transactions: Transactions,
        texts: Mapping[str, Write],
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._transactions = transactions
        self._texts = texts
        self._clock = clock
        self._new_id = new_id

    async def notify(self, notices: Sequence[Notice]) -> None:
        """Tell each user, in one transaction; what was told before stays as it is."""
        if not notices:
            return
        async with self._transactions() as work:
            await work.notifications.add_once([self._notification(each) for each in notices])

    async def know_recipient(self, recipient: Recipient) -> None:
        """Remember where a user's e-mail goes."""
        async with self._transactions() as work:
            await work.recipients.save(recipient)

    def _notification(self, notice: Notice) -> Notification:
        return Notification(
            notification_id=self._new_id(),
            user_id=notice.user_id,
            about=notice.about,
            version=notice.version,
            kind=notice.text,
            text=self._texts[notice.text](notice.data),
            now=self._clock(),
        )
