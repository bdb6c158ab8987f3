"""Where files go between two renders: a map that is applied before a merge."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from blueprint_cli.git.entries import repeated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from blueprint_cli.git.entries import Entries

_NAME: Final = "{context}"
# A file of a ready-made context in the templates.
_OF_A_CONTEXT: Final = re.compile(r"contexts/(?P<name>[^/]+)/(?P<kind>[^/]+)/(?P<below>.+)")


@dataclass(frozen=True)
class PathMap:
    """Where each file of the base goes; a file that the user added follows the files around it.

    ``files`` holds every file of the base that is known to have a place in the new render, also
    those that stay where they are. ``folders``, ended by /, are those in which nothing is rendered
    and whose place is known all the same.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, path: str) -> str:
        """Return where a path goes; where nothing is known it stays."""
        if path in self.files:
            return self.files[path]
        for folder in _folders(path):
            goes = self.folders.get(folder) or self._folders.get(folder)
            if goes == "":
                return path  # Its neighbours go to different places.
            if goes is not None:
                return f"{goes}{path[len(folder) :]}"
        return path

    @cached_property
    def _folders(self) -> dict[str, str]:
        """Folder, ended by /, to where all that is below it goes; empty where that is several."""
        found: dict[str, str] = {}
        for path, goes in self.files.items():
            for folder in _folders(path):
                rest = path[len(folder) :]
                place = goes.removesuffix(rest) if goes.endswith(f"/{rest}") else ""
                if found.setdefault(folder, place) != place:
                    found[folder] = ""
        return found

    def apply(self, entries: Entries) -> tuple[Entries, dict[str, str]]:
        """Return the entries at their new places, and for each place where it came from.

        A file whose place is taken by another one stays where it is.
        """
        placed: Entries = {}
        origin: dict[str, str] = {}
        staying = {path for path in entries if self(path) == path}
        taken = set(staying)
        for path in entries:
            goes = path if path in staying else self(path)
            if path not in staying and goes in taken:
                goes = path
            taken.add(goes)
            placed[goes] = entries[path]
            origin[goes] = path
        return placed, origin


def _folders(path: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first."""
    end = path.rfind("/")
    while end > 0:
        yield path[: end + 1]
        end = path.rfind("/", 0, end)


def by_source(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Return where each file goes, from the template files that two renders were made of.

    A file without a source on both sides, or with several on one, has no known place.
    """
    places = _unique(after)
    return {path: places[source] for source, path in _unique(before).items() if source in places}


def of_contexts_by_hand(
    before: Mapping[str, str], after: Mapping[str, str], names: Iterable[str]
) -> dict[str, str]:
    """Return where the folders go that are a context's own: as those of ready-made contexts do.

    Args:
        before: the template files that the base was made of, by path.
        after: those of the new render.
        names: the contexts that their owner writes.
    """
    was, will_be = _places_of_contexts(before), _places_of_contexts(after)
    return {
        place.replace(_NAME, name): will_be[kind].replace(_NAME, name)
        for name in names
        for kind, place in was.items()
        if kind in will_be
    }


def _places_of_contexts(sources: Mapping[str, str]) -> dict[str, str]:
    """Return where the package of a context goes, and its tests: with a hole for its name."""
    found: dict[str, set[str]] = {}
    for path, source in sources.items():
        match = _OF_A_CONTEXT.fullmatch(source)
        if match and path.endswith(f"/{match['below']}"):
            name = re.escape(match["name"])
            folder = path.removesuffix(match["below"])
            place = re.sub(rf"(?<![^/]){name}(?![^/])", _NAME, folder)
            if place != folder:
                found.setdefault(match["kind"], set()).add(place)
    return {kind: places.pop() for kind, places in found.items() if len(places) == 1}


def _unique(sources: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    several: set[str] = set()
    for path, source in sources.items():
        if found.setdefault(source, path) != path:
            several.add(source)
    return {source: path for source, path in found.items() if source not in several}


@dataclass(frozen=True, slots=True)
class SetAside:
    """Files that are not git's to merge.

    ``edited`` are the user's, which stay as they are until the user has decided; ``gone`` are
    those that the user moved or deleted and the template changed.
    """

    edited: tuple[str, ...]
    gone: tuple[str, ...]


def set_aside(
    base: Entries, ours: Entries, theirs: Entries, *, every_move_is_known: bool
) -> SetAside:
    """Take files out of all three trees that git would pair with the wrong file, or mix up.

    A file that is gone on one side and whose content stands at several paths could have gone to
    any of them. Where every move of the template is known, none is to be guessed: a file that it
    has no more is gone. Where the user put a link in the place of a file, there is nothing to mix.
    """
    edited, gone = [], []
    in_base, in_ours, in_theirs = repeated(base), repeated(ours), repeated(theirs)
    for path, entry in list(base.items()):
        if path in ours and ours[path].kind != entry.kind:
            if theirs.get(path) != entry:
                edited.append(path)
        elif path not in theirs and (every_move_is_known or entry.oid in in_base | in_theirs):
            mine = ours.get(path)
            if mine is not None and mine != entry:
                edited.append(path)
        elif path not in ours and entry.oid in in_base | in_ours:
            if theirs.get(path, entry) != entry:
                gone.append(path)
        else:
            continue
        for entries in (base, ours, theirs):
            entries.pop(path, None)
    return SetAside(tuple(edited), tuple(gone))


def left_behind(added: Iterable[str], base: Iterable[str], theirs: Iterable[str]) -> list[str]:
    """Return the user's own files whose folder had files of the template and has none any more."""
    had = {folder for path in base for folder in _folders(path)}
    has = {folder for path in theirs for folder in _folders(path)}
    nearest = {path: next((f for f in _folders(path) if f in had), None) for path in added}
    return [path for path, folder in nearest.items() if folder is not None and folder not in has]
