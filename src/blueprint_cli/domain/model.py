"""What described contexts say, resolved and checked: what rendering, drawing and checking read.

Everything that follows from another place of the spec stands here in full: a context's own types
are resolved to what they mean, each command has those who may run it and the event that it emits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from blueprint_cli.domain.expressions import Expression

Store = Literal["postgresql", "mysql"]
POSTGRESQL: Final = "postgresql"
MYSQL: Final = "mysql"

Kind = Literal[
    "text",
    "int",
    "decimal",
    "bool",
    "date",
    "time",
    "datetime",
    "duration",
    "uuid",
    "email",
    "url",
    "json",
    "ref",
    "enum",
    "value",
    "list",
]
CRUD: Final = ("create", "update", "delete")
# Who is no role: the row's owner, everyone who is logged in, everyone, a reaction.
OWNER: Final = "owner"
USER: Final = "user"
ANYONE: Final = "anyone"
SYSTEM: Final = "system"


@dataclass(frozen=True, slots=True)
class Reference:
    """An entity, by its context's name and its own; ``identity.User`` and the shop's are such."""

    context: str
    entity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """A field's type.

    ``name`` is that of the context's own type that it came from, else empty. ``low`` and ``high``
    bound a text's length in characters, a list's in items, and the value of an int or a decimal;
    both are inclusive, None is no bound. ``pattern`` is a regular expression that a whole text
    matches: without anchors, and the same to Python, PostgreSQL and JSON Schema. ``digits`` and
    ``scale`` are a decimal's: digits in all, and after the point. ``values`` are an enumeration's,
    ``fields`` a value object's, ``of`` is what a list holds, ``target`` what a reference means.
    """

    kind: Kind
    name: str = ""
    low: int | Decimal | None = None
    high: int | Decimal | None = None
    pattern: str = ""
    digits: int = 0
    scale: int = 0
    values: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    of: Type | None = None
    target: Reference | None = None

    def targets(self, *, always: bool = False) -> Iterator[Reference]:
        """Yield what a value may refer to, at any depth; or what each refers to ``always``."""
        if self.target is not None:
            yield self.target
        if self.of is not None and (self.low or not always):
            yield from self.of.targets(always=always)
        for one in self.fields:
            if not (always and one.optional):
                yield from one.type.targets(always=always)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of an entity or of a value object.

    ``default``: what a new row has that is given none; ``has_default`` tells it from none at all.
    Of dates, times and durations it is the text in ISO 8601, of a list ``()``.
    ``once``: set when the row is made, never again. ``secret``: never shown to anybody. ``was``:
    its former name, for one release.
    """

    name: str
    type: Type
    optional: bool = False
    unique: bool = False
    once: bool = False
    secret: bool = False
    has_default: bool = False
    default: str | int | Decimal | bool | tuple[()] | None = None
    was: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """A rule or a need: the code of its refusal, and what has to hold.

    ``holds`` is None where the owner of the project writes it as a function.
    """

    code: str
    holds: Expression | None


@dataclass(frozen=True, slots=True)
class Unique:
    """No two rows agree in ``fields``, of those for which ``where`` holds.

    With a ``span`` of two fields, half-open, no two such rows overlap in it.
    """

    code: str
    fields: tuple[str, ...]
    span: tuple[str, str] | None = None
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class EventName:
    """``AppointmentBooked``, version 1."""

    name: str
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerEvent:
    """An event under the name and version that it had, which is still published beside it.

    ``keys`` are those of its data that differ: the former key and the one of today that holds it;
    ``left_out`` are keys of today that it does not have.
    """

    name: EventName
    keys: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What can be done with an entity: ``create``, ``update``, ``delete``, or the domain's own.

    ``from_states`` empty: in any state; ``to`` empty: the state stays. ``sets`` is in the order of
    the spec. ``by`` is never empty; it holds roles, and OWNER, USER, ANYONE, SYSTEM. ``emits`` is
    None only where nothing is told: the domain's own without ``emits``. ``former`` are published
    beside the event.
    """

    name: str
    takes: tuple[str, ...] = ()
    from_states: tuple[str, ...] = ()
    to: str = ""
    sets: tuple[tuple[str, Expression], ...] = ()
    needs: tuple[Guard, ...] = ()
    by: tuple[str, ...] = ()
    emits: EventName | None = None
    former: tuple[FormerEvent, ...] = ()

    @property
    def is_crud(self) -> bool:
        """Whether it is one of the three that every entity may have."""
        return self.name in CRUD

    @property
    def over_http(self) -> bool:
        """Whether it has a route: what only reactions may do has none."""
        return self.by != (SYSTEM,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a list can be asked for; ``status``, ``id`` and the times may be among the fields."""

    filter: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    search: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Entity:
    """An aggregate, with a table of its own.

    ``plural`` is the last word of its path, in kebab-case. ``read`` says who may read a row.
    ``owner`` is the name of the field whose user a row belongs to, or empty. ``commands`` are in
    the order of the spec, or create, update, delete where none are given.
    """

    name: str
    context: str
    summary: str = ""
    plural: str
    fields: tuple[Field, ...]
    owner: str = ""
    unique: tuple[Unique, ...] = ()
    rules: tuple[Guard, ...] = ()
    states: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    read: tuple[str, ...] = ()
    listing: Listing = field(default_factory=Listing)
    was: str = ""

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Its fields by their names."""
        return {one.name: one for one in self.fields}

    @cached_property
    def references(self) -> tuple[Field, ...]:
        """Fields that refer to a row, each by its id."""
        return tuple(one for one in self.fields if one.type.kind == "ref")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What happens in a context when an event arrives.

    ``entity`` and ``command`` are of the same context and empty for an e-mail, which has ``to``,
    the event's field with a user's id, and ``text``, a name. ``of`` gives the row's id, and is None
    for ``create``; ``values`` is what the command takes.
    """

    context: str
    publisher: str
    event: EventName
    needs: Expression | None = None
    entity: str = ""
    command: str = ""
    of: Expression | None = None
    values: tuple[tuple[str, Expression], ...] = ()
    to: str = ""
    text: str = ""

    @property
    def is_email(self) -> bool:
        """Whether it sends one."""
        return not self.entity


@dataclass(frozen=True, kw_only=True)
class DescribedContext:
    """A context that is rendered from its description.

    ``types`` are its own by name, in the order of the spec. Reactions of ``notifications`` that
    send e-mail stand in `Model.reactions` alone. ``store`` says where its rows are. ``runs_as`` is
    what its service is called where that is said, or empty.
    """

    name: str
    summary: str = ""
    types: tuple[tuple[str, Type], ...] = ()
    entities: tuple[Entity, ...] = ()
    store: Store = "postgresql"
    was: str = ""
    runs_as: str = ""

    @property
    def storage(self) -> str:
        """What its schema is called: its former name while it has one."""
        return self.was or self.name

    @property
    def service(self) -> str:
        """By what others know what runs of it, and what it is called in rows and topics."""
        return self.runs_as or self.storage


@dataclass(frozen=True, kw_only=True)
class EventField:
    """A key of an event's data.

    ``holds`` is the key of the event of today whose value a former one has; empty for its own name.
    """

    name: str
    type: Type
    optional: bool = False
    holds: str = ""


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event that a context publishes, and every key of its data, in order.

    ``id``, ``status`` where there are states, ``version``, ``at``, the owner, the references, what
    its commands take and set; never a secret. ``commands`` emit it. ``former_of`` is the event of
    today that it is published beside, under a name or a version that it had; else None. ``now`` is
    what its context is called now, where ``context`` is a former name.
    """

    context: str
    entity: str
    name: EventName
    commands: tuple[str, ...]
    fields: tuple[EventField, ...]
    former_of: EventName | None = None
    now: str = ""

    @property
    def publisher(self) -> str:
        """The context that publishes it."""
        return self.now or self.context


@dataclass(frozen=True, kw_only=True)
class Model:
    """The described part of a spec: nothing of it where ``contexts`` is empty.

    ``roles`` are those beside ``user`` and ``admin``; ``directory`` those that may look users up,
    beside ``admin``.
    """

    roles: tuple[str, ...] = ()
    directory: tuple[str, ...] = ()
    contexts: tuple[DescribedContext, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    events: tuple[Event, ...] = ()

    def service_of(self, context: str) -> str:
        """Return what a context's service is called, also of one that is not described."""
        return next((one.service for one in self.contexts if one.name == context), context)
