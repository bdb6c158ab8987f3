"""Adding to a description and taking out of it: which of its places change, and to what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from blueprint_cli.domain import naming, ready_made, shape
from blueprint_cli.domain.model import CRUD
from blueprint_cli.errors import EditRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from blueprint_cli.domain.mistakes import Path

Kind = Literal["context", "entity", "field"]
# What each kind is called by, from the outer name to the inner one.
CALLED: Final[dict[Kind, str]] = {
    "context": "clinic",
    "entity": "clinic.Doctor",
    "field": "clinic.Doctor.room",
}
FIELD: Final = "'name: text(1..120)'"


@dataclass(frozen=True, slots=True)
class Put:
    """A key, new or not, and its value; ``first`` puts a new one before all others."""

    path: Path
    value: Any
    first: bool = False


@dataclass(frozen=True, slots=True)
class Rekey:
    """A key that is called otherwise; its value stays."""

    path: Path
    key: str


@dataclass(frozen=True, slots=True)
class Remove:
    """A key with its value, or an item of a list."""

    path: Path


Edit = Put | Rekey | Remove


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is described: its names from the outer one to its own, and its path."""

    kind: Kind
    names: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Where it stands, below ``contexts``."""
        keys = ("entities", "fields")
        path: Path = self.names[:1]
        for key, name in zip(keys, self.names[1:], strict=False):
            path = (*path, key, name)
        return path

    @property
    def name(self) -> str:
        """Its own name."""
        return self.names[-1]

    def renamed(self, to: str) -> str:
        """Return its own new name, also of one that says where it stands.

        Raises:
            EditRefused: where that is elsewhere.
        """
        parent, _, name = to.rpartition(".")
        if parent and parent != ".".join(self.names[:-1]):
            raise EditRefused(
                f"{to} would not be where {'.'.join(self.names)} is",
                hint="A rename moves nothing: give its own new name, without a dot.",
            )
        return name


def place_of(kind: Kind, dotted: str) -> Place:
    """Take a dotted name apart.

    Raises:
        EditRefused: where it has too many parts or too few.
    """
    names = tuple(dotted.split("."))
    example = CALLED[kind]
    if len(names) != example.count(".") + 1 or not all(names):
        raise EditRefused(
            f"{dotted or 'nothing'} is no name of {_a(kind)}", hint=f"For example: {example}"
        )
    return Place(kind, names)


def look_up(contexts: Mapping[str, Any], place: Place) -> Any:  # noqa: ANN401 - what a description holds
    """Return what is described there.

    Raises:
        EditRefused: where nothing is, or where it is none of those that are described.
    """
    here: Any = contexts
    for part in place.path:
        known = list(shape.mapping(here))
        if part not in known and part not in ("entities", "fields"):
            hint = naming.did_you_mean(str(part), known)
            what = CALLED_AFTER[len(place.path[: place.path.index(part) + 1])]
            raise EditRefused(
                f"there is no {what} {'.'.join(place.names)}{hint}",
                hint=f"There {'is' if len(known) == 1 else 'are'}: {', '.join(known) or 'none'}",
            )
        here = shape.mapping(here).get(str(part))
    return here


CALLED_AFTER: Final[dict[int, Kind]] = {1: "context", 3: "entity", 5: "field"}


def refuse_undescribed(contexts: Mapping[str, Any], name: str) -> None:
    """Refuse what cannot be changed by its description.

    Raises:
        EditRefused: where a context is ready-made, or written by its owner.
    """
    if name in ready_made.CONTEXTS:
        raise EditRefused(
            f"{name} is ready-made: its entities and its name are not described",
            hint="Entities belong into a context of your own: blueprint add context clinic",
        )
    if shape.mapping(contexts.get(name)).get("by") == "hand":
        raise EditRefused(
            f"{name} is written by its owner", hint="Edit its code, and its line in blueprint.yaml."
        )


def adding(contexts: Mapping[str, Any], place: Place, words: Sequence[str]) -> list[Edit]:
    """Return the edits that add a context, an entity with its fields, or a field.

    An entity brings the context that it is the first of. ``words`` are fields: ``name: type``.

    Raises:
        EditRefused: where it is there already, or where what it belongs to is not.
    """
    fields = dict(_field(one) for one in words)
    if len(fields) < len(words):
        raise EditRefused("a field is given twice", hint=f"Each once: {FIELD}")
    match place.kind:
        case "context":
            return _new_context(contexts, place)
        case "entity":
            return _new_entity(contexts, place, fields)
        case "field":
            return _new_field(contexts, place, fields)


def _new_context(contexts: Mapping[str, Any], place: Place) -> list[Edit]:
    refuse_what_is_there(contexts, place)
    value: dict[str, Any] = {} if place.name in ready_made.CONTEXTS else {"entities": {}}
    return [Put(place.path, value)]


def _new_entity(contexts: Mapping[str, Any], place: Place, fields: Mapping[str, str]) -> list[Edit]:
    context, name = place.names
    refuse_undescribed(contexts, context)
    if not fields:
        raise EditRefused(
            f"{name} needs a field", hint=f"blueprint add entity {context}.{name} {FIELD}"
        )
    described = {"fields": dict(fields)}
    if context not in contexts:
        return [Put((context,), {"entities": {name: described}})]
    if not shape.mapping(shape.mapping(contexts[context]).get("entities")):
        return [Put((context, "entities"), {name: described})]
    refuse_what_is_there(contexts, place)
    return [Put(place.path, described)]


def _new_field(contexts: Mapping[str, Any], place: Place, fields: Mapping[str, str]) -> list[Edit]:
    context, entity, name = place.names
    refuse_undescribed(contexts, context)
    look_up(contexts, Place("entity", (context, entity)))
    refuse_what_is_there(contexts, place)
    return [Put(place.path, fields[name])]


def refuse_what_is_there(contexts: Mapping[str, Any], place: Place) -> None:
    """Refuse a name that is taken.

    Raises:
        EditRefused: where something of that name is described.
    """
    here: Any = contexts
    for part in place.path:
        if part not in shape.mapping(here):
            return
        here = here[part]
    raise EditRefused(
        f"{'.'.join(place.names)} is there already",
        hint="Two of one kind are not called the same; choose another name.",
    )


def _field(words: str) -> tuple[str, str]:
    name, colon, said = words.partition(":")
    if not colon or not name.strip() or not said.strip():
        raise EditRefused(f"{words} is no field", hint=f"A name and a type: {FIELD}")
    return name.strip(), said.strip()


def removing(contexts: Mapping[str, Any], place: Place) -> list[Edit]:
    """Return the edits that take it out, and a field out of the lists that name it.

    Where an expression, a reference or a reaction names it, reading the result says so.

    Raises:
        EditRefused: where it is not there.
    """
    if place.kind != "context":
        refuse_undescribed(contexts, place.names[0])
    look_up(contexts, place)
    edits: list[Edit] = [Remove(place.path)]
    if place.kind == "field":
        entity = look_up(contexts, Place("entity", place.names[:2]))
        edits += [
            replace(one, path=(*place.path[:3], *one.path))
            for one in _out_of_lists(entity, place.name)
        ]
    return edits


def _out_of_lists(entity: object, field: str) -> Iterator[Put | Remove]:
    """Yield what takes a field out of the lists of its entity, and those out that had no other."""
    lists = dict(_lists(entity))
    left = {path: [one for one in names if one != field] for path, names in lists.items()}
    listing = [path for path in left if path[0] == "list"]
    if any(lists[path] for path in listing) and not any(left[path] for path in listing):
        yield Remove(("list",))
        left = {path: names for path, names in left.items() if path not in listing}
    for path, rest in left.items():
        if rest:
            yield from (Remove((*path, at)) for at, one in enumerate(lists[path]) if one == field)
        elif lists[path] and path[1] in CRUD:
            # Without `takes` it would take every field.
            yield Put(path, [])
        elif lists[path]:
            yield Remove(path)


def listings(entity: object, field: str) -> Iterator[tuple[Path, int]]:
    """Yield the lists of an entity that name a field, and where: ``takes``, and those of lists."""
    for path, names in _lists(entity):
        for at, name in enumerate(names):
            if name == field:
                yield path, at


def _lists(entity: object) -> Iterator[tuple[Path, list[Any]]]:
    raw = shape.mapping(entity)
    for command, said in shape.mapping(raw.get("commands")).items():
        yield ("commands", command, "takes"), shape.listed(shape.mapping(said).get("takes"))
    for key, said in shape.mapping(raw.get("list")).items():
        yield ("list", key), shape.listed(said)


def _a(kind: Kind) -> str:
    return f"{'an' if kind == 'entity' else 'a'} {kind}"
