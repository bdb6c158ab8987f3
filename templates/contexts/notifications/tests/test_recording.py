"""One notification for each event and text, on either kind of adapter."""

import asyncio
from uuid import UUID, uuid4

import pytest

from notifications.application.ports import NotificationView
from tests.notifications.builders import ADA, NOON, notice
from tests.notifications.conftest import Kept

pytestmark = pytest.mark.anyio


async def test_repeats_are_recorded_once(kept: Kept) -> None:
    service, book = kept.office.service, uuid4()
    await asyncio.gather(*(service.notify([notice(about=book)]) for _ in range(5)))
    await service.notify([notice(about=book), notice(about=book)])
    await service.notify([notice("returned", about=book)])
    page = await kept.queries.page(ADA.user_id, 10, None)
    assert [view.kind for view in page] == ["returned", "lent"]


async def test_each_version_and_each_user_is_told(kept: Kept) -> None:
    service, book, other = kept.office.service, uuid4(), uuid4()
    await service.notify([notice(about=book, version=version) for version in (1, 2, 2)])
    await service.notify([notice(about=book, user_id=other, version=2)])
    await service.notify([])
    assert len(await kept.queries.page(ADA.user_id, 10, None)) == 2
    assert len(await kept.queries.page(other, 10, None)) == 1


async def test_a_reader_sees_his_own_newest_first(kept: Kept) -> None:
    books = [uuid4() for _ in range(5)]
    for book in books:
        await kept.office.service.notify([notice(about=book)])
    await kept.office.service.notify([notice(user_id=uuid4())])
    seen: list[NotificationView] = []
    after: UUID | None = None
    while page := await kept.queries.page(ADA.user_id, 2, after):
        seen.extend(page)
        await kept.office.service.notify([notice()])
        after = page[-1].id
    assert [view.about for view in seen] == books[::-1]
    assert seen[0].subject == "You have a book"
    assert seen[0].created_at == NOON


async def test_an_exception_leaves_nothing(kept: Kept) -> None:
    async def interrupted() -> None:
        async with kept.office.transactions() as work:
            await work.recipients.save(ADA)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await interrupted()
    async with kept.office.transactions() as work:
        assert await work.recipients.of([ADA.user_id]) == {}
