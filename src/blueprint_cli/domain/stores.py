"""What contexts on MySQL cannot have, said when the spec is read: where, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.domain import shape
from blueprint_cli.domain.model import MYSQL

if TYPE_CHECKING:
    from blueprint_cli.domain.mistakes import Path
    from blueprint_cli.domain.model import DescribedContext, Entity, Type
    from blueprint_cli.domain.world import World

# Characters of a text that lies in its row, and so can be indexed.
INDEXED: Final = 255
_LENGTHS: Final = {"email": 254, "url": 2_000}
# Of utf8mb4; and of an index's key, of a row's texts and of a table's indexes at most.
_BYTES: Final = 4
_KEY: Final = 3_072
_ROW: Final = 60_000
_TEXTS: Final = ("text", "email", "url")
_WIDTHS: Final = {"enum": 64 * _BYTES, "decimal": 16, "uuid": 16, "ref": 16}
_INSTEAD: Final = "store: postgresql, or a rule that you write"


def length_of(kind: Type) -> int | None:
    """Return how many characters a text may have; None where there is no bound."""
    longest = kind.high
    return _LENGTHS.get(kind.kind) or (None if longest is None else int(longest))


def look_at_stores(world: World, contexts: tuple[DescribedContext, ...]) -> None:
    """Take down what contexts on MySQL say that it cannot do."""
    for context in contexts:
        if context.store == MYSQL:
            for entity in context.entities:
                _Looked(world, entity).at_all()


class _Looked:
    """An entity of a context on MySQL."""

    def __init__(self, world: World, entity: Entity) -> None:
        self._world = world
        self._entity = entity
        self._path: Path = (entity.context, "entities", entity.name)
        raw = shape.mapping(world.contexts.get(entity.context)).get("entities")
        self._raw = shape.mapping(shape.mapping(raw).get(entity.name))

    def at_all(self) -> None:
        self._at_unique()
        self._at_list()
        self._at_row()

    def _report(self, path: tuple[str | int, ...], message: str, allowed: str) -> None:
        self._world.report((*self._path, *path), message, allowed=allowed)

    def _at_unique(self) -> None:
        for one in self._entity.unique:
            path = ("unique", one.code)
            if one.span is not None:
                span = f"{one.span[0]}..{one.span[1]}"
                message = f"MySQL cannot keep rows from overlapping in {span}"
                self._report(path, message, f"fields alone; {_INSTEAD}")
            if one.where is not None:
                message = "MySQL has no unique index of some rows alone"
                self._report(path, message, f"no `where`; {_INSTEAD}")
            self._at_index(path, one.fields, "is unique")
        for field in self._entity.fields:
            if field.unique:
                self._at_index(("fields", field.name), (field.name,), "is unique")

    def _at_list(self) -> None:
        listing = self._entity.listing
        if listing.search:
            message = "MySQL cannot search within words"
            self._report(("list", "search"), message, "no `search`, or store: postgresql")
        for key, names in (("filter", listing.filter), ("sort", listing.sort)):
            raw = shape.mapping(self._raw.get("list")).get(key)
            for name in names:
                place = [one for one, word in shape.words(shape.listed(raw)) if word == name]
                path: tuple[str | int, ...] = ("list", key, *(one or 0 for one in place[:1]))
                self._at_index(path, (name,), f"is in {key}")

    def _at_index(self, path: tuple[str | int, ...], names: tuple[str, ...], why: str) -> None:
        kinds = {
            name: self._entity.by_name[name].type for name in names if name in self._entity.by_name
        }
        for name, kind in kinds.items():
            if kind.kind in _TEXTS and (length_of(kind) or INDEXED + 1) > INDEXED:
                message = f"{name} {why}, and is too long a text for an index of MySQL"
                self._report(path, message, f"{name}: text(0..{INDEXED}), or shorter")
                return
        width = sum(_width(one) for one in kinds.values())
        if width > _KEY:
            message = f"the texts have {width} bytes together, an index of MySQL {_KEY}"
            self._report(path, message, "shorter texts, or fewer of them")

    def _at_row(self) -> None:
        width = sum(_width(one.type) for one in self._entity.fields)
        if width > _ROW:
            message = f"its texts have {width} bytes together, a row of MySQL {_ROW}"
            self._report(("fields",), message, f"texts of more than {INDEXED} lie elsewhere")


def _width(kind: Type) -> int:
    if kind.kind in _TEXTS:
        length = length_of(kind)
        return length * _BYTES + 2 if length and length <= INDEXED else 20
    return _WIDTHS.get(kind.kind, 8)
