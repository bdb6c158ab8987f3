"""The names of a whole description, known before anything of it is read, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from blueprint_cli.domain import keys, ready_made, shape
from blueprint_cli.domain.mistakes import Mistake, NotUnderstood, Path
from blueprint_cli.domain.model import ANYONE, OWNER, SYSTEM, USER, Reference
from blueprint_cli.domain.naming import did_you_mean

ADMIN: Final = "admin"
# What is no role and yet stands where roles do.
WORDS: Final = (OWNER, USER, ANYONE, SYSTEM)


@dataclass
class World:
    """All contexts by name as they stand in the document, and the mistakes that are found."""

    contexts: dict[str, Any]
    mistakes: list[Mistake] = field(default_factory=list)

    def report(self, path: Path, message: str, *, allowed: str = "", at_key: bool = False) -> None:
        """Take down a mistake; one without a message follows from another one."""
        if message:
            self.mistakes.append(Mistake(path, message, allowed, at_key))

    def refuse(self, path: Path, error: NotUnderstood, *, at_key: bool = False) -> None:
        """Take down what could not be understood."""
        self.report(path, error.message, allowed=error.allowed, at_key=at_key)

    @cached_property
    def by_hand(self) -> frozenset[str]:
        """Contexts that their owner writes."""
        return frozenset(
            name
            for name, value in self.contexts.items()
            if name not in ready_made.CONTEXTS and shape.mapping(value).get("by") == "hand"
        )

    @cached_property
    def described(self) -> dict[str, dict[str, Any]]:
        """Contexts that are described here."""
        return {
            name: shape.mapping(value)
            for name, value in self.contexts.items()
            if name not in ready_made.CONTEXTS
            and name not in self.by_hand
            and (
                "entities" in shape.mapping(value)
                or any(shape.mapping(value).get(key) for key in keys.DESCRIBED)
            )
        }

    @cached_property
    def entities(self) -> dict[str, tuple[str, ...]]:
        """The entities of each context but those by hand, described or ready-made."""
        described = {
            name: tuple(shape.mapping(value.get("entities")))
            for name, value in self.described.items()
        }
        known = {
            name: entities
            for name, entities in ready_made.ENTITIES.items()
            if name in self.contexts
        }
        return {**known, **described}

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """Roles beside ``user`` and ``admin``."""
        identity = shape.mapping(self.contexts.get(ready_made.IDENTITY))
        return tuple(word for _, word in shape.words(shape.listed(identity.get("roles"))))

    @property
    def every_role(self) -> tuple[str, ...]:
        """Roles that ``me.role`` can be."""
        return (ADMIN, *self.roles, USER)

    def target(self, context: str, name: str) -> Reference:
        """Return the entity that a reference in a context means.

        Raises:
            NotUnderstood: where there is none, with the nearest one.
        """
        other, dot, entity = name.rpartition(".")
        if not dot:
            return self._own_target(context, entity)
        if other in self.by_hand:
            return Reference(other, entity)
        if other not in self.entities:
            known = [*self.entities, *self.by_hand]
            hint = did_you_mean(other, known)
            if other in ready_made.CONTEXTS:
                hint = f"; add {other}: {{}} to contexts"
            raise NotUnderstood(f"there is no context {other}{hint}", ", ".join(known))
        if entity not in self.entities[other]:
            known = [f"{other}.{one}" for one in self.entities[other]]
            hint = did_you_mean(name, known)
            raise NotUnderstood(f"{other} has no entity {entity}{hint}", ", ".join(known))
        return Reference(other, entity)

    def _own_target(self, context: str, entity: str) -> Reference:
        own = self.entities.get(context, ())
        if entity in own:
            return Reference(context, entity)
        elsewhere = [
            f"{other}.{entity}" for other, names in self.entities.items() if entity in names
        ]
        hint = f"; did you mean {elsewhere[0]}?" if elsewhere else did_you_mean(entity, own)
        raise NotUnderstood(f"{context} has no entity {entity}{hint}", ", ".join(own))
