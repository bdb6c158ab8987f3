"""Which rows another service has: answered to those who may ask, and asked over HTTP.

For a few seconds after a row was deleted it may still be known: who asks remembers what was there.
"""

from collections.abc import Awaitable, Callable, Collection
from time import monotonic
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ValidationError

from kit.client import CallFailed, ServiceClient

PATH: Final = "/internal/v1/known"
AT_ONCE: Final = 100
"""Ids that one request asks for."""
REMEMBERED_SECONDS: Final = 5.0
REMEMBERED: Final = 10_000

Known: TypeAlias = Callable[[Collection[UUID]], Awaitable[frozenset[UUID]]]


class Answer(BaseModel):
    """The ids of rows that there are."""

    ids: list[UUID]


def known_router(rows: str, known: Known, authenticate: Callable[..., object]) -> APIRouter:
    """Where other services ask which of some `rows` there are."""
    routes = APIRouter(tags=["internal"], dependencies=[Depends(authenticate)])

    @routes.get(f"{PATH}/{rows}")
    async def those_known(
        id_: Annotated[list[UUID], Query(alias="id", min_length=1, max_length=AT_ONCE)],
    ) -> Answer:
        """Those of the ids that rows have."""
        return Answer(ids=sorted(await known(id_)))

    return routes


class KnownOverHttp:
    """The `rows` of another service; what is there is remembered for a few seconds."""

    def __init__(
        self, service: ServiceClient, rows: str, clock: Callable[[], float] = monotonic
    ) -> None:
        self._service = service
        self._rows = rows
        self._clock = clock
        self._until: dict[UUID, float] = {}

    async def known(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """The ids of rows that there are, of some; raises CallError."""
        now = self._clock()
        remembered = {each for each in ids if self._until.get(each, 0) > now}
        unknown = sorted({*ids} - remembered)
        found: set[UUID] = set()
        for start in range(0, len(unknown), AT_ONCE):
            found |= await self._ask(unknown[start : start + AT_ONCE])
        if len(self._until) + len(found) > REMEMBERED:
            self._until.clear()
        self._until.update(dict.fromkeys(found, now + REMEMBERED_SECONDS))
        return frozenset(remembered | found)

    async def _ask(self, ids: Collection[UUID]) -> set[UUID]:
        query = "&".join(f"id={each}" for each in ids)
        answer = await self._service.call("GET", f"{PATH}/{self._rows}?{query}")
        try:
            return set(Answer.model_validate(answer).ids)
        except ValidationError as error:
            raise CallFailed(f"{self._service.name}: an answer that is not understood") from error
