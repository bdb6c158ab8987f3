"""Lists that can be filtered and sorted: the query, the cursor, and the keyset in SQL."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self, TypeVar, get_origin
from uuid import UUID

import msgspec
from fastapi.exceptions import RequestValidationError
from pydantic import ConfigDict, Field, ValidationError
from starlette.requests import Request

from kit.http import Identified, Page, PageQuery
from kit.problems import Problem

R = TypeVar("R", bound=Identified)
_NO_FILTERS = {"limit", "cursor", "sort", "q"}


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: by a column, ties by id in the same direction, nulls last.

    Without a column by id alone, which is by age.
    """

    column: str = "id"
    descending: bool = False
    nullable: bool = False

    @property
    def clause(self) -> str:
        """What follows ORDER BY."""
        way = "DESC" if self.descending else "ASC"
        if self.column == "id":
            return f"id {way}"
        last = " NULLS LAST" if self.nullable else ""
        return f'"{self.column}" {way}{last}, id {way}'

    def following(self, value: object) -> str:
        """The condition of rows after one; its parameters are `_value` and `_id`.

        `value` is what that row has in the column.
        """
        sign = "<" if self.descending else ">"
        if self.column == "id":
            return f"id {sign} %(_id)s"
        if not self.nullable:
            return f'("{self.column}", id) {sign} (%(_value)s, %(_id)s)'
        if value is None:
            return f'("{self.column}" IS NULL AND id {sign} %(_id)s)'
        return f'(("{self.column}", id) {sign} (%(_value)s, %(_id)s) OR "{self.column}" IS NULL)'


def conditions_of(compared: Mapping[str, str], filters: Mapping[str, object]) -> list[str]:
    """A condition for each filter, whose parameter has its name; `compared` says what with.

    One value is compared as it is: only then an index by the filter is in the order of a sort, too.
    """
    return [
        f"{compared[name]} {f'ANY(%({name})s)' if isinstance(value, list) else f'%({name})s'}"
        for name, value in filters.items()
    ]


@dataclass(frozen=True, slots=True)
class Position:
    """The row that a page begins after: what it has in the field that is sorted by, and its id."""

    value: Any
    id: UUID


class ListQuery(PageQuery):
    """The query of a list; a route's own adds its filters, and says what `sort` may be."""

    model_config = ConfigDict(extra="forbid")

    # Holds what a row has in the field that the list is sorted by.
    cursor: str | None = Field(default=None, max_length=4096)
    sort: str | None = None

    @classmethod
    def of(cls, request: Request) -> Self:
        """Read the request's query, in which a filter may be repeated.

        Raises RequestValidationError, which is answered by 422.
        """
        given: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            given.setdefault(name, []).append(value)
        several = _several(cls)
        try:
            return cls.model_validate(
                {
                    name: values if name in several or len(values) > 1 else values[0]
                    for name, values in given.items()
                }
            )
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            raise RequestValidationError(
                [{**each, "loc": ("query", *each["loc"])} for each in found]
            ) from None

    @classmethod
    def parameters(cls) -> list[dict[str, Any]]:
        """As OpenAPI parameters: an enumeration is not referred to, but stands in its place."""
        definitions = cls.model_json_schema().get("$defs", {})
        found = super().parameters()
        for one in found:
            items = one["schema"].get("items", {})
            if "$ref" in items:
                one["schema"]["items"] = definitions[items["$ref"].rpartition("/")[2]]
        return found

    @classmethod
    def described(cls) -> dict[str, Any]:
        """A route's `openapi_extra`."""
        condition = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}
        return {"parameters": [*cls.parameters(), condition]}

    def filters(self) -> dict[str, Any]:
        """Those that were given, by the API's names; several values as a list."""
        given = self.model_dump(by_alias=True, exclude_unset=True, exclude=_NO_FILTERS)
        return {name: _one_or_more(value) for name, value in given.items()}

    @property
    def sorted_by(self) -> str:
        """The field that `sort` names, or `id`."""
        return (self.sort or "id").removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether `sort` begins with the greatest."""
        return (self.sort or "").startswith("-")

    def position(self, kind: Any) -> Position | None:
        """Where the page before ended; `kind` is the type of the field that is sorted by.

        Raises Problem 422 `invalid_cursor`.
        """
        return None if self.cursor is None else _decoded(self.cursor, self.sort or "", kind)

    def page(self, rows: Sequence[R]) -> Page[R]:
        """The page of these rows."""
        items = rows[: self.limit]
        if len(rows) <= self.limit:
            return Page(items, None)
        last = items[-1]
        return Page(items, _encoded(self.sort or "", getattr(last, self.sorted_by), last.id))


@cache
def _several(query: type[ListQuery]) -> frozenset[str]:
    """The filters that may be repeated, by the API's names."""
    return frozenset(
        field.alias or name
        for name, field in query.model_fields.items()
        if get_origin(field.annotation) is tuple
    )


def _one_or_more(value: object) -> object:
    if not isinstance(value, tuple):
        return value
    return value[0] if len(value) == 1 else list(value)


def _encoded(sort: str, value: object, last: UUID) -> str:
    raw = msgspec.json.encode((sort, value, last))
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(cursor: str, sort: str, kind: Any) -> Position:
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"==")
        sorted_by, value, last = msgspec.json.decode(raw, type=tuple[str, kind | None, UUID])
    except (ValueError, msgspec.MsgspecError):
        raise _invalid() from None
    if sorted_by != sort or _encoded(sort, value, last) != cursor:
        raise _invalid()
    return Position(value, last)


def _invalid() -> Problem:
    return Problem(422, "invalid_cursor", "The cursor is not one that this list has issued.")
