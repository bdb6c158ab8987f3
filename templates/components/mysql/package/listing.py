"""Lists that can be filtered and sorted, as statements of SQLAlchemy's Core."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Select, and_, or_

Compared = tuple[Column[Any], Callable[[Any, Any], ColumnElement[bool]]]
"""A column, and how it is compared with a filter's value."""


def conditions_of(
    compared: Mapping[str, Compared], filters: Mapping[str, object]
) -> list[ColumnElement[bool]]:
    """A condition for each filter; `compared` says what with."""
    return [
        column.in_(value) if isinstance(value, list) else compare(column, value)
        for (column, compare), value in ((compared[name], value) for name, value in filters.items())
    ]


def in_order(
    statement: Select[Any],
    column: Column[Any],
    *,
    descending: bool,
    after: tuple[object, UUID] | None,
) -> Select[Any]:
    """Sorted by a column, ties by id in the same direction, nulls last; what follows a row.

    `after` is what that row has in the column, and its id.
    """
    id_ = column.table.c.id
    order = [each.desc() if descending else each.asc() for each in (column, id_)]
    if column is id_:
        order = order[:1]
    elif column.nullable:
        order.insert(0, column.is_(None).asc())
    if after is not None:
        statement = statement.where(_following(column, id_, after, descending=descending))
    return statement.order_by(*order)


def _following(
    column: Column[Any], id_: Column[Any], after: tuple[object, UUID], *, descending: bool
) -> ColumnElement[bool]:
    value, last = after
    later = id_ < last if descending else id_ > last
    if column is id_:
        return later
    if value is None:
        return and_(column.is_(None), later)
    beyond = column < value if descending else column > value
    following = or_(beyond, and_(column == value, later))
    return or_(following, column.is_(None)) if column.nullable else following
