"""What moving a project to another render would do; nothing is written into the project."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli.errors import ProjectRefused, RecordDamaged
from blueprint_cli.git.merge_repository import MergeRepository
from blueprint_cli.git.repository import open_repository
from blueprint_cli.project import DECISION, IDENTITY, SPEC_FILE
from blueprint_cli.record.pristine import pristine
from blueprint_cli.record.record import read_record
from blueprint_cli.record.render import read_render, refuse_later_version
from blueprint_cli.spec.reading import read_spec
from blueprint_cli.spec.writing import complete
from blueprint_cli.templates.render import render_guide
from blueprint_cli.templates.template import find_template
from blueprint_cli.updating.merge import OURS, RESULT, Outcome, Renders, merge
from blueprint_cli.updating.obstacles import in_the_way
from blueprint_cli.updating.paths import PathMap, by_source
from blueprint_cli.updating.rebuild import how_to_rebuild

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprint_cli.git.entries import Entries, Entry
    from blueprint_cli.git.repository import ProjectRepository
    from blueprint_cli.record.pristine import Pristine
    from blueprint_cli.record.record import Record
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.template import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A merge that is done aside, and what is needed to bring it into the project."""

    repository: ProjectRepository
    merging: MergeRepository
    scratch: Path
    outcome: Outcome
    new: Pristine
    record: Record
    template: Template
    label: str

    @property
    def writes(self) -> Mapping[str, Entry]:
        """The files that have to be written."""
        before, after = self.outcome.before, self.outcome.after
        return {path: entry for path, entry in after.items() if before.get(path) != entry}

    @property
    def removals(self) -> list[str]:
        """The files that have to be removed."""
        return [path for path in self.outcome.before if path not in self.outcome.after]

    @property
    def advances(self) -> bool:
        """Whether the record would change, be it only in the version that it names."""
        named = self.new.files[IDENTITY].content
        return (self.repository.project / IDENTITY).read_bytes() != named

    @property
    def evolves(self) -> bool:
        """Whether the project goes to another pattern."""
        return self.template.name != self.record.render.name

    def patch(self) -> str:
        """Return what would change, as a patch."""
        self.merging.commit({OURS: self.outcome.before, RESULT: self.outcome.after})
        return self.merging.patch(OURS, RESULT).decode(errors="backslashreplace")


@contextlib.contextmanager
def planned(
    project: Path, *, evolve_to: str | None = None, templates: Path | None = None
) -> Iterator[Plan]:
    """Merge what the installed version renders into a project's files, aside.

    Raises:
        BlueprintError: in one of its kinds, saying what to do.
    """
    record, spec = _read(project)
    _refuse_pattern(project, record, spec, evolve_to)
    with tempfile.TemporaryDirectory(prefix="blueprint-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        repository = open_repository(project, scratch)
        merging = MergeRepository.make(scratch / "merge", repository.objects, repository.algorithm)
        ours = repository.tracked(scratch, merging.objects)
        text = _spec_text(project, ours, merging)
        if evolve_to is not None:
            completed = complete(text.decode(), SPEC_FILE, [(("pattern",), evolve_to)])
            text, spec = completed.encode(), spec.model_copy(update={"pattern": evolve_to})
        template = find_template(spec.pattern, templates)
        new = pristine(spec, text, template, scratch=scratch)
        label = f"blueprint-{evolve_to or template.version}"
        renders = Renders(
            base=record.base,
            new=new.base,
            label=label,
            paths=PathMap(_places(record, new, template)),
            owned=_owned(spec),
            every_move_is_known=evolve_to is not None,
            once=render_guide(spec, template, record.render.pattern, scratch=scratch)
            if evolve_to
            else None,
        )
        plan = Plan(
            repository=repository,
            merging=merging,
            scratch=scratch,
            outcome=merge(merging, ours, renders),
            new=new,
            record=record,
            template=template,
            label=label,
        )
        yield _with_obstacles(plan)


def _read(project: Path) -> tuple[Record, Spec]:
    """Read record and spec; a later version's record comes before what else might be wrong."""
    refuse_later_version(read_render(project), project)
    spec = read_spec(project / SPEC_FILE)
    try:
        return read_record(project), spec
    except RecordDamaged as error:
        raise RecordDamaged(
            f"{error.message}: without the base your edits cannot be told from the template's",
            hint=error.hint or how_to_rebuild(project),
        ) from error


def _refuse_pattern(project: Path, record: Record, spec: Spec, evolve_to: str | None) -> None:
    recorded = record.render.pattern
    if evolve_to == recorded:
        raise ProjectRefused(f"{project} is a {evolve_to} already")
    if evolve_to is None and spec.pattern != recorded:
        raise ProjectRefused(
            f"{SPEC_FILE} says {spec.pattern}, and the project is a {recorded}",
            hint=f"`blueprint evolve --to {spec.pattern}` moves it there; "
            f"for `blueprint update` set `pattern: {recorded}` again.",
        )


def _spec_text(project: Path, ours: Entries, merging: MergeRepository) -> bytes:
    """Return the spec as git would store it, so that line endings are no difference."""
    if SPEC_FILE not in ours:
        return (project / SPEC_FILE).read_bytes()
    oid = ours[SPEC_FILE].oid
    return merging.read_blobs([oid])[oid]


def _places(record: Record, new: Pristine, template: Template) -> dict[str, str]:
    """Return where each file of the base is in the new render, as far as that is known."""
    before = {path: _moved(source, template) for path, source in record.sources.items()}
    return {SPEC_FILE: SPEC_FILE, **by_source(before, new.sources)}


def _moved(source: str, template: Template) -> str:
    """Return where a template's file is now, which an earlier version had elsewhere."""
    for old, place in template.moves.items():
        if source == old:
            return place
        if source.startswith(f"{old}/"):
            return place + source[len(old) :]
    return source


def _owned(spec: Spec) -> Callable[[str], bool]:
    taken = tuple(owned.path.rstrip("/") for owned in spec.owned)
    folders = tuple(f"{path}/" for path in taken)
    return lambda path: path in taken or path.startswith(folders)


def _with_obstacles(plan: Plan) -> Plan:
    """Add what is in the way; the decision record is no edit of the user's."""
    changes = plan.outcome.changes
    added = tuple(path for path in changes.yours.added if path != DECISION)
    blocked = in_the_way(plan.repository, plan.merging, plan.outcome, plan.writes, plan.removals)
    changes = replace(changes, in_the_way=tuple(blocked), yours=replace(changes.yours, added=added))
    return replace(plan, outcome=replace(plan.outcome, changes=changes))
