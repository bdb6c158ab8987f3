"""Idempotency-Key for any POST: the first answer is kept with its effect, and repeated.

The key is kept per user and path, in the transaction of the effect. An answer of 400 and above is
not kept, for nothing has happened.
"""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from kit.clock import utc_now
from kit.database import Database, one_transaction
from kit.idempotency import checked_key
from kit.problems import Problem
from kit.violations import again_after_deadlock

_KEPT_HEADERS = ("etag", "location", "content-type", "cache-control")


def keyed_answers_table(metadata: MetaData) -> Table:
    """Where a context keeps them, in the schema of its metadata."""
    return Table(
        "idempotency_keys",
        metadata,
        Column("user_id", Uuid, nullable=False),
        Column("path", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("status", Integer, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("user_id", "path", "key", name="pk_idempotency_keys"),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    user_id: UUID
    path: str
    key: str
    fingerprint: bytes

    @property
    def lock(self) -> int:
        """One of 2**64 advisory locks."""
        name = f"{self.user_id} {self.path} {self.key}".encode()
        return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), signed=True)


class _AnsweredMeanwhileError(Exception):
    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class KeyedAnswers:
    """Answers each key of a user once on every path."""

    def __init__(self, database: Database, table: Table) -> None:
        self._database = database
        self._table = table

    async def once(
        self,
        request: Request,
        user_id: UUID | None,
        key: str | None,
        act: Callable[[], Awaitable[Response]],
    ) -> Response:
        """The answer of `act`, or the one that was kept for the key; whoever has no login has none.

        Raises Problem 422 `idempotency_key_reused`, 409 `idempotency_in_progress`.
        """
        checked = checked_key(key)
        if checked is None or user_id is None:
            return await again_after_deadlock(act)
        content = _fingerprint(await request.body())
        asked = _Asked(user_id, request.url.path, checked, content)
        return await again_after_deadlock(lambda: self._answer(asked, act))

    async def _answer(self, asked: _Asked, act: Callable[[], Awaitable[Response]]) -> Response:
        async with self._database.sessions() as session:
            earlier = await self._earlier(session, asked)
        if earlier is not None:
            return earlier

        async def take_the_key(session: AsyncSession) -> None:
            if not await session.scalar(select(func.pg_try_advisory_xact_lock(asked.lock))):
                raise Problem(409, "idempotency_in_progress", headers={"Retry-After": "1"})
            meanwhile = await self._earlier(session, asked)
            if meanwhile is not None:
                raise _AnsweredMeanwhileError(meanwhile)

        try:
            async with one_transaction(self._database, first=take_the_key) as session:
                response = await act()
                await session.execute(insert(self._table).values(_row(asked, response)))
        except _AnsweredMeanwhileError as answered:
            return answered.response
        return response

    async def _earlier(self, session: AsyncSession, asked: _Asked) -> Response | None:
        columns = self._table.c
        found = await session.execute(
            select(columns.fingerprint, columns.status, columns.headers, columns.body).where(
                columns.user_id == asked.user_id,
                columns.path == asked.path,
                columns.key == asked.key,
            )
        )
        row = found.one_or_none()
        if row is None:
            return None
        if row.fingerprint != asked.fingerprint:
            raise Problem(
                422, "idempotency_key_reused", "The key belongs to a request with another body."
            )
        headers = {**row.headers, "Idempotency-Replayed": "true"}
        return Response(row.body, row.status, headers)


def _row(asked: _Asked, response: Response) -> dict[str, Any]:
    return {
        "user_id": asked.user_id,
        "path": asked.path,
        "key": asked.key,
        "fingerprint": asked.fingerprint,
        "status": response.status_code,
        "headers": {
            name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers
        },
        "body": bytes(response.body),
        "created_at": utc_now(),
    }


def _fingerprint(content: bytes) -> bytes:
    """SHA-256 of the body: equal for equal JSON, however it is written."""
    # What is no JSON is refused by whoever reads it.
    with suppress(msgspec.MsgspecError, UnicodeError, RecursionError):
        content = msgspec.json.encode(msgspec.json.decode(content or b"{}"), order="sorted")
    return hashlib.sha256(content).digest()
