"""Commands of an entity: what they take, set and need, who may run them, what they tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.domain import limits, naming, shape
from blueprint_cli.domain.access import read_who
from blueprint_cli.domain.contradictions import NEVER_MET, never_met, where_it_runs
from blueprint_cli.domain.expressions import asked_for
from blueprint_cli.domain.former_events import event_name, read_former
from blueprint_cli.domain.mistakes import NotUnderstood
from blueprint_cli.domain.model import ANYONE, CRUD, SYSTEM, USER, Command, EventName
from blueprint_cli.domain.parsing import read_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.domain.entities import EntityReader
    from blueprint_cli.domain.expressions import Expression
    from blueprint_cli.domain.mistakes import Path
    from blueprint_cli.domain.model import Field
    from blueprint_cli.domain.parsing import Names

EVENT_ALLOWED: Final = "a name such as AppointmentBooked, or a later version: AppointmentBooked.v2"
_REFUSED: Final = {"new": "create makes a row", "get": "a row is read without a command"}
_TOLD: Final = {"create": "Created", "update": "Changed", "delete": "Deleted"}


class CommandReader:
    """Reads the commands of one entity."""

    def __init__(self, entity: EntityReader, access: Mapping[str, tuple[str, ...]]) -> None:
        self._entity = entity
        self._world = entity.world
        self._access = access
        self._path: Path = (*entity.path, "commands")

    def read(self) -> tuple[Command, ...]:
        """Return those that are given, or create, update and delete."""
        given = shape.mapping(self._entity.raw.get("commands"))
        if len(given) > limits.COMMANDS:
            message = f"has {len(given)} commands"
            self._world.report(self._path, message, allowed=f"at most {limits.COMMANDS}")
        commands = given or dict.fromkeys(CRUD)
        found = tuple(self._one(name, shape.mapping(raw)) for name, raw in commands.items())
        for one in found:
            if one.name == "create":
                self._look_for_what_is_missing(one, given=bool(given))
        return found

    def _one(self, name: str, raw: dict[str, Any]) -> Command:
        path = (*self._path, name)
        self._look_at_name(name)
        states = self._states((*path, "from"), raw.get("from"))
        if name == "create":
            for key in ("from", "to"):
                if raw.get(key):
                    message = (
                        f"a row begins in {self._entity.states[0]}"
                        if self._entity.states
                        else "there are no states"
                    )
                    self._world.report((*path, key), message, at_key=True)
        if name == "delete":
            for key in ("takes", "sets", "to"):
                if raw.get(key):
                    self._world.report((*path, key), "what is deleted is not changed", at_key=True)
        to = self._states((*path, "to"), raw.get("to"))
        who = read_who(self._world, (*path, "by"), raw.get("by"), self._entity.owner, system=True)
        by = who or self._access[name if name in CRUD else "update"]
        names = self._entity.names(me=True, caller=not {ANYONE, SYSTEM} & set(by), known=True)
        needs = self._entity.guards((*path, "needs"), raw.get("needs"), names)
        needed = names
        for guard in needs:
            if guard.holds is None and name == "create":
                break  # its owner looks at the new row
            needed = needed.where(guard.holds, unknown=True)
        sets = self._sets((*path, "sets"), raw.get("sets"), name, needed)
        command = Command(
            name=name,
            takes=self._takes(path, raw, name, by, {field for field, _ in sets}),
            from_states=states,
            to=to[0] if to else "",
            sets=sets,
            needs=needs,
            by=by,
            emits=self._emits((*path, "emits"), raw.get("emits"), name),
            former=read_former(self._world, (*path, "former"), raw.get("former")),
        )
        if name == "create":
            self._look_at_what_is_asked(command)
        self._look_for_what_is_never_met(command)
        return command

    def _look_for_what_is_never_met(self, command: Command) -> None:
        entity = self._entity
        asked = where_it_runs(command, entity.fields, entity.states, entity.owner)
        for guard in never_met(command.needs, asked):
            self._world.report((*self._path, command.name, "needs", guard.code), NEVER_MET)

    def _look_at_what_is_asked(self, create: Command) -> None:
        """Report guards that ask another context for what a new row does not have yet."""
        for guard in create.needs:
            for one in asked_for(guard.holds) if guard.holds else ():
                field = one.path[0]
                if field not in create.takes:
                    message = f"create does not take {field}, so known({field}) asks for nothing"
                    here = (*self._path, "create", "needs", guard.code)
                    self._world.report(here, message, allowed=", ".join(create.takes))

    def _look_at_name(self, name: str) -> None:
        path = (*self._path, name)
        if why := naming.why_no_name(name) or _REFUSED.get(name, ""):
            nearest = naming.nearest_name(name) if name not in _REFUSED else f"{name}_one"
            message = f"no command can be called that: {why}; did you mean {nearest}?"
            self._world.report(path, message, allowed=naming.SNAKE_ALLOWED, at_key=True)

    def _states(self, path: Path, raw: object) -> tuple[str, ...]:
        found: list[str] = []
        known = self._entity.states
        for place, state in shape.words(raw):
            here = path if place is None else (*path, place)
            if state in found:
                self._world.report(here, f"{state} stands twice")
            elif state in known:
                found.append(state)
            elif "status" in self._entity.broken:
                continue
            elif known:
                hint = naming.did_you_mean(state, known)
                self._world.report(
                    here, f"there is no state {state}{hint}", allowed=", ".join(known)
                )
            else:
                self._world.report(here, f"there is no state {state}: the entity has no `states`")
        return tuple(found)

    def _takes(
        self, path: Path, raw: dict[str, Any], name: str, by: tuple[str, ...], sets: set[str]
    ) -> tuple[str, ...]:
        if "takes" not in raw or raw["takes"] is None:
            return self._taken_by_default(name, by, sets)
        found: list[str] = []
        for place, field in shape.words(shape.listed(raw["takes"])):
            here = (*path, "takes", place or 0)
            if field in found:
                self._world.report(here, f"{field} stands twice")
            elif self._may_change(here, field, name):
                found.append(field)
        return tuple(found)

    def _taken_by_default(self, name: str, by: tuple[str, ...], sets: set[str]) -> tuple[str, ...]:
        """Every field that it may change; the owner's where others make rows for the owner."""
        if name not in ("create", "update"):
            return ()
        fields = self._entity.fields.values()
        by_itself = name == "update" or bool({USER, ANYONE} & set(by))
        return tuple(
            one.name
            for one in fields
            if one.name not in sets
            and not (one.once and name == "update")
            and not (one.name == self._entity.owner and by_itself)
        )

    def _may_change(self, path: Path, field: str, command: str, *, at_key: bool = False) -> bool:
        entity = self._entity
        if field not in entity.fields:
            if field in entity.broken:
                return False
            hint = naming.did_you_mean(field, (*entity.fields, *sorted(entity.broken)))
            why = naming.REFUSED.get(field, "")
            message = (
                f"there is no field {field}{hint}" if not why else f"{field} is not given: {why}"
            )
            if field == "status":
                message = "status is not given: `to` says the new state"
            self._world.report(path, message, allowed=", ".join(entity.fields), at_key=at_key)
            return False
        if entity.fields[field].once and command != "create":
            message = f"{field} is set once, when a row is made"
            self._world.report(path, message, at_key=at_key)
            return False
        return True

    def _sets(
        self, path: Path, raw: object, command: str, names: Names
    ) -> tuple[tuple[str, Expression], ...]:
        found = []
        for field, value in shape.mapping(raw).items():
            here = (*path, field)
            text = shape.expression(value)
            if not self._may_change(here, field, command, at_key=True) or text is None:
                continue
            try:
                found.append((field, read_value(text, names, self._entity.fields[field])))
            except NotUnderstood as error:
                self._world.refuse(here, error)
        return tuple(found)

    def _emits(self, path: Path, raw: object, name: str) -> EventName | None:
        if raw is None:
            return EventName(f"{self._entity.name}{_TOLD[name]}") if name in CRUD else None
        if not isinstance(raw, str):
            return None
        found = event_name(raw)
        if found is None:
            nearest = naming.nearest_class(raw.partition(".")[0])
            self._world.report(path, f"is {raw}; did you mean {nearest}?", allowed=EVENT_ALLOWED)
        return found

    def _look_for_what_is_missing(self, create: Command, *, given: bool) -> None:
        """Report fields that a new row has to have and nobody gives it."""
        entity = self._entity
        done = {*create.takes, *(field for field, _ in create.sets)}
        if entity.owner and entity.owner not in done:
            self._look_for_the_caller(create)
            done.add(entity.owner)
        missing = [
            one.name
            for one in entity.fields.values()
            if not (one.optional or one.has_default or one.name in done)
        ]
        path = (*self._path, "create") if given else entity.path
        if missing and not self._changes_are_mistaken(path):
            message = f"{', '.join(missing)}: neither taken nor set, and a row has to have it"
            self._world.report(path, message, allowed="optional, or = default", at_key=True)

    def _changes_are_mistaken(self, path: Path) -> bool:
        """Whether something is wrong with what a command takes or sets."""
        keys = [(*path, key) for key in ("takes", "sets")]
        return any(mistake.path[: len(path) + 1] in keys for mistake in self._world.mistakes)

    def _look_for_the_caller(self, create: Command) -> None:
        owner: Field = self._entity.fields[self._entity.owner]
        nobody = [word for word in create.by if word in (ANYONE, SYSTEM)]
        if nobody and not owner.optional:
            message = (
                f"{nobody[0]} may be nobody who is logged in, and {owner.name} would be the caller"
            )
            self._world.report(
                (*self._path, "create"), message, allowed=f"takes: [{owner.name}, …]", at_key=True
            )
