"""Tables: the names of constraints, and columns that hold a member of an enumeration."""

from enum import StrEnum
from typing import Any, Generic, TypeVar

from psycopg import sql
from sqlalchemy import Dialect, Table, Text, TypeDecorator

E = TypeVar("E", bound=StrEnum)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Of constraints and indexes, so that migrations can speak of them."""


def identifier(table: Table) -> sql.Identifier:
    """The table's name in statements for the driver."""
    return sql.Identifier(*(part for part in (table.schema, table.name) if part))


class EnumText(TypeDecorator[E], Generic[E]):
    """An enumeration's member as text: a new one needs no change of a database type."""

    impl = Text
    cache_ok = True

    def __init__(self, enum: type[E]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else value.value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> E | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else self.enum(value)
