"""Whom a context asks whether rows of another context are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.domain.naming import class_name, plural, snake
from blueprint_cli.templates.described.words import words

if TYPE_CHECKING:
    from blueprint_cli.domain.model import Reference


@dataclass(frozen=True)
class KnownRows:
    """Rows of one entity of another context: the port's method, and that of the facade."""

    target: Reference

    @property
    def method(self) -> str:
        """``copies``: of the port."""
        return plural(snake(self.target.entity))

    @property
    def words(self) -> str:
        """``copies``, as words."""
        return words(self.method)

    @property
    def of_facade(self) -> str:
        """``known_copies``: of the other context's facade."""
        return f"known_{self.method}"


@dataclass(frozen=True)
class KnownPort:
    """Another context whose rows are asked for."""

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
    def adapter_module(self) -> str:
        """The module of the adapter that calls the other's facade."""
        return f"{self.context}_by_facade"

    @property
    def adapter_cls(self) -> str:
        """The adapter that calls the other's facade."""
        return f"{class_name(self.context)}ByFacade"
