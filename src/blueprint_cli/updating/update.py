"""``diff``, ``update`` and ``evolve``: one plan, shown or brought into the project."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from blueprint_cli.errors import UpdateUnfinished
from blueprint_cli.git.repository import open_repository
from blueprint_cli.interruption import ignore_signals
from blueprint_cli.project import project_root
from blueprint_cli.record.journal import journal_under_way
from blueprint_cli.record.render import read_render
from blueprint_cli.updating.apply import bring_in, refuse_dirty, unresolved
from blueprint_cli.updating.beginning import refuse_elsewhere, still_there
from blueprint_cli.updating.merged_tree import Look, look_through
from blueprint_cli.updating.migrating import migrations_of
from blueprint_cli.updating.plan import planned
from blueprint_cli.updating.writing import apply, close, only_one, restore

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from blueprint_cli.record.render import Render
    from blueprint_cli.updating.apply import Written
    from blueprint_cli.updating.changes import Changes, Conflict
    from blueprint_cli.updating.drawn import Kept
    from blueprint_cli.updating.evolution import Evolution, Opinion
    from blueprint_cli.updating.plan import Plan, SpecEdit
    from blueprint_cli.updating.target import Target

Action = Literal["show", "update", "continue", "abort"]
COMMIT_SHOWN: Final = 12
State = Literal["unchanged", "planned", "done", "conflicts", "aborted", "forgotten"]


@dataclass(frozen=True, slots=True)
class Version:
    """What a project is rendered from, and the version of its standard; empty without one."""

    pattern: str
    version: str
    standard: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """What became of a project, or would; ``patch`` only where somebody asked for it.

    ``changes`` is None where an update was finished or taken back: it said them when it began.
    ``ignored`` are the rendered files that no commit takes, since git ignores them.
    ``look`` is what somebody has to do in the merged files.
    ``opinion`` is what the recommendation thinks of another pattern that it goes to.
    ``kept`` is where values stay that the template draws at random.
    ``lacks`` is what the template would run, and may not: what is shown does without.
    """

    project: Path
    state: State
    before: Version
    after: Version
    changes: Changes | None = None
    conflicts: tuple[Conflict, ...] = ()
    ignored: tuple[str, ...] = ()
    patch: str = ""
    opinion: Opinion | None = None
    look: Look = field(default_factory=Look)
    lacks: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()


def perform(
    path: Path | None,
    action: Action,
    *,
    evolution: Evolution | None = None,
    edit: SpecEdit | None = None,
    target: Target | None = None,
) -> Updated:
    """Do what ``update``, ``evolve`` and the edits of ``blueprint.yaml`` were asked for.

    Raises:
        BlueprintError: in one of its kinds.
    """
    match action:
        case "show":
            return show_changes(path, evolution=evolution, edit=edit, target=target)
        case "update":
            return update_project(path, evolution=evolution, edit=edit, target=target)
        case "continue":
            return continue_update(path)
        case "abort":
            return abort_update(path)


def show_changes(  # noqa: PLR0913 - what may be asked for
    path: Path | None,
    *,
    evolution: Evolution | None = None,
    edit: SpecEdit | None = None,
    patch: bool = False,
    target: Target | None = None,
    templates: Path | None = None,
) -> Updated:
    """Return what an update would do; nothing is written, and a dirty tree is no obstacle.

    Raises:
        BlueprintError: in one of its kinds.
    """
    with planned(
        path,
        evolution=evolution,
        edit=edit,
        only_shown=True,
        target=target,
        templates=templates,
    ) as plan:
        shown = plan.patch() if patch else ""
        state: State = "planned" if plan.outcome.changes else "unchanged"
        return _result(plan, state, patch=shown, look=look_through(plan))


def update_project(
    path: Path | None,
    *,
    evolution: Evolution | None = None,
    edit: SpecEdit | None = None,
    target: Target | None = None,
    templates: Path | None = None,
) -> Updated:
    """Bring a project to what the installed version renders, keeping the user's edits.

    Raises:
        BlueprintError: in one of its kinds; the project is as it was then.
    """

    def planning() -> AbstractContextManager[Plan]:
        return planned(path, evolution=evolution, edit=edit, target=target, templates=templates)

    with planning() as plan:
        if not plan.outcome.changes and not plan.advances:
            return _result(plan, "unchanged", look=look_through(plan))
        migrations = migrations_of(plan)
        if migrations is None:
            return _brought_in(plan)
        migrations.refuse_untrusted()
        refuse_dirty(plan)
        migrations.run("before")
        migrated = frozenset(plan.repository.uncommitted())
        if not migrated:
            done = _brought_in(plan)
            migrations.run("after")
            return done
    # They have changed the project, and so what there is to merge.
    with planning() as plan:
        done = _brought_in(replace(plan, migrated=migrated))
        migrations = migrations_of(plan)
        if migrations is not None:
            migrations.run("after")
        return done


def _brought_in(plan: Plan) -> Updated:
    look = look_through(plan)  # Before it lands.
    return _result(plan, bring_in(plan), look=look)


def continue_update(path: Path | None) -> Updated:
    """Finish an update whose conflicts are resolved: the record advances.

    Raises:
        BlueprintError: in one of its kinds.
    """
    project = project_root(path)
    before = _version(project)
    with only_one(project) as folder, tempfile.TemporaryDirectory() as scratch:
        journal = journal_under_way(project)
        if journal.step == "applying":
            raise UpdateUnfinished(
                f"the {journal.command} of {project} was interrupted",
                hint=f"Take it back first: blueprint {journal.command} --abort",
            )
        repository = open_repository(project, Path(scratch))
        refuse_elsewhere(repository, journal, folder)
        left = unresolved(project, journal, repository)
        if left:
            return Updated(
                project=project, state="conflicts", before=before, after=before, conflicts=left
            )
        ignore_signals()
        apply(project, folder, journal.record)
        ignored = repository.ignored(path for path in journal.paths if (project / path).is_file())
        close(folder)
    return Updated(
        project=project,
        state="done",
        before=before,
        after=_version(project),
        ignored=tuple(ignored),
    )


def abort_update(path: Path | None) -> Updated:
    """Take an unfinished update back: every file and the index are as they were before it.

    Where another commit is checked out, and holds all that would be replaced, the update is
    forgotten and the files stay as they are.

    Raises:
        BlueprintError: in one of its kinds.
    """
    project = project_root(path)
    with only_one(project) as folder, tempfile.TemporaryDirectory() as scratch:
        journal = journal_under_way(project)
        repository = open_repository(project, Path(scratch))
        ignore_signals()
        here = still_there(repository, journal, folder)
        if here:
            restore(project, folder, journal, repository)
        close(folder)
    version = _version(project)
    state: State = "aborted" if here else "forgotten"
    return Updated(project=project, state=state, before=version, after=version)


def _version(project: Path) -> Version:
    render = read_render(project)
    return _version_of(render)


def _version_of(render: Render) -> Version:
    standard = render.standard_ref or render.standard_commit[:COMMIT_SHOWN]
    return Version(render.pattern or render.name, render.version, standard)


def _result(plan: Plan, state: State | Written, *, look: Look, patch: str = "") -> Updated:
    render = plan.record.render
    changes = plan.outcome.changes
    return Updated(
        project=plan.repository.project,
        state=state,
        before=_version_of(render),
        after=Version(plan.new.pattern or plan.template.name, plan.template.version, plan.standard),
        changes=changes,
        conflicts=changes.conflicts,
        ignored=changes.ignored,
        patch=patch,
        opinion=plan.opinion,
        look=look,
        lacks=plan.template.lacks,
        kept=plan.kept,
    )
