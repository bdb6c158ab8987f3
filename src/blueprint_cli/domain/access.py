"""Who may do what: roles, and the words that stand where roles do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.domain import limits, naming, ready_made, shape
from blueprint_cli.domain.model import OWNER, SYSTEM
from blueprint_cli.domain.naming import did_you_mean
from blueprint_cli.domain.own_types import read_words
from blueprint_cli.domain.world import ADMIN, WORDS

if TYPE_CHECKING:
    from blueprint_cli.domain.mistakes import Path
    from blueprint_cli.domain.world import World

KEYS: Final = ("read", "create", "update", "delete")


def read_access(world: World, path: Path, raw: object, owner: str) -> dict[str, tuple[str, ...]]:
    """Return who may read, create, update and delete."""
    said = shape.mapping(raw)
    return {
        key: read_who(world, (*path, key), said.get(key), owner, system=key != "read") or (ADMIN,)
        for key in KEYS
    }


def read_who(world: World, path: Path, raw: object, owner: str, *, system: bool) -> tuple[str, ...]:
    """Return roles and words; what is none of them is reported, and nobody where nothing is said.

    Args:
        world: what knows the roles.
        path: where it stands.
        raw: one word or a list of them.
        owner: the field whose user a row belongs to, or empty.
        system: whether a reaction may be among them.
    """
    known = tuple(word for word in (ADMIN, *world.roles, *WORDS) if system or word != SYSTEM)
    found: list[str] = []
    for place, word in shape.words(raw):
        here = path if place is None else (*path, place)
        if word == SYSTEM and not system:
            world.report(here, "system is a reaction, which reads nothing: it stands in `by`")
        elif word not in known:
            hint = did_you_mean(word, known)
            world.report(here, f"there is no role {word}{hint}", allowed=", ".join(known))
        elif word == OWNER and not owner:
            world.report(here, "nobody owns a row: `owner` names no field")
        elif word in found:
            world.report(here, f"{word} stands twice")
        else:
            found.append(word)
    return tuple(found)


def read_roles(world: World) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the roles beside ``user`` and ``admin``, and those of them that may look users up."""
    path: Path = (ready_made.IDENTITY,)
    raw = shape.mapping(world.contexts.get(ready_made.IDENTITY))
    said = shape.listed(raw.get("roles"))
    if len(said) > limits.ROLES:
        allowed = f"at most {limits.ROLES}"
        world.report((*path, "roles"), f"there are {len(said)} roles", allowed=allowed)
    roles = read_words(world, (*path, "roles"), said, why_no_role, naming.SNAKE_ALLOWED)
    known = (ADMIN, *roles)
    directory: list[str] = []
    for place, word in enumerate(shape.listed(raw.get("directory"))):
        here = (*path, "directory", place)
        if not isinstance(word, str):
            continue
        if word not in known and word not in said:
            message = f"there is no role {word}{naming.did_you_mean(word, known)}"
            world.report(here, message, allowed=", ".join(known))
        elif word in directory:
            world.report(here, f"{word} stands twice")
        elif word != ADMIN:
            directory.append(word)
    return roles, tuple(directory)


def why_no_role(name: str) -> str:
    """Say why no role can have a name; empty where it can."""
    if name in (ADMIN, *WORDS):
        return "it is there already, or means another thing"
    return naming.why_no_name(name)
