"""Whom a context asks whether rows of another context are there."""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.domain import ready_made
from blueprint_cli.domain.expressions import asked_for
from blueprint_cli.domain.naming import class_name, plural, snake
from blueprint_cli.templates.described.naming import about, event_class
from blueprint_cli.templates.described.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.domain.expressions import Name
    from blueprint_cli.domain.model import Command, Event, Model, Reference


def asked_in(command: Command) -> Iterator[Name]:
    """Yield the references to rows of other contexts that a command asks for, with repetitions."""
    expressions = [one.holds for one in command.needs if one.holds is not None]
    expressions += [expression for _, expression in command.sets]
    yield from asked_for(*expressions)


def asks_others(model: Model) -> bool:
    """Whether any command asks another context for its rows."""
    return any(
        True
        for context in model.contexts
        for entity in context.entities
        for command in entity.commands
        for _ in asked_in(command)
    )


@dataclass(frozen=True)
class KnownRows:
    """Rows of one entity of another context: the port's method, and that of the facade."""

    target: Reference
    service: str

    @property
    def _name(self) -> str:
        return plural(snake(self.target.entity))

    @property
    def method(self) -> str:
        """``copies``: of the port; with an ``_`` where that is a keyword: ``as_``."""
        return f"{self._name}_" if keyword.iskeyword(self._name) else self._name

    @property
    def words(self) -> str:
        """``copies``, as words."""
        return words(self._name)

    @property
    def copy(self) -> str:
        """``known_copies``: what is kept of their events."""
        return f"known_{self._name}"

    @property
    def copied(self) -> str:
        """``titles.Copy``: what a copy of their ids is kept under, for good."""
        return f"{self.service}.{self.target.entity}"

    @property
    def of_facade(self) -> str:
        """``known_copies``: of the other context's facade."""
        return f"known_{self._name}"


@dataclass(frozen=True)
class EventsOfRows:
    """An entity's events, as they are spelled: after which there is a row, after which none.

    ``key`` is the field of its id.
    """

    there: tuple[str, ...]
    gone: tuple[str, ...]
    key: str

    @classmethod
    def of(cls, target: Reference, model: Model) -> EventsOfRows:
        """Return those of an entity of a model, or of a ready-made one."""
        wanted = (target.context, target.entity)
        events = [
            one
            for one in (*ready_made.EVENTS, *model.events)
            if (one.publisher, one.entity) == wanted
        ]
        spelled = {one: f"{one.context}_v1.{event_class(one.name)}" for one in events}
        gone = tuple(spelled[one] for one in events if _is_end(one))
        there = tuple(text for text in spelled.values() if text not in gone)
        return cls(there, gone, about(events[0]) if events else "id")

    @property
    def classes(self) -> list[str]:
        """The names of all of their classes."""
        names = (one.partition(".")[2] for one in (*self.there, *self.gone))
        return list(dict.fromkeys(names))

    @property
    def contracts(self) -> list[str]:
        """The modules that have them."""
        return sorted({one.partition(".")[0] for one in (*self.there, *self.gone)})


def _is_end(event: Event) -> bool:
    return event.commands == ("delete",) or (
        not event.commands and event.name.name.endswith("Deleted")
    )


@dataclass(frozen=True)
class KnownPort:
    """Another context whose rows are asked for, and who asks."""

    asker: str
    context: str
    rows: tuple[KnownRows, ...]

    @property
    def variable(self) -> str:
        """``known_in_titles``."""
        return f"known_in_{self.context}"

    @property
    def cls(self) -> str:
        """``KnownInTitles``: the port."""
        return f"KnownIn{class_name(self.context)}"

    @property
    def words(self) -> str:
        """The other context's name as words."""
        return words(self.context)

    @property
    def facade_cls(self) -> str:
        """The class of the other's facade."""
        return f"{class_name(self.context)}Facade"

    @property
    def http_module(self) -> str:
        """The module of the adapter that calls the other's service."""
        return f"{self.context}_over_http"

    @property
    def http_cls(self) -> str:
        """The adapter that calls the other's service."""
        return f"{class_name(self.context)}OverHttp"

    @property
    def events_module(self) -> str:
        """The module of the adapter that looks into a copy, kept by the other's events."""
        return f"{self.context}_by_events"

    @property
    def events_cls(self) -> str:
        """The adapter that looks into a copy, kept by the other's events."""
        return f"{class_name(self.context)}ByEvents"

    @property
    def adapter_module(self) -> str:
        """The module of the adapter that calls the other's facade."""
        return f"{self.context}_by_facade"

    @property
    def adapter_cls(self) -> str:
        """``TitlesForLending``: the adapter that calls the other's facade."""
        return f"{class_name(self.context)}For{class_name(self.asker)}"
