"""Bringing a plan into a project: all of it, or nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from blueprint_cli.errors import ProjectRefused, UpdateUnfinished, some
from blueprint_cli.git.entries import entries_of
from blueprint_cli.git.work_tree import adding_command
from blueprint_cli.interruption import ignore_signals
from blueprint_cli.layout import FOLDER, IDENTITY, LEFT_BEHIND, SPEC_FILE
from blueprint_cli.record.journal import Journal, refuse_unfinished, write_journal
from blueprint_cli.record.render import read_render
from blueprint_cli.updating.changes import Conflict
from blueprint_cli.updating.writing import (
    AFTER,
    apply,
    back_up,
    close,
    missing_folders,
    only_one,
    restore,
)

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.git.repository import ProjectRepository
    from blueprint_cli.updating.changes import Changes
    from blueprint_cli.updating.plan import Plan

Written = Literal["done", "conflicts"]
# An attribute of the project may make them longer (conflict-marker-size).
MARKER: Final = re.compile(rb"^(<{7,}|>{7,}) ", re.MULTILINE)


def bring_in(plan: Plan) -> Written:
    """Write what was planned into the project, or nothing of it.

    Raises:
        ProjectRefused: where something is not committed, or in the way.
        UpdateUnfinished: where another change is under way.
    """
    project = plan.repository.project
    with only_one(project) as folder:
        refuse_unfinished(project)
        if read_render(project) != plan.record.render:
            raise UpdateUnfinished(
                f"another blueprint has changed {project} in the meantime",
                hint="Look at what it did, then again.",
            )
        refuse_dirty(plan)
        _refuse_obstacles(plan.outcome.changes)
        return _write(plan, folder)


def _write(plan: Plan, folder: Path) -> Written:
    project, repository, stages = plan.repository.project, plan.repository, plan.outcome.stages
    _prepare_after(plan, folder)
    journal = _begin(plan, folder)
    paths = sorted({*plan.writes, *plan.removals})
    try:
        apply(project, folder, paths)
        if stages:
            ignored = plan.outcome.changes.ignored  # Which git is not to track for a conflict.
            known = {path: sides for path, sides in stages.items() if path not in ignored}
            repository.mark_unmerged(known, plan.merging.objects)
            ignore_signals()
            write_journal(folder, replace(journal, step="conflicts"))
        else:
            apply(project, folder, journal.record)
            ignore_signals()
            close(folder)
    except BaseException:
        ignore_signals()
        restore(project, folder, journal, repository)
        close(folder)
        raise
    return "conflicts" if stages else "done"


def _begin(plan: Plan, folder: Path) -> Journal:
    """Back up what will be touched, and write the journal: from here on there is a way back."""
    project, repository, stages = plan.repository.project, plan.repository, plan.outcome.stages
    record = sorted({*plan.new.files, *_old_record(project, plan)})
    touched = sorted({*plan.writes, *plan.removals, *record})
    back_up(project, folder, touched, repository.index if stages else None)
    journal = Journal(
        step="applying",
        command="evolve" if plan.evolves else "update",
        target=plan.label,
        paths=tuple(touched),
        made=tuple(missing_folders(project, [*plan.writes, *plan.new.files])),
        record=tuple(record),
        conflicts=tuple((one.path, one.kind, one.why) for one in plan.outcome.changes.conflicts),
        marked=tuple(path for path in stages if _has_markers(folder / AFTER / path)),
        head=repository.head(),
        branch=repository.branch(),
    )
    write_journal(folder, journal)
    return journal


def _prepare_after(plan: Plan, folder: Path) -> None:
    """Write everything that is to come into the state folder."""
    after = folder / AFTER
    checkout = folder / "checkout"
    checkout.mkdir()
    regular = {path: e for path, e in plan.writes.items() if e.mode != "160000"}
    plan.repository.check_out(regular, checkout, plan.scratch, plan.merging.objects)
    written = checkout / plan.repository.prefix
    if written.is_dir():
        written.rename(after)
    else:
        after.mkdir()
    for path, file in plan.new.files.items():
        place = after / path
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(file.content)


def _old_record(project: Path, plan: Plan) -> list[str]:
    """Return the files of earlier bases, and the list of what was left behind."""
    found = [path.relative_to(project).as_posix() for path in (project / FOLDER).glob("base-*.*")]
    return [path for path in (*found, LEFT_BEHIND) if path not in plan.new.files]


def unresolved(
    project: Path, journal: Journal, repository: ProjectRepository
) -> tuple[Conflict, ...]:
    """Return the conflicts that are unmerged in the index or still have their markers."""
    open_in_index = set(repository.unmerged())
    return tuple(
        Conflict(path, kind, why)
        for path, kind, why in journal.conflicts
        if path in open_in_index or (path in journal.marked and _has_markers(project / path))
    )


def _has_markers(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    return bool(MARKER.search(path.read_bytes()))


def refuse_dirty(plan: Plan) -> None:
    """Refuse a project in which something is not committed.

    Raises:
        ProjectRefused: with the files.
    """
    project, ignored = plan.repository.project, plan.outcome.changes.ignored
    # What an edited blueprint.yaml changes is what is asked for; an update does not write it.
    but = "" if plan.evolves else SPEC_FILE
    known = {but, *plan.migrated}
    dirty = [path for path in (*plan.repository.uncommitted(), *plan.loose) if path not in known]
    if plan.edits:
        dirty = _edited_by_hand(plan, dirty)
    if not dirty:
        return
    hint = "Commit or stash them (git add -A && git commit, or git stash), then again."
    if f"{FOLDER}/" in dirty and IDENTITY in ignored:
        hint = (
            "git ignores it, and an update needs it in a commit, so that nothing is lost. Commit "
            f"what this adds, then again:\n  {adding_command(project, ignored)}"
        )
    raise ProjectRefused(f"{project} has changes that are not committed: {some(dirty)}", hint=hint)


def _edited_by_hand(plan: Plan, dirty: list[str]) -> list[str]:
    """Return what is more than what an edit of ``blueprint.yaml`` before this one has rendered.

    That can be rendered again, so that one edit may follow another without a commit.
    """
    before = plan.outcome.before
    base = entries_of(plan.record.base, plan.merging.algorithm)
    return [
        path
        for path in dirty
        if not path.startswith(f"{FOLDER}/") or path == f"{FOLDER}/"
        if before.get(path) != base.get(path)
    ]


def _refuse_obstacles(changes: Changes) -> None:
    if changes.in_the_way:
        raise ProjectRefused(
            f"untracked or ignored files are in the way: {some(changes.in_the_way)}",
            hint="Move them away, or commit them to have them merged, or take the places over "
            f"(`owned` in {SPEC_FILE}); then again.\nFiles marked assume-unchanged or "
            "skip-worktree: git update-index --no-assume-unchanged --no-skip-worktree PATH\nFiles "
            "that a sparse checkout leaves out: git sparse-checkout disable",
        )
