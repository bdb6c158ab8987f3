"""Column types: what PostgreSQL has of its own, on MySQL and MariaDB.

They compare as PostgreSQL's do here: text by code point and with the spaces at its end, ids by
their bytes, times to the microsecond.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Dialect, TypeDecorator
from sqlalchemy.dialects import mysql
from sqlalchemy.types import JSON, TypeEngine

E = TypeVar("E", bound=StrEnum)
V = TypeVar("V")

_MICROSECOND = timedelta(microseconds=1)
_IN_ROW = 255
ENUMERATION = 64


class Id(TypeDecorator[UUID]):
    """A UUID as its 16 bytes: sorted as text is, and half as long."""

    impl = mysql.BINARY(16)
    cache_ok = True

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else value.bytes

    def process_result_value(self, value: Any | None, dialect: Dialect) -> UUID | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else UUID(bytes=bytes(value))


class Text(TypeDecorator[str]):
    """Text of at most so many characters; a short one lies in its row and can be indexed."""

    impl = mysql.VARCHAR
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__(length or 1)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """By code point, and `a` is not `a ` with a space: each server has a name for that."""
        maria = getattr(dialect, "is_mariadb", False)
        collation = "utf8mb4_nopad_bin" if maria else "utf8mb4_0900_bin"
        if self.length is None or self.length > _IN_ROW:
            return dialect.type_descriptor(mysql.LONGTEXT(collation=collation))
        return dialect.type_descriptor(mysql.VARCHAR(self.length, collation=collation))


class EnumText(TypeDecorator[E], Generic[E]):
    """An enumeration's member as text: a new one needs no change of a database type."""

    impl = Text(ENUMERATION)
    cache_ok = True

    def __init__(self, enum: type[E]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> E | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else self.enum(value)


class Moment(TypeDecorator[datetime]):
    """A time in UTC, which is not said in the column."""

    impl = mysql.DATETIME(fsp=6)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else value.replace(tzinfo=UTC)


class Duration(TypeDecorator[timedelta]):
    """A duration in microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else value // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else value * _MICROSECOND


class AsJson(TypeDecorator[V], Generic[V]):
    """A value with parts, or a list, as JSON: read and written as a whole, with its row."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind

    def process_result_value(self, value: Any | None, dialect: Dialect) -> V | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else msgspec.convert(value, self.kind)
