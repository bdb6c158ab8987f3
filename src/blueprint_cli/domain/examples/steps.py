"""What becomes of a row: commands one after another, as the rules of the vocabulary have it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from blueprint_cli.domain.evaluation import Row, evaluate
from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.domain.expressions import Compare, Name
from blueprint_cli.domain.model import ANYONE, OWNER, SYSTEM, USER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from blueprint_cli.domain.expressions import Expression
    from blueprint_cli.domain.model import Command, Entity

_USERS: Final = 0x00000000_0000_7000_8000_000000002000
ROW_ID: Final = UUID(int=0x00000000_0000_7000_8000_000000004000)
"""The id of the row that commands are run on."""
OWNER_ID: Final = UUID(int=_USERS)
"""Whose rows examples are, where `owner` may do something with them."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who runs a command: ``name`` is a role, `owner`, or `nobody`, who is not logged in."""

    name: str
    role: str = ""
    id: UUID | None = None

    @property
    def me(self) -> tuple[UUID | None, str] | None:
        """As an expression asks for it."""
        return None if self.id is None else (self.id, self.role)


NOBODY: Final = Actor("nobody")
THE_OWNER: Final = Actor("owner", "user", OWNER_ID)


def actor_of(role: str, roles: Sequence[str]) -> Actor:
    """Return the one who has a role, with an id of its own."""
    place = ("user", "admin", *roles).index(role) + 1
    return Actor(role, role, UUID(int=_USERS + place))


@dataclass(frozen=True, slots=True)
class Step:
    """A command that somebody runs."""

    command: Command
    actor: Actor


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a step is refused: by which code, and which expression over which row, if any."""

    step: int
    code: str
    holds: Expression | None = None
    row: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Played:
    """The row after each step that was not refused; ``refusal`` is why the next one was."""

    rows: tuple[Mapping[str, Any], ...]
    refusal: Refusal | None


WRONG_STATE: Final = "wrong_state"
INVALID: Final = "validation_failed"
Values = dict[tuple[int, str], Any]
"""What each step is given: by its place and the field."""


def who_may(by: Sequence[str], roles: Sequence[str]) -> Actor | None:
    """Return the most ordinary one of those who may; None where only reactions may."""
    if OWNER in by:
        return THE_OWNER
    if USER in by or ANYONE in by:
        return THE_OWNER
    named = [one for one in by if one != SYSTEM]
    return actor_of(named[0], roles) if named else None


def play(
    entity: Entity, steps: Sequence[Step], values: Values, now: datetime, known: frozenset[Any]
) -> Played:
    """Run steps, the first of which makes the row, until one is refused."""
    rows: list[Mapping[str, Any]] = []
    row: dict[str, Any] = {}
    for place, step in enumerate(steps):
        taken = {
            name: values[place, name] for name in step.command.takes if (place, name) in values
        }
        begun = _begun(entity, now) if place == 0 else row
        after = _run(entity, step, place, begun, taken, now, known)
        if isinstance(after, Refusal):
            return Played(tuple(rows), after)
        row = after
        rows.append(row)
    return Played(tuple(rows), None)


def _begun(entity: Entity, now: datetime) -> dict[str, Any]:
    row = {one.name: plausible.default_of(one) for one in entity.fields}
    if entity.states:
        row["status"] = entity.states[0]
    return {"id": ROW_ID, **row, "version": 0, "created_at": now, "updated_at": now}


def _run(  # noqa: C901, PLR0913, PLR0917 - one run of one command
    entity: Entity,
    step: Step,
    place: int,
    begun: dict[str, Any],
    taken: dict[str, Any],
    now: datetime,
    known: frozenset[Any],
) -> dict[str, Any] | Refusal:
    command, me = step.command, step.actor.me
    owner = entity.owner
    if place == 0 and owner and owner not in command.takes and owner not in dict(command.sets):
        taken = {**taken, owner: step.actor.id}
    if command.from_states and begun.get("status") not in command.from_states:
        return Refusal(place, WRONG_STATE)
    row = {**begun, **taken}
    if place == 0:
        row["version"] = 1
    seen = Row(row, now, me, known)
    for guard in command.needs:
        if guard.holds is not None and evaluate(guard.holds, seen) is False:
            return Refusal(place, guard.code, guard.holds, row)
    changed = dict(row)
    for name, expression in command.sets:
        value = evaluate(expression, seen)
        of = entity.by_name[name]
        if of.type.kind == "decimal" and value is not None:
            value = round(value, of.type.scale)
        if not plausible.allowed(of, value):
            return Refusal(place, INVALID, expression, row)
        changed[name] = value
    if command.to:
        changed["status"] = command.to
    if place:
        changed["version"] = row["version"] + 1
    changed["updated_at"] = now
    if command.name == "delete":
        return changed
    return _held(entity, place, changed, Row(changed, now, me, known)) or changed


def _held(entity: Entity, place: int, row: Mapping[str, Any], seen: Row) -> Refusal | None:
    for span in unnamed_spans(entity):
        first, last = (row[name] for name in span)
        if first is not None and last is not None and not last > first:
            return Refusal(place, INVALID, span_holds(entity, span), row)
    for guard in entity.rules:
        if guard.holds is not None and evaluate(guard.holds, seen) is False:
            return Refusal(place, guard.code, guard.holds, row)
    return None


def unnamed_spans(entity: Entity) -> tuple[tuple[str, str], ...]:
    """Return spans whose order no rule names."""
    spans = dict.fromkeys(one.span for one in entity.unique if one.span is not None)
    named = {between for one in entity.rules if (between := _ordered(one.holds)) is not None}
    return tuple(span for span in spans if span not in named)


def span_holds(entity: Entity, span: tuple[str, str]) -> Expression:
    """Return that a span ends after it begins."""
    first, last = (
        Name((name,), entity.by_name[name].type, ((name,),) * entity.by_name[name].optional)
        for name in span
    )
    return Compare(">", last, first)


def _ordered(holds: Expression | None) -> tuple[str, str] | None:
    """Return the fields of which a rule says that one is before the other."""
    match holds:
        case Compare(sign=">", left=Name(path=(after,)), right=Name(path=(before,))):
            return before, after
        case Compare(sign="<", left=Name(path=(before,)), right=Name(path=(after,))):
            return before, after
    return None
