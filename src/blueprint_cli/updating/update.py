"""``diff``, ``update`` and ``evolve``: one plan, shown or brought into the project."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from blueprint_cli.errors import ProjectRefused, UpdateUnfinished
from blueprint_cli.git.repository import open_repository
from blueprint_cli.interruption import ignore_signals
from blueprint_cli.record.record import FOLDER, read_render
from blueprint_cli.spec.writing import SPEC_FILE
from blueprint_cli.updating.changes import Conflict
from blueprint_cli.updating.journal import (
    AFTER,
    Journal,
    apply,
    back_up,
    close,
    missing_folders,
    only_one,
    read_journal,
    restore,
    write_journal,
)
from blueprint_cli.updating.plan import planned, project_root

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blueprint_cli.git.repository import Repository
    from blueprint_cli.updating.changes import Changes
    from blueprint_cli.updating.plan import Plan

State = Literal["unchanged", "planned", "done", "conflicts", "aborted"]
SHOWN: Final = 10
# An attribute of the project may make them longer (conflict-marker-size).
MARKER: Final = re.compile(rb"^(<{7,}|>{7,}) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Version:
    """What a project is rendered from."""

    pattern: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """What became of a project, or would; ``patch`` only where somebody asked for it.

    ``changes`` is None where an update was finished or taken back: it said them when it began.
    """

    project: Path
    state: State
    before: Version
    after: Version
    changes: Changes | None = None
    conflicts: tuple[Conflict, ...] = ()
    patch: str = ""


def show_changes(
    path: Path | None,
    *,
    evolve_to: str | None = None,
    patch: bool = False,
    templates: Path | None = None,
) -> Updated:
    """Return what an update would do; nothing is written, and a dirty tree is no obstacle.

    Raises:
        BlueprintError: in one of its kinds.
    """
    project = project_root(path)
    refuse_unfinished(project)
    with planned(project, evolve_to=evolve_to, templates=templates) as plan:
        changes = plan.outcome.changes
        shown = plan.patch() if patch else ""
        return _told(plan, "planned" if changes else "unchanged", patch=shown)


def update_project(
    path: Path | None, *, evolve_to: str | None = None, templates: Path | None = None
) -> Updated:
    """Bring a project to what the installed version renders, keeping the user's edits.

    Raises:
        BlueprintError: in one of its kinds; the project is as it was then.
    """
    project = project_root(path)
    refuse_unfinished(project)
    with planned(project, evolve_to=evolve_to, templates=templates) as plan:
        if not plan.outcome.changes and not plan.advances:
            return _told(plan, "unchanged")
        return _told(plan, bring_in(plan))


def bring_in(plan: Plan) -> State:
    """Write what was planned into the project, or nothing of it.

    Raises:
        ProjectRefused: where something is not committed, or in the way.
        UpdateUnfinished: where another change is under way.
    """
    project = plan.repository.project
    evolves = plan.template.name != plan.record.render.name
    with only_one(project) as folder:
        refuse_unfinished(project)
        if read_render(project) != plan.record.render:
            raise UpdateUnfinished(
                f"another blueprint has changed {project} in the meantime",
                hint="Look at what it did, then again.",
            )
        # What an edited blueprint.yaml changes is what is asked for; an update does not write it.
        _refuse_dirty(plan.repository, but="" if evolves else SPEC_FILE)
        _refuse_what_is_in_the_way(plan.outcome.changes)
        return _write(plan, folder)


def continue_update(path: Path | None) -> Updated:
    """Finish an update whose conflicts are resolved: the record advances.

    Raises:
        BlueprintError: in one of its kinds.
    """
    project = project_root(path)
    before = _version(project)
    with only_one(project) as folder, tempfile.TemporaryDirectory() as scratch:
        journal = _under_way(project)
        if journal.step == "applying":
            raise UpdateUnfinished(
                f"the {journal.command} of {project} was interrupted",
                hint=f"Take it back first: blueprint {journal.command} --abort",
            )
        left = _unresolved(project, journal, open_repository(project, Path(scratch)))
        if left:
            return Updated(
                project=project, state="conflicts", before=before, after=before, conflicts=left
            )
        ignore_signals()
        apply(project, folder, journal.record)
        close(folder)
    return Updated(project=project, state="done", before=before, after=_version(project))


def abort_update(path: Path | None) -> Updated:
    """Take an unfinished update back: every file and the index are as they were before it.

    Raises:
        BlueprintError: in one of its kinds.
    """
    project = project_root(path)
    with only_one(project) as folder, tempfile.TemporaryDirectory() as scratch:
        journal = _under_way(project)
        ignore_signals()
        restore(project, folder, journal, open_repository(project, Path(scratch)))
        close(folder)
    version = _version(project)
    return Updated(project=project, state="aborted", before=version, after=version)


def _write(plan: Plan, folder: Path) -> State:
    project, repository = plan.repository.project, plan.repository
    files, removals = plan.writes, plan.removals
    _prepare_after(plan, folder)
    record = sorted({*plan.new.record, *_old_record(project, plan)})
    paths = sorted({*files, *removals})
    touched = sorted({*paths, *record})
    stages = plan.outcome.stages
    back_up(project, folder, touched, repository.index if stages else None)
    conflicts = plan.outcome.changes.conflicts
    journal = Journal(
        step="applying",
        command="update" if plan.record.render.name == plan.template.name else "evolve",
        target=plan.label,
        paths=tuple(touched),
        made=tuple(missing_folders(project, [*files, *plan.new.record])),
        record=tuple(record),
        conflicts=tuple((each.path, each.kind, each.why) for each in conflicts),
        marked=tuple(_marked(folder, stages)),
        head=repository.head(),
    )
    write_journal(folder, journal)
    try:
        apply(project, folder, paths)
        if stages:
            repository.mark_unmerged(stages, plan.workshop.store)
            ignore_signals()
            write_journal(folder, replace(journal, step="conflicts"))
        else:
            apply(project, folder, record)
            ignore_signals()
            close(folder)
    except BaseException:
        ignore_signals()
        restore(project, folder, journal, repository)
        close(folder)
        raise
    return "conflicts" if stages else "done"


def _prepare_after(plan: Plan, folder: Path) -> None:
    """Write everything that is to come into the state folder."""
    after = folder / AFTER
    checkout = folder / "checkout"
    checkout.mkdir()
    regular = {path: e for path, e in plan.writes.items() if e.mode != "160000"}
    plan.repository.check_out(regular, checkout, plan.scratch, plan.workshop.store)
    written = checkout / plan.repository.prefix
    if written.is_dir():
        written.rename(after)
    else:
        after.mkdir()
    for path, file in plan.new.record.items():
        place = after / path
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(file.content)


def _old_record(project: Path, plan: Plan) -> list[str]:
    """Return the files of earlier bases."""
    found = (path.relative_to(project).as_posix() for path in (project / FOLDER).glob("base-*.*"))
    return [path for path in found if path not in plan.new.record]


def _marked(folder: Path, stages: Iterable[str]) -> list[str]:
    return [path for path in stages if _has_markers(folder / AFTER / path)]


def _has_markers(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    return bool(MARKER.search(path.read_bytes()))


def _unresolved(project: Path, journal: Journal, repository: Repository) -> tuple[Conflict, ...]:
    open_in_index = set(repository.unmerged())
    return tuple(
        Conflict(path, kind, why)
        for path, kind, why in journal.conflicts
        if path in open_in_index or (path in journal.marked and _has_markers(project / path))
    )


def refuse_unfinished(project: Path) -> None:
    """Refuse a project with a change under way.

    Raises:
        UpdateUnfinished: with the way to finish it or to take it back.
    """
    journal = read_journal(project)
    if journal is None:
        return
    command = f"blueprint {journal.command}"
    if journal.step == "applying":
        raise UpdateUnfinished(
            f"an earlier {journal.command} of {project} was interrupted",
            hint=f"Take it back: {command} --abort",
        )
    raise UpdateUnfinished(
        f"an earlier {journal.command} of {project} has conflicts left",
        hint=f"Resolve them, then {command} --continue; or take it back: {command} --abort",
    )


def _under_way(project: Path) -> Journal:
    journal = read_journal(project)
    if journal is None:
        raise ProjectRefused(f"no update of {project} is under way")
    return journal


def _refuse_dirty(repository: Repository, *, but: str) -> None:
    dirty = [path for path in repository.uncommitted() if path != but]
    if dirty:
        raise ProjectRefused(
            f"{repository.project} has changes that are not committed: {_some(dirty)}",
            hint="Commit or stash them (git add -A && git commit, or git stash), then again.",
        )


def _refuse_what_is_in_the_way(changes: Changes) -> None:
    if changes.in_the_way:
        raise ProjectRefused(
            f"what is in no commit is where the template has to write: {_some(changes.in_the_way)}",
            hint="Move it away, or commit it to have it merged, or take the place over (`owned` in "
            f"{SPEC_FILE}); then again.\nWhat git was told to look away from: git update-index "
            "--no-assume-unchanged --no-skip-worktree PATH\nWhat a sparse checkout leaves out: git "
            "sparse-checkout disable",
        )


def _some(paths: Iterable[str]) -> str:
    listed = list(paths)
    more = len(listed) - SHOWN
    return ", ".join(listed[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _version(project: Path) -> Version:
    render = read_render(project)
    return Version(render.name, render.version)


def _told(plan: Plan, state: State, *, patch: str = "") -> Updated:
    render = plan.record.render
    changes = plan.outcome.changes
    return Updated(
        project=plan.repository.project,
        state=state,
        before=Version(render.name, render.version),
        after=Version(plan.template.name, plan.template.version),
        changes=changes,
        conflicts=changes.conflicts,
        patch=patch,
    )
