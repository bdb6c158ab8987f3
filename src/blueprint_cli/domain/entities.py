"""An entity's description as an `Entity`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.domain import limits, naming, shape
from blueprint_cli.domain.access import read_access
from blueprint_cli.domain.commands import CommandReader
from blueprint_cli.domain.contradictions import NEVER_MET, never_met
from blueprint_cli.domain.expressions import Name
from blueprint_cli.domain.fields import read_field
from blueprint_cli.domain.mistakes import NotUnderstood
from blueprint_cli.domain.model import Entity, Field, Guard, Listing, Reference, Type, Unique
from blueprint_cli.domain.own_types import IN_QUOTES, read_words
from blueprint_cli.domain.parsing import USER, Names, read_condition
from blueprint_cli.domain.sql_text import sql_text
from blueprint_cli.domain.states import unreached

if TYPE_CHECKING:
    from blueprint_cli.domain.mistakes import Path
    from blueprint_cli.domain.model import Command
    from blueprint_cli.domain.own_types import OwnTypes
    from blueprint_cli.domain.world import World

SPANS: Final = ("date", "datetime", "int", "decimal")
# Words of a list's query that no filter can be called.
QUERY: Final = ("limit", "cursor", "sort", "q")
# Kinds of which a filter `x` has `x_from` and `x_to`.
WITH_ENDS: Final = ("int", "decimal", "date", "time", "datetime", "duration")
NOT_LISTED: Final = ("json", "list", "value")
SEARCHED: Final = ("text", "email", "url")
_TIME: Final = Type(kind="datetime")
# What is left of `price: decimal(12,2)` where a comma ends a value.
_REST_OF_DECIMAL: Final = re.compile(r"\d+\).*")
_SPAN: Final = re.compile(r"\s*(\w+)\s*\.\.\s*(\w+)\s*")


class EntityReader:
    """Reads one entity: its fields first, then what speaks of them."""

    def __init__(
        self, world: World, context: str, types: OwnTypes, name: str, raw: dict[str, Any]
    ) -> None:
        self.world = world
        self.context = context
        self.types = types
        self.name = name
        self.raw = raw
        self.path: Path = (context, "entities", name)
        self.plural = naming.path_of(name, shape.text(raw.get("plural")))
        self.fields: dict[str, Field] = {}
        # Fields of which something is wrong: nothing more is said where they are named.
        self.broken: set[str] = set()
        self._read_fields()
        self.states = self._states()
        self.owner = self._owner()

    def read(self) -> Entity:
        """Read the rest."""
        self._look_at_names()
        rules = self._rules()
        unique = self._unique()
        access = read_access(self.world, (*self.path, "access"), self.raw.get("access"), self.owner)
        commands = CommandReader(self, access).read()
        self._look_at_states(commands)
        return Entity(
            name=self.name,
            context=self.context,
            summary=shape.text(self.raw.get("summary")),
            plural=self.plural,
            fields=tuple(self.fields.values()),
            owner=self.owner,
            unique=unique,
            rules=rules,
            states=self.states,
            commands=commands,
            read=access["read"],
            listing=self._listing(),
            was=self._was(),
        )

    def names(self, **more: Any) -> Names:  # noqa: ANN401 - what Names takes
        """Return what an expression about a row may speak of."""
        return Names(
            owner=self.name,
            fields=self._names,
            broken=frozenset(self.broken),
            context=self.context,
            by_hand=self.world.by_hand,
            roles=self.world.every_role,
            **more,
        )

    def _look_at_states(self, commands: tuple[Command, ...]) -> None:
        steps = ("from", "to")
        if any(path[3:4] == ("commands",) and path[5] in steps for path in self._mistaken()):
            return
        for state in unreached(self.states, commands):
            path = (*self.path, "states", shape.listed(self.raw.get("states")).index(state))
            self.world.report(path, f"no command leads to {state}: it is never reached")

    def _mistaken(self) -> list[Path]:
        """Return where mistakes of the entity are."""
        length = len(self.path)
        found = (mistake.path for mistake in self.world.mistakes)
        return [path for path in found if path[:length] == self.path and len(path) > length + 2]

    @property
    def reference(self) -> Reference:
        """What others refer to it by."""
        return Reference(self.context, self.name)

    def _read_fields(self) -> None:
        raw = shape.mapping(self.raw.get("fields"))
        path = (*self.path, "fields")
        if len(raw) > limits.FIELDS:
            self.world.report(path, f"has {len(raw)} fields", allowed=f"at most {limits.FIELDS}")
        for name, words in raw.items():
            self.broken.add(name)
            if words is None and _REST_OF_DECIMAL.fullmatch(name):
                continue
            if why := naming.why_no_field(name):
                nearest = naming.nearest_name(name)
                message = f"no field can be called that: {why}; did you mean {nearest}?"
                self.world.report((*path, name), message, allowed=naming.SNAKE_ALLOWED, at_key=True)
                continue
            if not isinstance(words, str):
                self._report_shape((*path, name), words)
                continue
            try:
                self.fields[name] = read_field(name, words, self.types)
                self.broken.discard(name)
            except NotUnderstood as error:
                self.world.refuse((*path, name), error)
        for name, one in self.fields.items():
            if one.was in raw:
                message = f"{one.was} is still a field: it cannot be the former name of {name}"
                self.world.report((*path, name), message)
        self._names = {
            name: Name((name,), one.type, ((name,),) if one.optional else ())
            for name, one in self.fields.items()
        }
        self._names |= {
            "id": Name(("id",), Type(kind="uuid", target=self.reference)),
            "version": Name(("version",), Type(kind="int", low=1)),
            "created_at": Name(("created_at",), _TIME),
            "updated_at": Name(("updated_at",), _TIME),
        }

    def _report_shape(self, path: Path, words: object) -> None:
        allowed = IN_QUOTES
        if isinstance(words, dict):
            name = naming.class_name(str(path[-1]))
            allowed = f"a value object is a type: types: {{{name}: {{…}}}}"
        self.world.report(path, f"is {shape.shown(words)}", allowed=allowed)

    def _states(self) -> tuple[str, ...]:
        raw = shape.listed(self.raw.get("states"))
        path = (*self.path, "states")
        if len(raw) > limits.STATES:
            self.world.report(path, f"has {len(raw)} states", allowed=f"at most {limits.STATES}")
        states = read_words(self.world, path, raw, naming.why_no_name, naming.SNAKE_ALLOWED)
        if states:
            self._names["status"] = Name(("status",), Type(kind="enum", values=states))
        elif raw:
            self.broken.add("status")
        return states

    def _owner(self) -> str:
        name = shape.text(self.raw.get("owner"))
        if not name or name in self.broken:
            return ""
        path = (*self.path, "owner")
        if name not in self.fields:
            hint = naming.did_you_mean(name, (*self.fields, *sorted(self.broken)))
            users = [one.name for one in self.fields.values() if one.type.target == USER]
            self.world.report(path, f"there is no field {name}{hint}", allowed=", ".join(users))
            return ""
        if self.fields[name].type.target != USER:
            self.world.report(path, f"{name} refers to no user", allowed="ref identity.User")
            return ""
        return name

    def _look_at_names(self) -> None:
        if why := naming.why_no_class(self.name):
            nearest = naming.nearest_class(self.name)
            message = f"no entity can be called that: {why}; did you mean {nearest}?"
            self.world.report(self.path, message, allowed=naming.CLASS_ALLOWED, at_key=True)
        given = self.raw.get("plural")
        if isinstance(given, str) and not re.fullmatch(naming.KEBAB_PATTERN, given):
            self.world.report((*self.path, "plural"), f"is {given}", allowed=naming.KEBAB_ALLOWED)

    def _was(self) -> str:
        was = shape.text(self.raw.get("was"))
        if was and was in self.world.entities[self.context]:
            message = f"{was} is still an entity: it cannot be the former name of {self.name}"
            self.world.report((*self.path, "was"), message)
        return was

    def guards(self, path: Path, raw: object, names: Names) -> tuple[Guard, ...]:
        """Read rules or needs: expressions by code, without one where their owner writes them."""
        found = []
        guards = shape.mapping(raw)
        if len(guards) > limits.GUARDS:
            self.world.report(
                path, f"has {len(guards)} of them", allowed=f"at most {limits.GUARDS}"
            )
        for code, text in guards.items():
            here = (*path, code)
            if why := naming.why_no_name(code):
                nearest = naming.nearest_name(code)
                message = f"no code can be {code}: {why}; did you mean {nearest}?"
                self.world.report(here, message, allowed=naming.SNAKE_ALLOWED, at_key=True)
            if text is None:
                found.append(Guard(code, None))
                continue
            condition = shape.expression(text)
            if condition is None:
                continue
            try:
                found.append(Guard(code, read_condition(condition, names)))
            except NotUnderstood as error:
                self.world.refuse(here, error)
        return tuple(found)

    def _rules(self) -> tuple[Guard, ...]:
        path = (*self.path, "rules")
        rules = self.guards(path, self.raw.get("rules"), self.names(me=True))
        for rule in never_met(rules):
            self.world.report((*path, rule.code), NEVER_MET)
        return rules

    def _unique(self) -> tuple[Unique, ...]:
        found = []
        rules = shape.mapping(self.raw.get("rules"))
        for code, text in shape.mapping(self.raw.get("unique")).items():
            path = (*self.path, "unique", code)
            if why := naming.why_no_name(code):
                message = f"no code can be {code}: {why}; did you mean {naming.nearest_name(code)}?"
                self.world.report(path, message, allowed=naming.SNAKE_ALLOWED, at_key=True)
            if code in rules:
                self.world.report(path, f"a rule has the code {code}, too", at_key=True)
            if not isinstance(text, str):
                continue
            try:
                found.append(self._one_unique(code, text))
            except NotUnderstood as error:
                self.world.refuse(path, error)
        return tuple(found)

    def _one_unique(self, code: str, text: str) -> Unique:
        listed, word, condition = re.sub(r"\s+", " ", text).partition(" where ")
        fields: list[str] = []
        span: tuple[str, str] | None = None
        for part in listed.split(","):
            if found := _SPAN.fullmatch(part):
                if span:
                    raise NotUnderstood("there can be one span")
                span = (found[1], found[2])
                self._look_at_span(*span)
                continue
            name = part.strip()
            self._look_at_unique(name)
            if name in fields:
                raise NotUnderstood(f"{name} stands twice")
            fields.append(name)
        where = None
        if word:
            where = read_condition(condition, self.names())
            if sql_text(where) is None:
                raise NotUnderstood(f"{condition} speaks of more than the row's columns")
        return Unique(code, tuple(fields), span, where)

    def _look_at_unique(self, name: str) -> None:
        found = self._named(name, "field, field, from..to where EXPRESSION")
        if found.kind in NOT_LISTED:
            raise NotUnderstood(f"{name} is {_a(found.kind)}, which cannot be unique")

    def _look_at_span(self, first: str, last: str) -> None:
        kinds = [self._named(one, "from..to").kind for one in (first, last)]
        if kinds[0] != kinds[1] or kinds[0] not in SPANS:
            raise NotUnderstood(
                f"{first}..{last} spans from {_a(kinds[0])} to {_a(kinds[1])}",
                f"two of one type: {', '.join(SPANS)}",
            )
        if first == last:
            raise NotUnderstood(f"{first}..{last} begins where it ends")

    def _named(self, name: str, allowed: str) -> Type:
        if name in self._names:
            return self._names[name].type
        if name in self.broken:
            raise NotUnderstood("")
        hint = naming.did_you_mean(name, (*self._names, *sorted(self.broken)))
        raise NotUnderstood(f"there is no field {name or 'without a name'}{hint}", allowed)

    def _listing(self) -> Listing:
        raw = shape.mapping(self.raw.get("list"))
        filters = self._listed(raw, "filter")
        names = {
            f"{name}{end}": name
            for name in filters
            if self._names[name].type.kind in WITH_ENDS
            for end in ("_from", "_to")
        }
        for place, name in shape.words(shape.listed(raw.get("filter"))):
            path = (*self.path, "list", "filter", place or 0)
            if name in QUERY and name in filters:
                self.world.report(path, f"{name} means another thing in every list's query")
            elif name in names and name in filters:
                self.world.report(
                    path, f"the filter {names[name]} has an end that is called {name}"
                )
        if raw.get("search") and "search" in self.fields:
            message = "a row that is searched has a column of that name; call the field otherwise"
            self.world.report((*self.path, "fields", "search"), message, at_key=True)
        return Listing(
            filter=filters, sort=self._listed(raw, "sort"), search=self._listed(raw, "search")
        )

    def _listed(self, raw: dict[str, Any], key: str) -> tuple[str, ...]:
        found: list[str] = []
        known = [
            name
            for name, one in self._names.items()
            if not (name in self.fields and self.fields[name].secret)
            and one.type.kind not in NOT_LISTED
            and (key != "search" or one.type.kind in SEARCHED)
        ]
        for place, name in shape.words(shape.listed(raw.get(key))):
            path = (*self.path, "list", key, *(() if place is None else (place,)))
            if name in self.broken:
                continue
            if name in found:
                self.world.report(path, f"{name} stands twice")
            elif name in known:
                found.append(name)
            else:
                self.world.report(
                    path, self._why_not_listed(name, key, known), allowed=", ".join(known)
                )
        return tuple(found)

    def _why_not_listed(self, name: str, key: str, known: list[str]) -> str:
        if name not in self._names:
            hint = naming.did_you_mean(name, (*known, *sorted(self.broken)))
            return f"there is no field {name}{hint}"
        if name in self.fields and self.fields[name].secret:
            return f"{name} is secret: it is never listed"
        kind = self._names[name].type.kind
        what = {"filter": "filtered by", "sort": "sorted by", "search": "searched"}[key]
        return f"{name} is {_a(kind)}, which is not {what}"


def _a(kind: str) -> str:
    return f"an {kind}" if kind in {"int", "enum", "email"} else f"a {kind}"
