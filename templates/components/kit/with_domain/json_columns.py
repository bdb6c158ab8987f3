"""Columns that hold what a domain speaks of as JSON."""

from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Dialect, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

V = TypeVar("V")


class AsJson(TypeDecorator[V], Generic[V]):
    """A value with parts, or a list, as JSON: read and written as a whole, with its row."""

    impl = JSONB(none_as_null=True)
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind

    def process_result_value(self, value: Any | None, dialect: Dialect) -> V | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else msgspec.convert(value, self.kind)


class Values(TypeDecorator[tuple[V, ...]], Generic[V]):
    """Dataclasses as a JSON array of objects: read and written as a whole, with their row.

    As `Jsonb(values)` writes them in statements for the driver: kit.database says how.
    """

    impl = JSONB
    cache_ok = True

    def __init__(self, dataclass: type[V]) -> None:
        super().__init__()
        self.dataclass = dataclass

    def process_result_value(self, value: Any | None, dialect: Dialect) -> tuple[V, ...]:  # noqa: ARG002
        """From the database."""
        return tuple(msgspec.convert(each, self.dataclass) for each in value or ())
