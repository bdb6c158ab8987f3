"""Reactions: what happens in a context when an event arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.domain import limits, naming, ready_made, shape
from blueprint_cli.domain.event_changes import full_name
from blueprint_cli.domain.expressions import Name
from blueprint_cli.domain.former_events import event_name
from blueprint_cli.domain.mistakes import NotUnderstood
from blueprint_cli.domain.model import SYSTEM, Reaction, Reference, Type
from blueprint_cli.domain.parsing import USER, Names, read_any, read_condition, read_value
from blueprint_cli.domain.python_text import Spelling, is_true

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blueprint_cli.domain.expressions import Expression
    from blueprint_cli.domain.mistakes import Path
    from blueprint_cli.domain.model import Command, Entity, Event
    from blueprint_cli.domain.world import World

EMAIL: Final = "email"
WHEN: Final = "context.Event, as orders.OrderConfirmed"
DO: Final = "Entity.command of the same context, or email"


class ReactionReader:
    """Reads the reactions of all contexts, once their events are known."""

    def __init__(
        self, world: World, entities: Mapping[str, Sequence[Entity]], events: Sequence[Event]
    ) -> None:
        self._world = world
        self._entities = {
            context: {one.name: one for one in found} for context, found in entities.items()
        }
        known = [one for one in ready_made.EVENTS if one.context in world.contexts]
        today = [one for one in events if one.former_of is None]
        self._events = {(one.context, one.name): one for one in (*known, *today)}
        former = [one for one in events if one.former_of is not None]
        self._former = {(one.context, one.name) for one in former}

    def read(self) -> tuple[Reaction, ...]:
        """Return them in the order of the document; those with a mistake are left out."""
        found = []
        for context, value in self._world.contexts.items():
            reactions = shape.listed(shape.mapping(value).get("reactions"))
            path: Path = (context, "reactions")
            if len(reactions) > limits.REACTIONS:
                message = f"has {len(reactions)} reactions"
                self._world.report(path, message, allowed=f"at most {limits.REACTIONS}")
            for place, raw in enumerate(reactions):
                if isinstance(raw, dict):
                    one = self._one((*path, place), context, shape.mapping(raw))
                    found += [one] if one else []
        return tuple(found)

    def _one(self, path: Path, context: str, raw: dict[str, Any]) -> Reaction | None:
        event = self._event(path, raw.get("when"))
        do = shape.text(raw.get("do"))
        if do == EMAIL:
            return self._email(path, raw, event)
        found = self._command(path, context, do)
        if event is None or found is None:
            return None
        entity, command = found
        names = self._names(event)
        needs = self._needs(path, raw, names)
        names = names.where(needs)
        return Reaction(
            context=context,
            publisher=event.context,
            event=event.name,
            needs=needs,
            entity=entity.name,
            command=command.name,
            of=self._of(path, raw, entity, command, names),
            values=self._with(path, raw, entity, command, names),
        )

    def _email(self, path: Path, raw: dict[str, Any], event: Event | None) -> Reaction | None:
        if ready_made.NOTIFICATIONS not in self._world.contexts:
            message = "e-mail is sent by notifications, which is no context here"
            self._world.report((*path, "do"), message, allowed="contexts: {notifications: {}}")
        for key in ("of", "with"):
            if raw.get(key) is not None:
                self._world.report((*path, key), "an e-mail has `to` and `text`", at_key=True)
        text, to = shape.text(raw.get("text")), shape.text(raw.get("to"))
        if why := naming.why_no_name(text):
            hint = f"; did you mean {naming.nearest_name(text)}?" if text else ""
            message = f"no text can be called {text}: {why}{hint}" if text else "`text` is missing"
            self._world.report((*path, "text"), message, allowed=naming.SNAKE_ALLOWED)
        if event is None:
            return None
        users = [one.name for one in event.fields if one.type.target == USER]
        if to not in users:
            hint = naming.did_you_mean(to, users)
            what = f"{event.name.name} has no user {to}{hint}" if to else "`to` is missing"
            self._world.report(
                (*path, "to"), what, allowed=", ".join(users) or "none: it has no user"
            )
        return Reaction(
            context=ready_made.NOTIFICATIONS,
            publisher=event.context,
            event=event.name,
            needs=self._needs(path, raw, self._names(event)),
            to=to,
            text=text,
        )

    def _event(self, path: Path, raw: object) -> Event | None:
        here = (*path, "when")
        if not isinstance(raw, str):
            return None
        context, _, name = raw.partition(".")
        found = event_name(name)
        event = self._events.get((context, found)) if found else None
        if event is None and found is not None and (context, found) not in self._former:
            event = self._of_one_version(context, name)
        if event:
            return event
        known = [full_name(one) for one in self._events.values()]
        if context in self._world.by_hand:
            message = f"{context} is written by its owner: what its events hold is not known here"
            self._world.report(here, message)
        elif " " in raw.strip():
            message = f"{raw}: reactions at a time come later"
            self._world.report(here, message, allowed=WHEN)
        else:
            hint = naming.did_you_mean(raw, known)
            if context in ready_made.CONTEXTS and context not in self._world.contexts:
                hint = f"; add {context}: {{}} to contexts"
            self._world.report(here, f"nobody emits {raw}{hint}", allowed=", ".join(known) or WHEN)
        return None

    def _names(self, event: Event) -> Names:
        return Names(
            owner=event.name.name,
            fields={
                one.name: Name((one.name,), one.type, ((one.name,),) if one.optional else ())
                for one in event.fields
            },
            broken=frozenset(self._broken(event.context, event.entity)),
        )

    def _broken(self, context: str, entity: str) -> set[str]:
        """Return fields of which something is wrong."""
        raw = shape.mapping(self._world.described.get(context, {}).get("entities"))
        read = self._entities.get(context, {}).get(entity)
        fields = shape.mapping(shape.mapping(raw.get(entity)).get("fields"))
        return set(fields) - set(read.by_name) if read else set()

    def _command(self, path: Path, context: str, do: str) -> tuple[Entity, Command] | None:
        here = (*path, "do")
        if not do:
            return None
        name, _, verb = do.partition(".")
        entities = self._entities.get(context, {})
        every = {
            f"{entity.name}.{one.name}": one
            for entity in entities.values()
            for one in entity.commands
        }
        known = [full for full, one in every.items() if SYSTEM in one.by]
        commands = {one.name: one for one in entities[name].commands} if name in entities else {}
        if verb not in commands:
            hint = naming.did_you_mean(do, [*every, EMAIL])
            allowed = ", ".join([*known, EMAIL])
            self._world.report(here, f"{context} has no command {do}{hint}", allowed=allowed)
            return None
        if SYSTEM not in commands[verb].by:
            message = f"{do} is not for reactions: its `by` has no system"
            self._world.report(
                here, message, allowed=f"by: [{', '.join(commands[verb].by)}, system]"
            )
            return None
        return entities[name], commands[verb]

    def _of_one_version(self, context: str, name: str) -> Event | None:
        """Return the event of a name without a version, where it never had another."""
        found = [
            one
            for (publisher, said), one in self._events.items()
            if (publisher, said.name) == (context, name)
        ]
        return found[0] if len(found) == 1 else None

    def _needs(self, path: Path, raw: dict[str, Any], names: Names) -> Expression | None:
        text = shape.expression(raw["needs"]) if raw.get("needs") is not None else None
        if text is None:
            return None
        try:
            needs = read_condition(text, names)
        except NotUnderstood as error:
            self._world.refuse((*path, "needs"), error)
            return None
        if is_true(needs, Spelling()) == str(False):
            self._world.report((*path, "needs"), "is never true: it says the opposite of itself")
        return needs

    def _of(
        self, path: Path, raw: dict[str, Any], entity: Entity, command: Command, names: Names
    ) -> Expression | None:
        here = (*path, "of")
        value = raw.get("of")
        if command.name == "create":
            if value is not None:
                self._world.report(here, "create makes a row: `of` names none", at_key=True)
            return None
        text = shape.expression(value)
        if value is None or text is None:
            message = f"`of` is missing: which {entity.name}"
            self._world.report(path, message, allowed=", ".join(self._ids(names, entity)))
            return None
        try:
            target = Reference(entity.context, entity.name)
            return read_any(text, names, Type(kind="ref", target=target))
        except NotUnderstood as error:
            self._world.refuse(here, error)
            return None

    def _ids(self, names: Names, entity: Entity) -> list[str]:
        target = Reference(entity.context, entity.name)
        return [name for name, one in names.fields.items() if one.type.target == target]

    def _with(
        self, path: Path, raw: dict[str, Any], entity: Entity, command: Command, names: Names
    ) -> tuple[tuple[str, Expression], ...]:
        found = []
        given = shape.mapping(raw.get("with"))
        for name, value in given.items():
            here = (*path, "with", name)
            text = shape.expression(value)
            if name in self._broken(entity.context, entity.name):
                continue
            if name not in command.takes:
                hint = naming.did_you_mean(name, command.takes)
                message = f"{entity.name}.{command.name} takes no {name}{hint}"
                self._world.report(here, message, allowed=", ".join(command.takes), at_key=True)
            elif text is not None:
                try:
                    found.append((name, read_value(text, names, entity.by_name[name])))
                except NotUnderstood as error:
                    self._world.refuse(here, error)
        missing = [
            name
            for name in command.takes
            if command.name == "create" and name not in given and _has_to_be(entity, name)
        ]
        if missing:
            message = f"{entity.name}.create has to be given {', '.join(missing)}"
            self._world.report((*path, "with"), message, allowed=", ".join(command.takes))
        return tuple(found)


def _has_to_be(entity: Entity, name: str) -> bool:
    field = entity.by_name[name]
    return not (field.optional or field.has_default)
