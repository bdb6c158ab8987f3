"""What a merge does to a project, in words that a person and a program can use."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blueprint_cli.git.entries import Entries
    from blueprint_cli.git.merge_repository import Stages

REMOVED: Final = "removed-by-template"
# More files of one name than this are no hint where an edit belongs.
SUCCESSORS: Final = 8
KINDS: Final = {
    frozenset({1, 2, 3}): ("both-changed", "you and the template changed the same place"),
    frozenset({2, 3}): ("both-added", "you and the template added it"),
    frozenset({1, 2}): (REMOVED, "you changed it, the template removed it"),
}
MOVED_APART: Final = ("moved-apart", "you and the template moved it to different places")


@dataclass(frozen=True, slots=True)
class Changed:
    """A file that changes; ``edited`` where the user had changed it too."""

    path: str
    edited: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A file that goes to another place."""

    source: str
    path: str
    edited: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that the user has to decide about; ``kind`` is a stable name, ``why`` a sentence."""

    path: str
    kind: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Yours:
    """What the user did since the base."""

    edited: tuple[str, ...]
    added: tuple[str, ...]
    deleted: tuple[str, ...]
    moved: tuple[Moved, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What happens to the project.

    ``kept_deleted`` were deleted by the user and changed by the template; ``left_behind`` are the
    user's, in folders that the template gave up; ``owned`` are left alone, as ``blueprint.yaml``
    says so; ``in_the_way`` are untracked or ignored and stand where something has to be written.
    ``ignored`` are rendered files that no commit takes, since git ignores them; those of them that
    are not here, in ``ignored_absent``, are left out.
    """

    changed: tuple[Changed, ...]
    moved: tuple[Moved, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    kept_deleted: tuple[str, ...]
    left_behind: tuple[str, ...]
    owned: tuple[str, ...]
    yours: Yours
    in_the_way: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    ignored_absent: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether any file changes, or should and cannot."""
        return bool(self.changed or self.moved or self.added or self.removed or self.conflicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The three trees of a merge, at their own paths, and how files moved.

    ``origin`` and ``base_origin`` map where the path map put a file to where it was; ``sources``
    maps the paths of the result to those of the user's tree.
    """

    base: Entries
    ours: Entries
    theirs: Entries
    base_origin: Mapping[str, str]
    origin: Mapping[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)
    user_moves: Mapping[str, str] = field(default_factory=dict)

    def moved(
        self, template_moves: Mapping[str, str], user_moves: Mapping[str, str], after: Entries
    ) -> Sides:
        """Return the sides with the moves that git saw."""
        sources = {path: self.origin[path] for path in after if path in self.origin}
        for source, path in template_moves.items():
            if source in self.origin and source not in after and path in after:
                sources.setdefault(path, self.origin[source])
        _pair_the_rest(self.ours, after, sources)
        back = {self.base_origin[source]: self.origin[path] for source, path in user_moves.items()}
        return replace(self, sources=sources, user_moves=back)


def _pair_the_rest(ours: Entries, after: Entries, sources: dict[str, str]) -> None:
    """Find the user's files that followed a folder: the same content, once, at another path."""
    used = set(sources.values())
    lost: dict[str, list[str]] = {}
    for path, entry in ours.items():
        if path not in used:
            lost.setdefault(entry.oid, []).append(path)
    found: dict[str, list[str]] = {}
    for path, entry in after.items():
        if path not in sources:
            found.setdefault(entry.oid, []).append(path)
    for oid, paths in found.items():
        if len(paths) == 1 and len(lost.get(oid, ())) == 1:
            sources[paths[0]] = lost[oid][0]


def describe(  # noqa: PLR0913 - what a merge found
    sides: Sides,
    after: Entries,
    stages: Stages,
    *,
    kept_deleted: Sequence[str],
    owned: Sequence[str],
    left_behind: Sequence[str],
) -> Changes:
    """Say what becomes of the user's files."""
    yours = _yours(sides)
    edited = {*yours.edited, *yours.added, *(moved.path for moved in yours.moved if moved.edited)}
    changed, moved = [], []
    for path, source in sorted(sides.sources.items()):
        if path in stages:
            continue
        if path != source:
            moved.append(Moved(source, path, source in edited))
        elif after[path] != sides.ours[source]:
            changed.append(Changed(path, source in edited))
    used = set(sides.sources.values())
    return Changes(
        changed=tuple(changed),
        moved=tuple(moved),
        added=tuple(sorted(p for p in after if p not in sides.sources and p not in stages)),
        removed=tuple(sorted(p for p in sides.ours if p not in used and p not in stages)),
        conflicts=tuple(_conflict(path, frozenset(stages[path]), sides) for path in sorted(stages)),
        kept_deleted=tuple(kept_deleted),
        left_behind=tuple(sorted(left_behind)),
        owned=tuple(owned),
        yours=yours,
    )


def _conflict(path: str, stages: frozenset[int], sides: Sides) -> Conflict:
    kind, why = KINDS.get(stages, MOVED_APART)
    if kind == REMOVED:
        name = path.rpartition("/")[2]
        new = [p for p in sides.theirs if p not in sides.base and p.rpartition("/")[2] == name]
        if 0 < len(new) <= SUCCESSORS:
            why += f"; it has {', '.join(new)}"
    return Conflict(path, kind, why)


def _yours(sides: Sides) -> Yours:
    base, ours = sides.base, sides.ours
    moved = tuple(
        Moved(source, path, base[source] != ours[path])
        for source, path in sorted(sides.user_moves.items())
        if source in base
    )
    targets = {move.path for move in moved}
    left = {move.source for move in moved}
    return Yours(
        edited=tuple(sorted(p for p in ours if p in base and ours[p] != base[p])),
        added=tuple(sorted(p for p in ours if p not in base and p not in targets)),
        deleted=tuple(sorted(p for p in base if p not in ours and p not in left)),
        moved=moved,
    )
