"""Which projects a fleet has: folders, globs and the addresses of repositories, and lists of them.

What is no project is a member all the same, with the reason: a list of forty goes on without it.
"""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.project import CheckedProject
from blueprint_cli.errors import BlueprintError, NotAProject, SourceRefused, UsageError
from blueprint_cli.project import find_projects
from blueprint_cli.sources.address import SUBDIRECTORY, read_address
from blueprint_cli.sources.repository import open_repository

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from blueprint_cli.sources.address import Address

# A line of a list ends where a comment begins; `#subdirectory=` of an address is none.
COMMENT: Final = re.compile(r"(?:^|\s)#.*$")
ADDRESS: Final = re.compile(r"(?:git\+)?[a-z][a-z0-9+.-]*://|(?:gh|gl|bb):|[\w.-]+@[\w.-]+:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A project, or what was named in its place.

    ``place`` is the folder or the address, as people know it; ``root`` the folder, where there is
    one. The repository at an ``address`` has to be cloned first, and may hold several. ``problem``
    says why there is no project.
    """

    place: str
    root: Path | None = None
    address: Address | None = None
    problem: BlueprintError | None = None


def members_of(words: Sequence[str], listed: Path | None = None) -> list[Member]:
    """Return the members that some words and the lines of a list name, each once.

    Raises:
        UsageError: where nothing is named, or the list cannot be read.
    """
    here = Path.cwd()
    named = [(word, here) for word in words]
    if listed is not None:
        named += [(line, listed.resolve().parent) for line in _lines(listed)]
    if not named:
        raise UsageError(
            f"{listed} names no project" if listed else "no project is named",
            hint="Give folders, globs or addresses of git repositories, or a list: --list FILE",
        )
    found: dict[str, Member] = {}
    for word, folder in named:
        for member in _named(word, folder):
            found.setdefault(member.place, member)
    return list(found.values())


def _lines(listed: Path) -> list[str]:
    try:
        text = listed.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"the list {listed} cannot be read: {reason}") from error
    lines = (COMMENT.sub("", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def _named(word: str, folder: Path) -> Iterator[Member]:
    """Yield what one word names, at least one member."""
    path = folder / Path(word).expanduser()
    if path.exists():
        yield from _at(word, path)
    elif ADDRESS.match(word):
        yield _repository(word)
    elif glob.has_magic(word):
        # A Path's own glob takes no absolute pattern.
        matching = [Path(found) for found in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207 - a pattern may begin at the root
        found = [one for place in matching if place.is_dir() for one in _below(place)]
        if found:
            yield from found
        else:
            yield _refused(word, "no project is there")
    else:
        yield _refused(word, f"there is no folder {path}")


def _at(word: str, path: Path) -> Iterator[Member]:
    try:
        yield from _members(find_projects([path]))
    except NotAProject as error:
        yield Member(place=word, problem=error)


def _below(path: Path) -> Iterator[Member]:
    """Yield the projects of a folder that a glob matched, which need not have any."""
    try:
        yield from _members(find_projects([path]))
    except NotAProject:
        return


def _members(roots: Iterable[Path]) -> Iterator[Member]:
    return (Member(place=str(root), root=root) for root in roots)


def _repository(word: str) -> Member:
    try:
        address = read_address(word)
    except SourceRefused as error:
        return Member(place=word, problem=error)
    if address.kind != "git":
        return _refused(word, "it is no git repository")
    return Member(place=word, address=address)


def _refused(word: str, why: str) -> Member:
    return Member(place=word, problem=NotAProject(why))


def projects_of(member: Member, scratch: Path) -> list[Member]:
    """Return the projects that a member has on this machine: itself, or those of a new clone.

    The clone is of the repository's default branch, as its host has it now.

    Raises:
        BlueprintError: where it has none, or cannot be cloned.
    """
    if member.problem is not None:
        raise member.problem
    if member.address is None or member.root is not None:
        return [member]
    address = member.address
    repository = open_repository(address, scratch)
    clone = scratch / "clone"
    repository.check_out(repository.commit("HEAD"), clone, offline=False)
    begins = (clone / address.inside).resolve()
    roots = find_projects([begins])
    top = clone.resolve()
    return [
        Member(
            place=_inside(member.place, root.relative_to(top), len(roots)),
            root=root,
            address=address,
        )
        for root in roots
    ]


def _inside(place: str, below: Path, count: int) -> str:
    """Name one of several projects in a repository."""
    if count == 1:
        return place
    return f"{place.partition(SUBDIRECTORY)[0]}{SUBDIRECTORY}{below.as_posix()}"


def name_of(member: Member) -> str:
    """Return what the project is called, or its folder or repository where nobody can tell."""
    if member.root is not None and member.root.is_dir():
        return CheckedProject(member.root).name
    return member.address.name if member.address else Path(member.place).name or member.place
