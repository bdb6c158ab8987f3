"""Cursor pages: keyset on identifiers of version 7, so inserts neither repeat nor drop a row."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from kit.problems import Problem

_CURSOR_BYTES = 16


@dataclass(frozen=True, slots=True)
class PageParameters:
    """`after` is the last identifier of the page before; None for the first page."""

    limit: int
    after: UUID | None


def encode_cursor(last: UUID) -> str:
    """An opaque cursor to what follows the row with this identifier."""
    return urlsafe_b64encode(last.bytes).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> UUID:
    """The identifier within; raises Problem 422 `invalid_cursor`."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"==")
    except ValueError as error:
        raise _invalid() from error
    if len(raw) != _CURSOR_BYTES or encode_cursor(UUID(bytes=raw)) != cursor:
        raise _invalid()
    return UUID(bytes=raw)


class PageQuery(BaseModel):
    """`limit` and `cursor` for kit.query, to be extended by a route's own parameters."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=512)

    @property
    def after(self) -> UUID | None:
        """The last identifier of the page before; raises Problem 422 `invalid_cursor`."""
        return None if self.cursor is None else decode_cursor(self.cursor)


async def page_parameters(
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=512)] = None,
) -> PageParameters:
    """A FastAPI dependency for `limit` and `cursor`; asynchronous, or it would cost a thread."""
    return PageParameters(limit, None if cursor is None else decode_cursor(cursor))


def _invalid() -> Problem:
    return Problem(422, "invalid_cursor", "The cursor is not one that this API has issued.")
