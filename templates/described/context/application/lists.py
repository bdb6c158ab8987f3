"""What a reader wants of a list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Up to `limit` rows, sorted by a field and then by id, in the same direction.

    `filters` are by the API's names. `after` is what the row before has in the field, and its id.
    """

    limit: int
    sort: str = "id"
    descending: bool = False
    after: tuple[object, UUID] | None = None
    filters: Mapping[str, object] = field(default_factory=dict)
    search: str | None = None
