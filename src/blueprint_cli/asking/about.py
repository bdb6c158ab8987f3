"""What an application is about: parts and the things in them, an example, or nothing yet."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.asking.quantities import NotUnderstood
from blueprint_cli.asking.words import is_no, is_not_known
from blueprint_cli.domain import naming
from blueprint_cli.domain.reading import read_contexts
from blueprint_cli.spec.names import nearest_context_name, why_no_context

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOTHING: Final = frozenset({"nothing", "nothing yet", "none", "-"})
# What an entity has that is known by its name alone.
FIELD: Final = ("name", "text(1..120)")
FOR_EXAMPLE: Final = "scheduling: Doctor, Appointment; billing: Invoice"
LONGEST: Final = 2000


@dataclass(frozen=True, slots=True)
class About:
    """What was said: the name of an example, or parts with their things; else nothing yet."""

    example: str = ""
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def contexts(self) -> dict[str, Any]:
        """The parts as contexts of a ``blueprint.yaml``, between those that every project has."""
        key, words = FIELD
        described = {
            part: {"entities": {thing: {"fields": {key: words}} for thing in things}}
            for part, things in self.parts
        }
        return {"identity": {}, **described, "notifications": {}}

    @property
    def text(self) -> str:
        """The lines below ``contexts:``."""
        key, words = FIELD
        lines = ["  identity: {}"]
        for part, things in self.parts:
            lines += [f"  {part}:", "    entities:"]
            for thing in things:
                lines += [f"      {thing}:", "        fields:", f"          {key}: {words}"]
        return "\n".join([*lines, "  notifications: {}"])


def read_about(typed: str, examples: Iterable[str]) -> About:
    """Read what somebody typed.

    Raises:
        NotUnderstood: where it is neither, or a name cannot be one.
    """
    said = " ".join(typed.split())
    known = tuple(examples)
    if not said or said.lower() in NOTHING or is_no(said) or is_not_known(said):
        return About()
    if said.lower() in known:
        return About(example=said.lower())
    if len(said) > LONGEST:
        raise NotUnderstood(f"that is longer than {LONGEST} characters")
    if ":" not in said:
        if near := difflib.get_close_matches(said.lower(), known, n=1):
            raise NotUnderstood(f"there is no example '{said[:40]}'; did you mean {near[0]}?")
        raise NotUnderstood(
            f"'{said[:40]}' is no example and names no part with its things, as {FOR_EXAMPLE}"
        )
    about = About(parts=tuple(_parts(said)))
    for mistake in read_contexts(about.contexts).mistakes:
        raise NotUnderstood(f"{'.'.join(map(str, mistake.path))}: {mistake.message}")
    return about


def _parts(said: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each part once, with all that was said of it."""
    found: dict[str, dict[str, None]] = {}
    for words in filter(None, (one.strip() for one in said.split(";"))):
        name, _, listed = words.partition(":")
        part = _name(name)
        others = [one for one in found if one != part]
        if why := why_no_context(part, others):
            nearest = nearest_context_name(part, others)
            raise NotUnderstood(f"no part can be called {part}: {why}; did you mean {nearest}?")
        things = dict.fromkeys(_class(one) for one in listed.split(",") if one.strip())
        if not things:
            raise NotUnderstood(f"{part} has nothing in it; for example: {FOR_EXAMPLE}")
        found.setdefault(part, {}).update(things)
    for part, named in found.items():
        yield part, tuple(named)


def _name(words: str) -> str:
    return naming.snake(re.sub(r"[\s-]+", "_", words.strip()))


def _class(words: str) -> str:
    """Take ``lab result`` for ``LabResult``; a name that cannot be one stays as it is."""
    parts = re.split(r"[\s_-]+", words.strip())
    made = "".join(part[:1].upper() + part[1:] for part in parts)
    if why := naming.why_no_class(made):
        raise NotUnderstood(f"nothing can be called {words.strip()}: {why}")
    return made
