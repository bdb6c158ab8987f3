"""A command in code: the method of the aggregate, its handler, its route, its body."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.examples import values as plausible
from blueprint_cli.domain.expressions import Me, Name, calls, children
from blueprint_cli.domain.model import ANYONE, CRUD, OWNER, SYSTEM, USER
from blueprint_cli.domain.naming import COLUMNS, class_name, kebab
from blueprint_cli.templates.described import document
from blueprint_cli.templates.described.code import Code
from blueprint_cli.templates.described.guards import guard_lines, refusing, standing
from blueprint_cli.templates.described.known import asked_in
from blueprint_cli.templates.described.words import (
    capital,
    constant,
    docstring,
    doing,
    listed,
    quoted,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.domain.expressions import Expression
    from blueprint_cli.domain.model import Command, Field, Guard, Reference
    from blueprint_cli.templates.described.entities import EntityView
    from blueprint_cli.templates.described.fields import FieldView
    from blueprint_cli.templates.described.known import KnownPort

_STATUS: Final = {"create": "201", "delete": "204"}


@dataclass(frozen=True)
class CommandView:
    """A command of an entity."""

    command: Command
    entity: EntityView

    @property
    def name(self) -> str:
        """Its name."""
        return self.command.name

    @property
    def act(self) -> str:
        """The aggregate's method: its name, unless a field is called that."""
        taken = {*self.entity.entity.by_name, *COLUMNS, "status"}
        return f"do_{self.name}" if self.name in taken else self.name

    @property
    def module(self) -> str:
        """The module of its handler."""
        return self.name

    @property
    def is_create(self) -> bool:
        """Whether it makes a row."""
        return self.name == "create"

    @property
    def is_update(self) -> bool:
        """Whether it is the merge patch."""
        return self.name == "update"

    @property
    def is_delete(self) -> bool:
        """Whether it removes a row."""
        return self.name == "delete"

    @property
    def by_callers(self) -> bool:
        """Whether anybody but a reaction may run it."""
        return self.command.by != (SYSTEM,)

    @property
    def by_reactions(self) -> bool:
        """Whether a reaction may run it."""
        return SYSTEM in self.command.by

    # Names

    @cached_property
    def values_cls(self) -> str:
        """The type of what it takes."""
        if self.is_create:
            return f"New{self.entity.cls}"
        if self.is_update:
            return f"{self.entity.cls}Changes"
        return f"{class_name(self.name)}{self.entity.cls}Values"

    @cached_property
    def handler_cls(self) -> str:
        """The class of its handler: ``BookAppointment`` for ``book``."""
        return f"{class_name(self.name)}{self.entity.cls}"

    @cached_property
    def handler_variable(self) -> str:
        """What its handler is called beside those of other entities: ``book_appointment``."""
        return f"{self.name}_{self.entity.snake}"

    @cached_property
    def body_cls(self) -> str:
        """The class of its request body."""
        if self.is_create:
            return f"New{self.entity.cls}Body"
        if self.is_update:
            return f"{self.entity.cls}Patch"
        return f"{class_name(self.name)}{self.entity.cls}Body"

    # Sentences

    @cached_property
    def imperative(self) -> str:
        """Return what it does: ``Move an appointment.``."""
        return f"{capital(doing(self.name, self.entity.a))}."

    @cached_property
    def sentence(self) -> str:
        """What its method's docstring begins with."""
        moved = f", from {self._states('or')}" if self.command.from_states else ""
        to = f" to {words(self.command.to)}" if self.command.to else ""
        said = capital(words(self.name))
        return f"{said if ' ' in said else f'{said} it'}{moved}{to}."

    def _states(self, last: str) -> str:
        return listed([words(state) for state in self.command.from_states], last)

    @cached_property
    def values_sentence(self) -> str:
        """What a value that it takes is."""
        return "What is absent stays as it is."

    @cached_property
    def body_sentence(self) -> str:
        """What its body is."""
        if self.is_create:
            return f"{capital(self.entity.a)} to be made."
        if self.is_update:
            return "A JSON Merge Patch (RFC 7396): what is absent stays."
        return "What is absent stays."

    @cached_property
    def handler_sentence(self) -> str:
        """What its handler is."""
        return f"The use case: {doing(self.name, self.entity.a)}."

    @cached_property
    def by_sentence(self) -> str:
        """Who may run it."""
        return f"{capital(self._who)} may."

    @cached_property
    def _who(self) -> str:
        said = {
            OWNER: "whoever it belongs to",
            USER: "everyone who is logged in",
            ANYONE: "everyone",
        }
        return listed([said.get(one, f"`{one}`") for one in self.command.by if one != SYSTEM], "or")

    @property
    def by_words(self) -> str:
        """Who may, for a document."""
        return document.who(self.command.by)

    @property
    def needs_words(self) -> str:
        """What it needs, for a document."""
        return document.needs(self.command)

    @property
    def event_words(self) -> str:
        """The event that it emits, for a document, and what is published beside it."""
        return document.tells(self.command)

    # What it takes

    @cached_property
    def taken(self) -> tuple[FieldView, ...]:
        """The fields that it accepts, in the order of the entity."""
        return tuple(one for one in self.entity.fields if one.name in self.command.takes)

    @cached_property
    def taken_in_order(self) -> tuple[FieldView, ...]:
        """Those that have to be given first."""
        return tuple(sorted(self.taken, key=lambda one: not one.required))

    @property
    def has_body(self) -> bool:
        """Whether it takes anything, or is made by its body."""
        return bool(self.taken) or self.is_create or self.is_update

    @property
    def reads(self) -> bool:
        """Whether it looks at what is sent: one that takes nothing, that nothing is."""
        return not self.is_delete

    @cached_property
    def deep(self) -> tuple[str, ...]:
        """Fields that a patch goes into key by key."""
        return tuple(one.name for one in self.taken if one.deep) if self.is_update else ()

    # Who may

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """The roles that may run it."""
        return tuple(one for one in self.command.by if one not in {OWNER, USER, ANYONE, SYSTEM})

    @cached_property
    def everyone(self) -> bool:
        """Whether nobody needs a login."""
        return ANYONE in self.command.by

    @cached_property
    def _owner_is_given(self) -> bool:
        owner = self.entity.owner
        return bool(owner) and (owner in self.command.takes or self._owner_set is not None)

    @cached_property
    def _owner_set(self) -> Expression | None:
        return dict(self.command.sets).get(self.entity.owner)

    @cached_property
    def users(self) -> bool:
        """Whether every user may run it: also as the owner of what they make for themselves."""
        theirs = not self._owner_is_given or isinstance(self._owner_set, Me)
        mine = self.is_create and OWNER in self.command.by and theirs
        return USER in self.command.by or mine

    @property
    def given_owner(self) -> Field:
        """What says in a body whose a new row is to be."""
        set_ = self._owner_set
        name = set_.path[0] if isinstance(set_, Name) else self.entity.owner
        return self.entity.entity.by_name[name]

    @cached_property
    def allowed_by_row(self) -> bool:
        """Whether it depends on whose row it is."""
        return OWNER in self.command.by and not self.users and not self.everyone

    @property
    def asks_whose(self) -> bool:
        """Whether it depends on whose row is to be made."""
        return self.is_create and self.allowed_by_row

    @cached_property
    def allowed_py(self) -> str:
        """The condition of its permission."""
        if not self.allowed_by_row:
            return allowed(self.roles, "")
        return allowed(self.roles, "owner" if self.is_create else f"row.{self.entity.owner}")

    @cached_property
    def needs_permission(self) -> bool:
        """Whether there is a question: not everyone who reaches it may."""
        return self.by_callers and not self.everyone and not self.users

    @property
    def me(self) -> str:
        """The type of who runs it."""
        return "Caller | None" if self.me_may_be_none else "Caller"

    @property
    def me_may_be_none(self) -> bool:
        """Whether it may be run without a login."""
        return self.everyone or self.by_reactions

    # Knowing rows of other contexts

    @cached_property
    def _asked(self) -> tuple[Name, ...]:
        return tuple(dict.fromkeys(asked_in(self.command)))

    @property
    def asks(self) -> bool:
        """Whether it needs to know rows of another context."""
        return bool(self._asked)

    @cached_property
    def known_targets(self) -> tuple[Reference, ...]:
        """What it asks for."""
        targets = {one.type.target: None for one in self._asked if one.type.target is not None}
        return tuple(targets)

    @cached_property
    def known_ports(self) -> tuple[KnownPort, ...]:
        """Of whom it asks."""
        return self.entity.context.known_ports_of(self.known_targets)

    # The aggregate's method

    @cached_property
    def uses_me(self) -> bool:
        """Whether its method looks at who runs it."""
        written = any(guard.holds is None for guard in self.command.needs)
        mine = self.is_create and bool(self.entity.owner) and not self._owner_is_given
        own = any(_has_me(expression) for expression in self._own_expressions())
        return written or mine or own or (not self.is_delete and self.entity.rules_use_me)

    @cached_property
    def uses_now(self) -> bool:
        """Whether its method needs the time: to say when, unless it removes the row silently."""
        if not self.is_delete or self.event:
            return True
        written = any(guard.holds is None for guard in self.command.needs)
        return written or any(calls(one, "now", "today") for one in self._own_expressions())

    @cached_property
    def takes_me(self) -> bool:
        """Whether its handler has to know who calls."""
        return self.needs_permission or self.uses_me

    @cached_property
    def standing_needs(self) -> list[Guard]:
        """Those that what stands before them does not answer."""
        code = self._new_code if self.is_create else self._code("row")
        return standing(self.command.needs, code)

    def _own_expressions(self) -> Iterator[Expression]:
        needs = self.standing_needs
        yield from (guard.holds for guard in needs if guard.holds is not None)
        yield from (expression for _, expression in self.command.sets)

    @cached_property
    def method_parameters(self) -> list[str]:
        """What its method takes beside the row."""
        given = []
        if self.is_create:
            given += ["id_: UUID", *([f"new: {self.values_cls}"] if self.taken else [])]
        elif self.taken:
            given.append(f"values: {self.values_cls}")
        now = self.entity.spelling.of("datetime")
        given += [f"now: {now}"] if self.uses_now else []
        given += [f"me: {self.me}"] if self.uses_me else []
        given += ["*", *(f"{_answered(one)}: bool" for one in self._asked)] if self.asks else []
        return given

    def _called(self, values: list[str], *, caller: bool) -> str:
        now = ["self._clock()"] if self.uses_now else []
        me = ["me" if caller else "None"] if self.uses_me else []
        known = [f"{_answered(one)}={self._asked_py(one)} in known" for one in self._asked]
        return ", ".join([*values, *now, *me, *known])

    def _asked_py(self, name: Name) -> str:
        """Return the id that is asked for: of what the command looks at, so with what it takes."""
        first, *rest = name.path
        if self.is_create:
            found = f"new.{first}"
        elif first in self.command.takes:
            found = f'values.get("{first}", row.{first})'
        else:
            found = f"row.{first}"
        return ".".join([found, *rest])

    @cached_property
    def event(self) -> str:
        """The class of the event that it emits, or nothing."""
        return self.entity.event_of(self.command)

    @cached_property
    def returns(self) -> str:
        """What its method returns."""
        pair = self.entity.spelling.of("tuple")
        return f"{pair}[Self, {self.event}]" if self.event else "Self"

    @cached_property
    def deleted_returns(self) -> str:
        """What the method returns that removes it."""
        return self.event or "None"

    @cached_property
    def result(self) -> str:
        """What its method's last line returns."""
        row = "self" if self.is_delete else "row"
        made = self.entity.event_made(self.command, row)
        if self.is_delete:
            return made
        return f"row, {made}" if made else "row"

    @cached_property
    def raised(self) -> str:
        """The errors that its method raises."""
        names = []
        if self.command.from_states:
            names.append("WrongStateError")
        if self.command.needs:
            names.append("RefusedError")
        if self._range_lines("row") or self.entity.unnamed_spans:
            names.append("InvalidError")
        if self.entity.entity.rules and not self.is_delete:
            names.append("RuleBrokenError")
        return listed(names, "or")

    @cached_property
    def docstring(self) -> str:
        """Of its method."""
        if not self.raised:
            return docstring(self.sentence, 8)
        one_line = f"{self.sentence.rstrip('.')}; raises {self.raised}."
        return docstring(one_line, 8)

    def _code(self, row: str) -> Code:
        """Expressions over the row, or over what a new one is given."""
        states = self.command.from_states
        # The first statement has seen to it; mypy takes a text for none of several states.
        values = {"status": states[0]} if len(states) == 1 else {}
        instead = {"status": f"{row}.status.value"} if len(states) > 1 else {}
        return Code(row, self.me_may_be_none, instead, values=values)

    @cached_property
    def _new_code(self) -> Code:
        taken = {one.name for one in self.taken}
        absent = {
            one.name: one.default_py or "None"
            for one in self.entity.fields
            if one.name not in taken
        }
        values = {
            one.name: plausible.default_of(one)
            for one in self.entity.entity.fields
            if one.name not in taken
        }
        if self.entity.states:
            absent["status"] = self.initial_status
            values["status"] = self.entity.entity.states[0]
        facts = set()
        owner = self.entity.owner
        if owner and not self._owner_is_given:
            # Whoever makes it owns it from the beginning.
            del values[owner]
            absent[owner] = "(me.id if me else None)" if self.me_may_be_none else "me.id"
            facts = {"me.id is not None"}
        return Code(
            "new",
            self.me_may_be_none,
            {
                **absent,
                "version": "1",
                "created_at": "now",
                "updated_at": "now",
                "id": "id_",
            },
            facts=frozenset(facts),
            values=values,
        )

    @property
    def initial_status(self) -> str:
        """The state in which a row begins."""
        state = self.command.to or self.entity.entity.states[0]
        return f"{self.entity.status_cls}.{constant(state)}"

    @cached_property
    def initial(self) -> dict[str, str]:
        """What each field of a new row has."""
        sets = dict(self.command.sets)
        values = {}
        for one in self.entity.fields:
            if one.name in sets:
                values[one.name] = self._set_py(one, self._needed_code, sets[one.name])
            elif one.name in self.command.takes:
                values[one.name] = f"new.{one.name}"
            elif one.name == self.entity.owner and not self._owner_is_given:
                values[one.name] = (
                    "me.id" if self._needed_code.has_caller else "None if me is None else me.id"
                )
            else:
                values[one.name] = one.default_py or "None"
        return values

    def _set_py(self, field: FieldView, code: Code, expression: Expression) -> str:
        if field.kind == "decimal" and not isinstance(expression, Name):
            return code.value(expression, scale=field.field.type.scale)
        text = code.value(expression)
        if field.kind == "enum" and text.startswith(("'", '"')):
            return f"{field.field.type.name}.{constant(text.strip(chr(34) + chr(39)))}"
        return text

    @cached_property
    def needs_lines(self) -> list[str]:
        """What a new row needs before it is made: up to a guard that looks at the row itself."""
        first = takewhile(lambda guard: guard.holds is not None, self.command.needs)
        return guard_lines(first, self._new_code, "row", "RefusedError")[0]

    @cached_property
    def _needed_code(self) -> Code:
        """Expressions over what a new row is given, once it has what it needs before it is made."""
        first = takewhile(lambda guard: guard.holds is not None, self.command.needs)
        return guard_lines(first, self._new_code, "row", "RefusedError")[1]

    @cached_property
    def checks(self) -> list[str]:
        """What a new row is held to once it is made."""
        rest = dropwhile(lambda guard: guard.holds is not None, self.command.needs)
        lines, _ = guard_lines(rest, self._needed_code, "row", "RefusedError")
        return [*lines, *self._range_lines("row"), *self._rule_lines]

    @cached_property
    def lines(self) -> list[str]:
        """The method of a command on a row that is there."""
        lines = list(self._state_lines)
        row = "self"
        if self.taken:
            row = "row"
            lines.append("row = replace(self, **values)")
        guards, code = guard_lines(self.command.needs, self._code(row), row, "RefusedError")
        lines += guards
        if self.is_delete:
            return lines
        lines.append(f"row = replace({', '.join([row, *self._replaced(code)])})")
        return [*lines, *self._range_lines("row"), *self._rule_lines]

    @cached_property
    def method_lines(self) -> list[str]:
        """The method of a command that changes a row, to its end."""
        *before, last = self.lines
        if self.result == "row" and last.startswith("row = "):
            return [*before, f"return {last.removeprefix('row = ')}"]
        return [*self.lines, f"return {self.result}"]

    @property
    def returns_at_once(self) -> bool:
        """Whether a new row is held to nothing and told to nobody."""
        return self.result == "row" and not self.checks

    @cached_property
    def _state_lines(self) -> list[str]:
        states = [f"{self.entity.status_cls}.{constant(one)}" for one in self.command.from_states]
        if not states:
            return []
        if len(states) == 1:
            return refusing(f"self.status is not {states[0]}", "WrongStateError")
        return refusing(f"self.status not in {{{', '.join(states)}}}", "WrongStateError")

    def _replaced(self, code: Code) -> Iterator[str]:
        fields = {one.name: one for one in self.entity.fields}
        for name, expression in self.command.sets:
            yield f"{name}={self._set_py(fields[name], code, expression)}"
        if self.command.to:
            yield f"status={self.entity.status_cls}.{constant(self.command.to)}"
        yield "version=self.version + 1"
        yield "updated_at=now"

    def _range_lines(self, row: str) -> list[str]:
        """Hold what was set to its range: what was taken came within it."""
        lines = []
        fields = {one.name: one for one in self.entity.fields}
        for name, expression in self.command.sets:
            condition = self.entity.out_of_range(fields[name], expression, f"{row}.{name}")
            lines += refusing(condition, f'InvalidError("{name}", "would be out of range")')
        return lines

    @property
    def _rule_lines(self) -> list[str]:
        return [f"_hold_rules({self.entity.rules_called})"] if self.entity.has_rules else []

    # The handler

    @cached_property
    def parameters(self) -> list[str]:
        """What its handler is called with."""
        if not self.by_callers:
            return self._reaction_parameters
        me = [f"me: {self.me}"] if self.takes_me else []
        id_ = [] if self.is_create else ["id_: UUID", "seen: Container[int] | None"]
        read = [f"read: {self._read_type}"] if self.reads else []
        return [*me, *id_, *self._owner_parameters, *read]

    @property
    def _owner_parameters(self) -> list[str]:
        if not self.asks_whose:
            return []
        of = "UUID | None" if self.given_owner.optional else "UUID"
        return [f"read_owner: Callable[[], {of}]"]

    @cached_property
    def _reaction_parameters(self) -> list[str]:
        cause = ["cause: Cause"] if self._is_caused else []
        if self.is_create:
            return [*cause, *([f"new: {self.values_cls}"] if self.taken else [])]
        return [*cause, "id_: UUID", *self._reaction_values]

    @cached_property
    def _is_caused(self) -> bool:
        """Whether a reaction runs it: it may be for reactions that nobody has described yet."""
        return bool(self.entity.context.reactions_of(self))

    @cached_property
    def _reaction_values(self) -> list[str]:
        return [f"values: {self.values_cls}"] if self.taken else []

    @cached_property
    def _read_type(self) -> str:
        given = self.entity.cls if self.deep else ""
        return f"Callable[[{given}], {self.values_cls if self.has_body else 'object'}]"

    @property
    def answer(self) -> str:
        """What its handler answers."""
        nothing = self.is_delete or not self.by_callers
        return "None" if nothing else f"{self.entity.cls}View"

    @cached_property
    def call_sentence(self) -> str:
        """What its handler does, with what it takes."""
        if not self.by_callers:
            return self._reaction_sentence
        parts = [self.imperative]
        if self.asks_whose:
            parts.append("`read_owner` says whose it is to be, whatever is wrong with the rest.")
        if self.reads:
            does = "gives what was sent" if self.has_body else "raises where anything was sent"
            parts.append(f"`read` {does}.")
        if not self.is_create:
            parts.append("`seen` are versions that the caller accepts; None is any.")
        return docstring(" ".join(parts), 8)

    @property
    def _reaction_sentence(self) -> str:
        once = ", once for each cause" if self._is_caused else ""
        return f"{self.imperative[:-1]}{once}."

    @cached_property
    def handler_lines(self) -> list[str]:
        """The body of its handler."""
        return self._use_case(caller=self.by_callers)

    @cached_property
    def reaction_lines(self) -> list[str]:
        """The method of its handler for reactions, where it is for callers, too."""
        if not (self.by_callers and self._is_caused):
            return []
        parameters = ", ".join(["self", *self._reaction_parameters])
        return [
            f"async def react({parameters}) -> None:",
            *indented([f'"""{self._reaction_sentence}"""', *self._use_case(caller=False)]),
        ]

    def _use_case(self, *, caller: bool) -> list[str]:
        if not self.is_create:
            return self._change_lines(caller=caller)
        permission = self._create_permission if caller else []
        return [*permission, *self._create_lines(caller=caller)]

    @cached_property
    def _first_lines(self) -> list[str]:
        """What a reaction begins with: nothing where it has run before."""
        return ["if not await work.first(cause):", "    return"] if self._is_caused else []

    @cached_property
    def _range_of_reactions(self) -> list[str]:
        """Hold what reactions give to its range: what callers give came within it."""
        lines = []
        conditions = dict.fromkeys(
            found for one in self.entity.context.reactions_of(self) for found in one.out_of_range
        )
        for name, condition in conditions:
            refused = refusing(condition, f'InvalidError("{name}", "would be out of range")')
            if self.is_create:
                lines += refused
            else:
                given = f"new_{name}"
                known = f"{given} is not None and "
                lines += [f'{given} = values.get("{name}")']
                lines += refusing(
                    f"{known}{condition.removeprefix(known)}",
                    f'InvalidError("{name}", "would be out of range")',
                )
        return lines

    @cached_property
    def _create_permission(self) -> list[str]:
        if not self.needs_permission:
            return []
        whose = ", read_owner()" if self.asks_whose else ""
        may = f"permissions.may_create_{self.entity.snake}(me{whose})"
        return refusing(f"not {may}", "ForbiddenError")

    def _create_lines(self, *, caller: bool) -> list[str]:
        lines = [f"{'new = ' if self.taken else ''}read()"] if caller else []
        lines += [] if caller else self._range_of_reactions
        lines += self._known_lines()
        lines += ["async with self._transactions() as work:"]
        inner = [] if caller else [*self._first_lines]
        inner += self._reference_lines
        given = ["self._new_id()", *(["new"] if self.taken else [])]
        made = f"{self.entity.cls}.{self.act}({self._called(given, caller=caller)})"
        inner += [f"row, event = {made}" if self.event else f"row = {made}"]
        inner += [f"await work.{self.entity.plural_snake}.add(row)"]
        inner += ["work.publish(event)"] if self.event else []
        answer = [f"return view_of_{self.entity.snake}(row)"] if caller else []
        return [*lines, *indented(inner), *answer]

    def _known_lines(self) -> list[str]:
        if not self.asks:
            return []
        asked = []
        for target in self.known_targets:
            port, rows = self.entity.context.known(target)
            found = [one for one in self._asked if one.type.target == target]
            ids = f"[{', '.join(map(self._asked_py, found))}]"
            if any(one.nullable for one in found):
                ids = f"[id_ for id_ in {ids} if id_ is not None]"
            asked.append(f"await self._{port.variable}.{rows}({ids})")
        return [f"known = {' | '.join(asked)}"]

    @cached_property
    def _reference_lines(self) -> list[str]:
        """Look for the rows of the context that what was taken refers to."""
        lines = []
        for one in self.taken:
            value = f"new.{one.name}" if self.is_create else _given(one)
            missing = self._missing(one, value)
            if missing and not self.is_create:
                lines.append(f'{value} = values.get("{one.name}")')
            may_be_none = one.nullable or not self.is_create
            for condition in missing:
                lines += refusing(
                    f"{value} is not None and {condition}" if may_be_none else condition,
                    f'InvalidError("{one.name}", "refers to nothing")',
                )
        return lines

    def _change_lines(self, *, caller: bool) -> list[str]:
        snake = self.entity.snake
        rows = f"work.{self.entity.plural_snake}"
        got = [f"row = await {rows}.get(id_)"]
        checks = []
        if caller:
            checks += refusing("seen is None", "VersionRequiredError") if self.is_update else []
            checks.append("permissions.require_version(row.version, seen)")
            if self.reads:
                read = f"read({'row' if self.deep else ''})"
                checks.append(f"values = {read}" if self.taken else read)
        permitted = self._permission_lines if caller else []
        asking = []
        if self.asks:
            # Who is asked may be slow: meanwhile nothing is locked.
            asking = ["async with self._transactions() as work:"]
            asking += [*indented([*got, *permitted, *checks]), *self._known_lines()]
        ranges = [] if caller else self._range_of_reactions
        first = [] if caller else self._first_lines
        inner = [*first, *got, *permitted, *checks]
        inner += self._reference_lines
        inner += self._act_lines(caller=caller)
        if not self.is_delete:
            answer = [f"return view_of_{snake}(changed)"] if caller else []
            work = ["async with self._transactions() as work:", *indented(inner), *answer]
            return [*ranges, *asking, *work]
        return [*asking, "async with self._transactions() as work:", *indented(inner)]

    def _missing(self, field: FieldView, value: str) -> list[str]:
        """Return the conditions that what a value refers to in its context is not there."""
        if field.foreign_key is not None:
            return [f"not await work.{self.entity.plural_of(field)}.exists({value})"]
        views = self.entity.context.entities
        return [
            f"not await work.{views[one.target.entity].plural_snake}.all_exist({one.ids(value)})"
            for one in self.entity.within(field)
        ]

    @cached_property
    def _permission_lines(self) -> list[str]:
        if not self.needs_permission:
            return []
        snake = self.entity.snake
        by_row = ", row" if self.allowed_by_row else ""
        may = f"permissions.may_{self.name}_{snake}(me{by_row})"
        visible = self.entity.visible_py("me", "row")
        return [f"permissions.require(allowed={may}, visible={visible})"]

    def _act_lines(self, *, caller: bool) -> list[str]:
        rows = f"work.{self.entity.plural_snake}"
        called = f"row.{self.act}({self._called(['values'] if self.taken else [], caller=caller)})"
        publish = ["work.publish(event)"] if self.event else []
        if self.is_delete:
            act = f"event = {called}" if self.event else called
            return [act, f"await {rows}.delete(id_)", *publish]
        act = f"changed, event = {called}" if self.event else f"changed = {called}"
        return [act, f"await {rows}.save(changed)", *publish]

    # HTTP

    @property
    def path(self) -> str:
        """Its path below the entity's."""
        if self.is_create:
            return ""
        return "/{id}" if self.name in CRUD else f"/{{id}}/{kebab(self.name)}"

    @property
    def method(self) -> str:
        """Its verb, in lower case."""
        return {"update": "patch", "delete": "delete"}.get(self.name, "post")

    @cached_property
    def responses(self) -> dict[int, list[str]]:
        """The refusals that are its own, by status."""
        found: dict[int, list[str]] = {}
        if self.needs_permission:
            found[403] = ["forbidden"]
        if not self.is_create:
            found[404] = ["not_found"]
        conflicts = ["wrong_state"] if self.command.from_states else []
        conflicts += [guard.code for guard in self.command.needs]
        conflicts += [] if self.is_delete else [code for _, code in self.entity.taken_codes]
        in_use = self.entity.referred_to or self.entity.used_within
        conflicts += ["in_use"] if self.is_delete and in_use else []
        conflicts += ["idempotency_in_progress"] if self.method == "post" else []
        if conflicts:
            found[409] = list(dict.fromkeys(conflicts))
        if not self.is_create:
            found[412] = ["precondition_failed"]
        refused = ["validation_failed"]
        refused += [] if self.is_delete else [guard.code for guard in self.entity.entity.rules]
        refused += ["idempotency_key_reused"] if self.method == "post" else []
        found[422] = list(dict.fromkeys(refused))
        if self.is_update:
            found[428] = ["precondition_required"]
        return found

    @cached_property
    def caller_type(self) -> str:
        """Who calls its route: needed where it is asked who that is, or keeps an answer."""
        if not (self.method == "post" or self.takes_me):
            return ""
        return "Anyone" if self.everyone else "User"

    @cached_property
    def route_lines(self) -> list[str]:
        """Its route: a function within the router's."""
        entity = self.entity
        extra = []
        if self.has_body:
            required = self.is_update or any(one.required for one in self.taken if self.is_create)
            patch = ", patch=True" if self.is_update else ""
            extra.append(f"body_of({self.body_cls}, required={required}{patch})")
        if self.method == "post":
            extra.append("key_parameter(required=False)")
        described = [f'"{self.path}"']
        if self.is_create:
            described.append("status_code=_CREATED")
        if self.is_delete:
            described += ["status_code=_NO_CONTENT", "response_class=Response"]
        else:
            described.append(f"response_model={entity.cls}View")
        refusals = ", ".join(
            f"{status}: ({', '.join(quoted(code) for code in codes)},)"
            for status, codes in self.responses.items()
        )
        described.append(f"responses=refusals({{{refusals}}})")
        if extra:
            described.append(f"openapi_extra={' | '.join(extra)}")
        parameters = ["request: Request"] if self.reads else []
        parameters += [] if self.is_create else ["id_: Id"]
        if self.caller_type:
            parameters.append(f"caller: {self.caller_type}")
        elif not self.everyone:
            described.append("dependencies=[Depends(authenticate)]")
        parameters += [] if self.is_create else ["if_match: IfMatch = None"]
        parameters += ["idempotency_key: IdempotencyKey = None"] if self.method == "post" else []
        head = [
            f"@routes.{self.method}({', '.join(described)})",
            f"async def {self.name}_{entity.snake}({', '.join(parameters)}) -> Response:",
        ]
        return [*head, *indented([f'"""{self.imperative}"""', *self._route_body])]

    @cached_property
    def _route_body(self) -> list[str]:
        me = "_me(caller)" if self.me_may_be_none else "Caller(caller.user_id, caller.role)"
        given = [me] if self.takes_me else []
        given += [] if self.is_create else ["id_", "seen_versions(if_match)"]
        lines = []
        if self.asks_whose:
            name = self.given_owner.name
            given.append(f'lambda: read_id({self.body_cls}, content, "{name}")')
        if self.reads:
            lines.append("content = await request.body()")
            given.append(self._read_py)
        call = f"await use_cases.{self.name}({', '.join(given)})"
        if self.is_delete:
            acting = [call, "return Response(status_code=_NO_CONTENT)"]
        else:
            acting = [f"return _answer({call}{', _CREATED' if self.is_create else ''})"]
        act = ["async def act() -> Response:", *indented(acting)]
        if self.method != "post":
            return [*lines, "", *act, "", "return await again_after_deadlock(act)"]
        user = "caller.user_id"
        if self.everyone:
            user = "None if caller is None else caller.user_id"
        once = f"return await answers.once(request, {user}, idempotency_key, act)"
        return [*lines, "", *act, "", once]

    @cached_property
    def _read_py(self) -> str:
        if not self.has_body:
            return "lambda: read_body(Body, content)"
        made = "new" if self.is_create else "values"
        if self.deep:
            fields = ", ".join(f'"{name}"' for name in self.deep)
            patch = f"read_patch({self.body_cls}, content, to_builtins(row), ({fields},))"
            return f"lambda row: {patch}.{made}()"
        return f"lambda: read_body({self.body_cls}, content).{made}()"

    @cached_property
    def body_lines(self) -> list[str]:
        """How a body becomes what the domain takes."""
        if self.is_create:
            given = ", ".join(f"{one.name}={one.from_body}" for one in self.taken_in_order)
            return [f"return {self.values_cls}({given})"]
        lines = [f"values: {self.values_cls} = {{}}"]
        for one in self.taken:
            lines.append(f'if "{one.attribute}" in self.model_fields_set:')
            lines += indented([f'values["{one.name}"] = {one.from_body}'])
        return [*lines, "return values"]

    def absent(self, field: FieldView) -> str:
        """What a field of its body has that is not sent; empty where it has to be."""
        if self.is_create:
            return field.default_py
        return "None" if field.nullable else "ABSENT"

    # Wiring

    @cached_property
    def made(self) -> str:
        """Its handler, as the wiring makes it."""
        given = ["transactions", "utc_now"]
        given += ["new_id"] if self.is_create else []
        given += [port.variable for port in self.known_ports]
        return f"{self.handler_cls}({', '.join(given)})"


def allowed(roles: tuple[str, ...], owner: str) -> str:
    """Return the condition that a caller has a role, or is the owner; ``me`` may be None."""
    conditions = [f"{owner} == me.id"] if owner else []
    if len(roles) == 1:
        conditions.append(f'me.role == "{roles[0]}"')
    elif roles:
        known = ", ".join(f'"{role}"' for role in roles)
        conditions.append(f"me.role in {{{known}}}")
    if not conditions:
        return "False"
    text = " or ".join(conditions)
    return f"me is not None and {f'({text})' if len(conditions) > 1 else text}"


def indented(lines: list[str]) -> list[str]:
    """Return lines one level deeper."""
    return [f"    {line}" if line else "" for line in lines]


def _answered(name: Name) -> str:
    """Return the parameter that says whether a row of another context is known."""
    return f"{'_'.join(name.path)}_is_known"


def _has_me(expression: Expression) -> bool:
    return isinstance(expression, Me) or any(_has_me(child) for child in children(expression))


def _given(field: FieldView) -> str:
    """Return the variable of what a field of a row is given."""
    if field.foreign_key is None:
        return f"given_{field.name}"
    return field.name if field.name.endswith("_id") else f"{field.name}_id"
