"""The mechanism of diff, update and evolve: three trees in, one tree and its conflicts out."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import ProjectRefused
from blueprint_cli.git.entries import entries_of
from blueprint_cli.updating.changes import Changes, Sides, describe
from blueprint_cli.updating.paths import PathMap, left_behind, set_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from blueprint_cli.git.entries import Entries
    from blueprint_cli.git.merge_repository import Merged, MergeRepository, Stages
    from blueprint_cli.tree import Tree

BASE: Final = "base"
OURS: Final = "yours"
RESULT: Final = "result"
MODULE: Final = "160"
SHOWN: Final = 10
BASE_SIDE, OUR_SIDE, THEIR_SIDE = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Renders:
    """The render that the project stands on, the new one, and where files go between them.

    ``label`` is what conflict markers call the new one; ``owned`` says which paths the project has
    taken over. ``every_move_is_known`` where the map is all there is to know about moves. ``once``
    are files that are written now, if they are not there, and belong to the user from then on.
    """

    base: Tree
    new: Tree
    label: str
    paths: PathMap
    owned: Callable[[str], bool] = lambda _: False
    every_move_is_known: bool = False
    once: Tree | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The user's files before and after, as entries whose contents the merge repository holds."""

    before: Entries
    after: Entries
    stages: Stages
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A merge of a new render into the user's files, in a temporary repository."""

    repository: MergeRepository
    ours: Entries
    renders: Renders

    def outcome(self) -> Outcome:
        """Merge.

        Raises:
            GitFailed: where git cannot do it.
            ProjectRefused: where a partial clone lacks what has to be merged.
        """
        renders, ours = self.renders, self.ours
        base = entries_of(renders.base, self.repository.algorithm)
        new = entries_of(renders.new, self.repository.algorithm)
        self._store(base, new)
        theirs, owned = _without_owned(base, new, renders)
        paths = PathMap(
            {p: p if renders.owned(p) else goes for p, goes in renders.paths.files.items()},
            {p: goes for p, goes in renders.paths.folders.items() if not renders.owned(p)},
        )
        placed_base, base_origin = paths.apply(base)
        placed_ours, origin = paths.apply(ours)
        sides = Sides(base=base, ours=ours, theirs=theirs, base_origin=base_origin, origin=origin)
        return self._placed(sides, placed_base, placed_ours, owned)

    def _store(self, base: Entries, new: Entries) -> None:
        """Store what the two renders hold and the project's repository does not."""
        ours, repository = self.ours, self.repository
        missing = repository.missing_blobs(
            entry.oid for entry in ours.values() if entry.kind != MODULE
        )
        known = {entry.oid for entry in ours.values()} - missing
        wanted = {
            entries[path].oid: file.content
            for tree, entries in ((self.renders.base, base), (self.renders.new, new))
            for path, file in tree.items()
            if entries[path].oid not in known
        }
        repository.store_blobs(wanted.values())
        _refuse_missing(ours, missing.difference(wanted))

    def _placed(
        self, sides: Sides, placed_base: Entries, placed_ours: Entries, owned: list[str]
    ) -> Outcome:
        """Merge the trees whose files stand where the path map puts them."""
        renders, repository = self.renders, self.repository
        base, ours, theirs = dict(placed_base), dict(placed_ours), dict(sides.theirs)
        aside = set_aside(base, ours, theirs, every_move_is_known=renders.every_move_is_known)
        repository.commit({BASE: base, OURS: ours, renders.label: theirs})
        merged = repository.merge(OURS, renders.label)
        template_moves = repository.renames(BASE, renders.label)
        user_moves = repository.renames(BASE, OURS)
        gone = [*aside.gone, *_settle_deleted(merged, base, ours, template_moves, user_moves)]
        after = dict(merged.entries)
        after |= repository.store_conflicted([*merged.stages, *repository.untracked()])
        for path in aside.edited:
            three = {BASE_SIDE: placed_base, OUR_SIDE: placed_ours, THEIR_SIDE: sides.theirs}
            merged.stages[path] = {n: tree[path] for n, tree in three.items() if path in tree}
            after[_free(path, after)] = placed_ours[path]
        for path, file in (renders.once or {}).items():
            after.setdefault(path, repository.store_blobs([file.content], file.mode)[0])
        sides = sides.moved(template_moves, user_moves, after)
        _keep_line_endings(repository, sides, after)
        changes = describe(
            sides,
            after,
            merged.stages,
            kept_deleted=sorted(gone),
            owned=owned,
            left_behind=left_behind(
                [p for p in after if p in placed_ours and p not in placed_base],
                {**sides.base, **placed_base},
                {*sides.theirs, *(renders.once or {})},
            ),
        )
        return Outcome(before=sides.ours, after=after, stages=merged.stages, changes=changes)


def _refuse_missing(ours: Entries, missing: set[str]) -> None:
    paths = [path for path, entry in ours.items() if entry.oid in missing]
    if paths:
        shown = ", ".join(paths[:SHOWN]) + (" and more" if len(paths) > SHOWN else "")
        raise ProjectRefused(
            f"this is a partial clone, and files of yours are not in it: {shown}",
            hint="Fetch them (git sparse-checkout disable, or a full clone), then again.",
        )


def _without_owned(base: Entries, new: Entries, renders: Renders) -> tuple[Entries, list[str]]:
    """Return the new render with what the project owns as it was, and where that differs."""
    theirs = dict(new)
    different = []
    for path in sorted({path for path in (*base, *new) if renders.owned(path)}):
        goes = renders.paths.files.get(path, path)
        if base.get(path) != new.get(goes):
            different.append(path)
        theirs.pop(goes, None)
        if path in base:
            theirs[path] = base[path]
    return theirs, different


def _settle_deleted(
    merged: Merged,
    base: Entries,
    ours: Entries,
    template_moves: Mapping[str, str],
    user_moves: Mapping[str, str],
) -> list[str]:
    """Let what the user deleted stay deleted where the template changed it; return those paths."""
    came_from = {goes: path for path, goes in template_moves.items()}
    gone = []
    for path, stages in list(merged.stages.items()):
        source = path if path in base else came_from.get(path)
        if OUR_SIDE in stages or source is None or source in ours or source in user_moves:
            continue
        del merged.stages[path]
        if THEIR_SIDE in stages:
            gone.append(source)
    return gone


def _free(path: str, entries: Entries) -> str:
    """Return the path, or one beside it where a folder of that name is needed."""
    while any(other.startswith(f"{path}/") for other in entries):
        path += "~yours"
    return path


def _keep_line_endings(repository: MergeRepository, sides: Sides, after: Entries) -> None:
    """Give a changed file the line endings that it has in the project."""
    pairs = {
        path: (sides.ours[source], after[path])
        for path, source in sides.sources.items()
        if source in sides.ours and sides.ours[source] != after[path]
    }
    regular = {path: pair for path, pair in pairs.items() if all(e.kind == "100" for e in pair)}
    contents = repository.read_blobs(entry.oid for pair in regular.values() for entry in pair)
    for path, (mine, merged) in regular.items():
        before, now = contents[mine.oid], contents[merged.oid]
        if b"\r\n" in before and b"\r\n" not in now and b"\0" not in before + now:
            (kept,) = repository.store_blobs([_with_endings(now, before)], merged.mode)
            after[path] = kept


def _with_endings(text: bytes, before: bytes) -> bytes:
    """Return the text with each line ended as it is in another one, new lines as most of those."""
    crlf, ends = before.count(b"\r\n"), before.count(b"\n")
    if crlf == ends:
        return text.replace(b"\n", b"\r\n")
    *old, _ = before.split(b"\n")
    *lines, last = text.split(b"\n")
    most = b"\r" if crlf * 2 > ends else b""
    marks = [most] * len(lines)
    bare = [line.removesuffix(b"\r") for line in old]
    same = difflib.SequenceMatcher(None, bare, lines, autojunk=False)
    for at, there, size in same.get_matching_blocks():
        marks[there : there + size] = [line[-1:] * line.endswith(b"\r") for line in old[at:][:size]]
    return b"\n".join([*map(bytes.__add__, lines, marks), last])
