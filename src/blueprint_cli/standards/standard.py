"""A standard that was read: what it says, where it comes from, and the files that are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from blueprint_cli.cost.books import parse_book
from blueprint_cli.errors import BlueprintError, Problem, StandardInvalid
from blueprint_cli.recommendation.data_file import parse_data
from blueprint_cli.recommendation.rules import rules_of
from blueprint_cli.spec.document import decode
from blueprint_cli.standards.locks import (
    locked_codes,
    locked_keys,
    locked_otherwise,
    not_allowed,
    value_at,
)
from blueprint_cli.standards.model import FILE
from blueprint_cli.standards.reading import defaults_of, parse_standard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from blueprint_cli.cost.books import Book
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.recommendation.rules import Rules, Value
    from blueprint_cli.spec.model import Spec, StandardChoice
    from blueprint_cli.standards.locks import Contradiction
    from blueprint_cli.standards.model import StandardFile

COMMIT_SHOWN: Final = 12
AnyPattern = TypeVar("AnyPattern", bound=str)


@dataclass(frozen=True)
class Standard:
    """A standard at one version.

    ``choice`` is what a project's ``blueprint.yaml`` says of it. ``files`` are its own and those
    that it names, by their path in it: what a project keeps, so that nobody has to be asked.
    """

    says: StandardFile
    choice: StandardChoice
    files: Mapping[str, bytes]

    @property
    def version(self) -> str:
        """What tells it from its other versions."""
        choice = self.choice
        return self.says.version or choice.ref or choice.commit[:COMMIT_SHOWN]

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"{self.says.name} {self.version}".rstrip()

    @property
    def given(self) -> Mapping[str, Any]:
        """Its defaults, as they are written."""
        return self.says.defaults

    def contradictions(self, spec: Spec) -> list[Contradiction]:
        """Return what a project says that it locks otherwise, or does not allow."""
        return [*locked_otherwise(self, spec), *not_allowed(self, spec)]

    def allowed_among(self, patterns: Iterable[AnyPattern]) -> list[AnyPattern]:
        """Return those of some patterns that a project may have, in their order."""
        allowed = self.says.allowed.patterns
        return [one for one in patterns if allowed is None or one in allowed]

    def locked_value(self, key: str) -> Any:  # noqa: ANN401 - a spec's values are of any type
        """Return what a key has to be, which is locked itself or with its section; else None."""
        path = tuple(key.split("."))
        locked = any(path[: len(one)] == one for one in locked_keys(self.says))
        return value_at(self.defaults, path) if locked else None

    @cached_property
    def locked_codes(self) -> tuple[str, ...]:
        """The codes of checks, or what they begin with, that a project cannot silence."""
        return locked_codes(self.says)

    def best_of(self, recommendation: Recommendation) -> Pattern:
        """Return the best pattern that a project may have; the recommended one where it may."""
        ranking = sorted(recommendation.ranking, key=lambda one: not one.eligible)
        allowed = self.allowed_among(one.pattern for one in ranking)
        return allowed[0] if allowed else recommendation.recommended

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """What a project is that says nothing itself, with the program's defaults in the rest."""
        return defaults_of(self.says).model_dump(mode="json")

    def requirements(self, known: Mapping[str, Value]) -> dict[str, Value]:
        """Return known requirements, and its own where nothing is known."""
        own = self.given.get("requirements") or {}
        return {**{key: value for key, value in own.items() if value is not None}, **known}

    @cached_property
    def rules(self) -> Rules | None:
        """Its rules for recommendations; None where it has none."""
        name = self.says.rules
        if name is None:
            return None
        rules = rules_of(parse_data(self._text(name), self._named(name)))
        return replace(rules, name=f"{rules.name} (of the standard {self.label})")

    @cached_property
    def books(self) -> tuple[Book, ...]:
        """Its price books; none where the built-in ones count."""
        return tuple(
            parse_book(parse_data(self._text(name), self._named(name)), self._named(name))
            for name in self.says.prices
        )

    def _named(self, name: str) -> str:
        return f"{name} of the standard {self.label}"

    def _text(self, name: str) -> str:
        return decode(self.files[name], self._named(name))


def read_standard(
    read: Callable[[str], bytes | None], choice: StandardChoice, name: str
) -> Standard:
    """Read a standard and every file that it names.

    Args:
        read: returns the content of a file, or None where there is none.
        choice: where it comes from.
        name: what messages call its `standard.yaml`.

    Raises:
        StandardInvalid: with every problem that was found.
        DataFileInvalid: where rules or prices hold what is not allowed.
    """
    content = read(FILE)
    if content is None:
        raise StandardInvalid(
            f"{choice.source} is no standard: it has no {FILE}",
            hint="Where it lies in a folder, name that: SOURCE#subdirectory=FOLDER",
        )
    try:
        text = decode(content, name)
    except StandardInvalid:
        raise
    except BlueprintError as error:
        raise StandardInvalid(error.message, hint=error.hint, problems=error.problems) from None
    says = parse_standard(text, name)
    files = {FILE: content}
    problems = []
    named = [("rules", says.rules)] if says.rules else []
    named += [(f"prices[{index}]", path) for index, path in enumerate(says.prices)]
    for key, path in named:
        found = read(path)
        if found is None:
            problems.append(Problem(f"there is no file {path} beside it", name, key=key))
        else:
            files[path] = found
    if problems:
        raise StandardInvalid(f"{name} names what is not there", problems=problems)
    standard = Standard(says, choice, files)
    # What is wrong in them is said now and not when they are needed.
    _ = standard.rules, standard.books
    return standard
