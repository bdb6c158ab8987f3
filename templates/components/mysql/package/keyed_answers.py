"""Idempotency-Key on MySQL: the key's row comes first in the transaction, and is its lock.

No lock by name ends with a transaction, and each is one node's. Whoever comes at the same time finds
the row locked; on another node of Galera its transaction fails, is run anew, and finds the answer.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy import (
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    and_,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import JSON
from starlette.responses import Response

from kit import keyed_answers as kept_anywhere
from kit.clock import utc_now
from kit.keyed_answers import _AnsweredEarlierError, _Asked, _Kept, _repeated
from kit.mysql.columns import Id, Moment, Text
from kit.mysql.database import Database, is_taken
from kit.mysql.transactions import last_statements, one_transaction
from kit.problems import Problem

_KEPT_HEADERS: Final = ("etag", "location", "content-type", "cache-control")


def keyed_answers_table(metadata: MetaData) -> Table:
    """Where a context keeps them."""
    return Table(
        "idempotency_keys",
        metadata,
        Column("user_id", Id, nullable=False),
        Column("path", Text(255), nullable=False),
        Column("key", Text(128), nullable=False),
        Column("fingerprint", mysql.BINARY(32), nullable=False),
        Column("status", Integer, nullable=False),
        Column("headers", JSON, nullable=False),
        Column("body", mysql.LONGBLOB, nullable=False),
        Column("created_at", Moment, nullable=False),
        PrimaryKeyConstraint("user_id", "path", "key", name="pk_idempotency_keys"),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )


class KeyedAnswers(kept_anywhere.KeyedAnswers):
    """Answers each key of a user once on every path."""

    def __init__(self, database: Database, table: Table) -> None:
        self._on_mysql = database
        row = table.c
        this = and_(
            row.user_id == bindparam("of_user"),
            row.path == bindparam("of_path"),
            row.key == bindparam("of_key"),
        )
        self._find = select(row.fingerprint, row.status, row.headers, row.body).where(this)
        self._begin = insert(table)
        self._end = update(table).where(this)

    async def _answer(self, asked: _Asked, act: Callable[[], Awaitable[Response]]) -> Response:
        this = {"of_user": asked.user_id, "of_path": asked.path, "of_key": asked.key}

        async def take_the_key(session: AsyncSession) -> None:
            try:
                found = await session.execute(self._find.with_for_update(nowait=True), this)
                if (kept := found.one_or_none()) is not None:
                    raise _AnsweredEarlierError(_repeated(asked, _Kept(*kept)))
                await session.execute(self._begin, _unanswered(asked))
            except DBAPIError as error:
                if is_taken(error):
                    raise Problem(
                        409, "idempotency_in_progress", headers={"Retry-After": "1"}
                    ) from error
                raise

        try:
            async with one_transaction(self._on_mysql, first=take_the_key) as session:
                response = await act()
                last_statements(session).append((self._end, this | _of(response)))
        except _AnsweredEarlierError as answered:
            return answered.response
        except Exception:
            # It may be refused for what the first answer has changed.
            earlier = await self._earlier(asked)
            if earlier is None:
                raise
            return earlier
        return response

    async def _earlier(self, asked: _Asked) -> Response | None:
        this = {"of_user": asked.user_id, "of_path": asked.path, "of_key": asked.key}
        async with self._on_mysql.reading() as connection:
            kept = (await connection.execute(self._find, this)).one_or_none()
        return None if kept is None else _repeated(asked, _Kept(*kept))


def _unanswered(asked: _Asked) -> dict[str, object]:
    return {
        "user_id": asked.user_id,
        "path": asked.path,
        "key": asked.key,
        "fingerprint": asked.fingerprint,
        "status": 0,
        "headers": {},
        "body": b"",
        "created_at": utc_now(),
    }


def _of(response: Response) -> dict[str, object]:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return {"status": response.status_code, "headers": headers, "body": bytes(response.body)}
