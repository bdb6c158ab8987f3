"""Idempotency-Key for any POST: the first answer is kept with its effect, and repeated.

The key is kept per user and path, in the transaction of the effect. An answer of 400 and above is
not kept, for nothing has happened.
"""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg import sql
from psycopg.rows import args_row
from psycopg.types.json import Jsonb
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
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from kit.clock import utc_now
from kit.database import Database, driver_of, one_transaction
from kit.idempotency import checked_key
from kit.outbox import insert_statement, last_statements
from kit.problems import Problem
from kit.tables import identifier
from kit.violations import again_after_deadlock

_KEPT_HEADERS = ("etag", "location", "content-type", "cache-control")
_STORED = (
    *("user_id", "path", "key", "fingerprint"),
    *("status", "headers", "body", "created_at"),
)
_KEPT: Final = """
    SELECT fingerprint, status, headers, body FROM {}
    WHERE user_id = %(user_id)s AND path = %(path)s AND key = %(key)s
"""
_TAKE: Final = """
    SELECT turn.mine, kept.fingerprint, kept.status, kept.headers, kept.body
    FROM (SELECT pg_try_advisory_xact_lock(%(lock)s) AS mine) AS turn
    LEFT JOIN {} AS kept
        ON kept.user_id = %(user_id)s AND kept.path = %(path)s AND kept.key = %(key)s
"""


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
    def named(self) -> dict[str, Any]:
        """What statements ask with; the lock is one of 2**64 advisory ones."""
        name = f"{self.user_id} {self.path} {self.key}".encode()
        lock = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), signed=True)
        return {"user_id": self.user_id, "path": self.path, "key": self.key, "lock": lock}


@dataclass(frozen=True, slots=True)
class _Kept:
    fingerprint: bytes
    status: int
    headers: dict[str, str]
    body: bytes


class _AnsweredEarlierError(Exception):
    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class KeyedAnswers:
    """Answers each key of a user once on every path."""

    def __init__(self, database: Database, table: Table) -> None:
        self._database = database
        self._insert = insert_statement(table, _STORED)
        self._kept = sql.SQL(_KEPT).format(identifier(table)).as_bytes()
        self._take = sql.SQL(_TAKE).format(identifier(table)).as_bytes()

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
        async def take_the_key(session: AsyncSession) -> None:
            driver = await driver_of(session)
            cursor = driver.cursor()
            async with driver.pipeline():  # BEGIN travels with it
                await cursor.execute(self._take, asked.named)
            mine, *kept = await cursor.fetchone() or (False,)
            if not mine:
                raise Problem(409, "idempotency_in_progress", headers={"Retry-After": "1"})
            if kept[0] is not None:
                raise _AnsweredEarlierError(_repeated(asked, _Kept(*kept)))

        try:
            async with one_transaction(self._database, first=take_the_key) as session:
                response = await act()
                last_statements(session).append((self._insert, _row(asked, response)))
        except _AnsweredEarlierError as answered:
            return answered.response
        except Exception:
            # It may be refused for what the first answer has changed, and the key may have been
            # kept between the look for it and its lock.
            earlier = await self._earlier(asked)
            if earlier is None:
                raise
            return earlier
        return response

    async def _earlier(self, asked: _Asked) -> Response | None:
        async with self._database.reading() as connection:
            cursor = connection.cursor(row_factory=args_row(_Kept))
            kept = await (await cursor.execute(self._kept, asked.named)).fetchone()
        return None if kept is None else _repeated(asked, kept)


def _repeated(asked: _Asked, kept: _Kept) -> Response:
    if kept.fingerprint != asked.fingerprint:
        raise Problem(
            422, "idempotency_key_reused", "The key belongs to a request with another body."
        )
    return Response(kept.body, kept.status, {**kept.headers, "Idempotency-Replayed": "true"})


def _row(asked: _Asked, response: Response) -> list[Any]:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return [
        *(asked.user_id, asked.path, asked.key, asked.fingerprint),
        *(response.status_code, Jsonb(headers), bytes(response.body), utc_now()),
    ]


def _fingerprint(content: bytes) -> bytes:
    """SHA-256 of the body: equal for equal JSON, however it is written."""
    # What is no JSON is refused by whoever reads it.
    with suppress(msgspec.MsgspecError, UnicodeError, RecursionError):
        content = msgspec.json.encode(msgspec.json.decode(content or b"{}"), order="sorted")
    return hashlib.sha256(content).digest()
