"""What moving a project to another render would do; nothing is written into the project."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from blueprint_cli.decisions import is_decision
from blueprint_cli.errors import ProjectRefused, SpecInvalid
from blueprint_cli.git.contents import Contents
from blueprint_cli.git.entries import entries_of
from blueprint_cli.git.merge_repository import MergeRepository
from blueprint_cli.git.repository import open_repository
from blueprint_cli.layout import DECISION, DECISIONS, IDENTITY, LEFT_BEHIND, SPEC_FILE
from blueprint_cli.patterns import PATTERNS
from blueprint_cli.project import read_project
from blueprint_cli.recommendation.measured import corrected, read_corrections
from blueprint_cli.recommendation.recommend import recommend
from blueprint_cli.recommendation.rules import load_rules
from blueprint_cli.record.left_behind import left_behind_file, read_left_behind
from blueprint_cli.record.pristine import pristine
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate
from blueprint_cli.spec.writing import complete
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.updating.changes import REMOVED, Changed
from blueprint_cli.updating.drawn import filled
from blueprint_cli.updating.editing import with_raised_events
from blueprint_cli.updating.evolution import move_of, opinion_of, refuse_ruled_out
from blueprint_cli.updating.history import History
from blueprint_cli.updating.merge import OURS, RESULT, Merge, Outcome, Renders
from blueprint_cli.updating.merged_tree import model_of
from blueprint_cli.updating.obstacles import in_the_way
from blueprint_cli.updating.paths import PathMap, by_source, of_contexts_by_hand
from blueprint_cli.updating.renamed_sources import RenamedSources
from blueprint_cli.updating.standard import held_to
from blueprint_cli.updating.target import Target, reach

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprint_cli.domain.model import Model
    from blueprint_cli.git.entries import Entries, Entry
    from blueprint_cli.git.repository import ProjectRepository
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.project import RecordedProject
    from blueprint_cli.record.pristine import Pristine
    from blueprint_cli.record.record import Record
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.standards.standard import Standard
    from blueprint_cli.templates.source import Template
    from blueprint_cli.updating.drawn import Kept
    from blueprint_cli.updating.evolution import Evolution, Move, Opinion

    SpecEdit = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A merge that is done aside, and what is needed to bring it into the project.

    ``loose`` are rendered files that git neither tracks nor ignores: nobody has committed them.
    ``opinion``: what the recommendation thinks of the pattern, where the project goes to another.
    ``model``: what the described contexts are to be. ``edits``: whether ``blueprint.yaml`` is
    edited, too. ``standard``: the version of the standard; empty without one. ``kept``: where
    values stay that the template draws at random.
    """

    repository: ProjectRepository
    merging: MergeRepository
    scratch: Path
    outcome: Outcome
    new: Pristine
    record: Record
    template: Template
    label: str
    spec: Spec
    model: Model
    loose: tuple[str, ...] = ()
    opinion: Opinion | None = None
    edits: bool = False
    standard: str = ""
    kept: tuple[Kept, ...] = ()
    migrated: frozenset[str] = frozenset()

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
        pattern = self.new.pattern
        return pattern != self.record.render.pattern

    def patch(self) -> str:
        """Return what would change, as a patch."""
        self.merging.commit({OURS: self.outcome.before, RESULT: self.outcome.after})
        return self.merging.patch(OURS, RESULT).decode(errors="backslashreplace")


@contextlib.contextmanager
def planned(  # noqa: PLR0913 - what may be asked for
    path: Path | None,
    *,
    evolution: Evolution | None = None,
    edit: SpecEdit | None = None,
    only_shown: bool = False,
    target: Target | None = None,
    templates: Path | None = None,
) -> Iterator[Plan]:
    """Merge what the installed version renders into a project's files, aside.

    Args:
        path: the project's folder.
        evolution: where it goes to another pattern.
        edit: what is to stand in ``blueprint.yaml``, made of its text.
        only_shown: a pattern that is ruled out is refused only where the plan is for more, and a
            template's code that may not run is left out.
        target: where a team's template is to go.
        templates: others than the built-in ones.

    Raises:
        BlueprintError: in one of its kinds, saying what to do.
    """
    project = read_project(path)
    with tempfile.TemporaryDirectory(prefix="blueprint-", ignore_cleanup_errors=True) as folder:
        asked = target or Target()
        yield _Planning(project, Path(folder), evolution, edit, only_shown, asked, templates).plan()


@dataclass(frozen=True, slots=True)
class _Planning:
    """A plan in the making; ``scratch`` is where its temporary files go."""

    project: RecordedProject
    scratch: Path
    evolution: Evolution | None
    edit: SpecEdit | None
    only_shown: bool
    target: Target
    templates: Path | None

    def plan(self) -> Plan:
        self._refuse_pattern()
        project, scratch = self.project, self.scratch
        repository = open_repository(project.root, scratch)
        merging = MergeRepository.make(scratch / "merge", repository.objects, repository.algorithm)
        ours = repository.files(scratch, merging.objects, project.record.base)
        spec, text = self._spec(ours, merging)
        template, spec, text = self._template(spec, text)
        held = held_to(self.target, spec, text, project.record)
        spec, text = held.spec, held.text
        move = self._move(spec, template, ours, held.standard)
        history = None
        if template.has_patterns:
            history = History(project.record, spec, text.decode(), Contents(ours, merging))
        new = pristine(
            spec,
            text,
            template,
            scratch=scratch,
            history=history.added_to if history else None,
            revisions=history.revisions() if history else (),
            standard=held.files,
        )
        fill = filled(project.record.base, new.base, new.fresh, Contents(ours, merging))
        renders = Renders(
            base=fill.base,
            new=fill.new,
            label=_label(template, evolves=move is not None),
            paths=_paths(project.record, new, template, spec),
            owned=_owned(spec, template, ours),
            every_move_is_known=move is not None,
            once=move.once if move else None,
        )
        as_edited = ours if self.evolution is not None else _with_spec(ours, text, merging)
        outcome = Merge(repository=merging, ours=as_edited, renders=renders).outcome()
        if as_edited is not ours:
            in_base = entries_of(renders.base, merging.algorithm).get(SPEC_FILE)
            outcome = _with_edit(outcome, ours[SPEC_FILE], as_edited[SPEC_FILE], in_base)
        if move:
            outcome = move.noted_in(outcome, merging, renders.owned)
        plan = Plan(
            repository=repository,
            merging=merging,
            scratch=scratch,
            outcome=outcome,
            new=_with_left_behind(new, outcome, project.root, moves=move is not None),
            record=project.record,
            template=template,
            label=renders.label,
            spec=spec,
            model=spec.domain,
            opinion=move.opinion if move else None,
            edits=self.edit is not None,
            standard=held.version,
            kept=fill.kept,
        )
        return _with_obstacles(_with_ignored(plan, renders.owned))

    def _move(
        self, spec: Spec, template: Template, ours: Entries, standard: Standard | None
    ) -> Move | None:
        """Return what a move to another pattern brings with it, beside the merge."""
        if self.evolution is None:
            return None
        before: Pattern = cast("Pattern", self.project.record.render.pattern)
        rules = (standard.rules if standard else None) or load_rules()
        rules = corrected(rules, read_corrections(self.project.root))
        result = recommend(spec.known_requirements(), rules)
        if standard is not None and not standard.allowed_among([spec.pattern]):
            raise ProjectRefused(
                f"the standard {standard.label} allows no {spec.pattern}",
                hint=f"It allows: {', '.join(standard.allowed_among(PATTERNS))}.",
            )
        if not self.only_shown:
            refuse_ruled_out(opinion_of(spec.pattern, result), self.evolution)
        guide = template.render_guide(spec, before, scratch=self.scratch)
        there = (self.project.root / DECISIONS).glob("*")
        untracked = [entry.relative_to(self.project.root).as_posix() for entry in there]
        return move_of(self.evolution, before, result, guide, [*ours, *untracked])

    def _refuse_pattern(self) -> None:
        recorded, wanted = self.project.record.render.pattern, self.project.spec.pattern
        if not recorded:  # Of a template without patterns.
            if self.evolution is not None or self.edit is not None:
                source = self.project.record.render.source
                raise ProjectRefused(f"a project of {source} has neither a pattern nor contexts")
            return
        if self.evolution is not None and self.evolution.to == recorded:
            raise ProjectRefused(f"{self.project.root} is a {recorded} already")
        if self.evolution is None and wanted != recorded:
            raise ProjectRefused(
                f"{SPEC_FILE} says {wanted}, and the project is a {recorded}",
                hint=f"`blueprint evolve --to {wanted}` moves it there; "
                f"for `blueprint update` set `pattern: {recorded}` again.",
            )

    def _spec(self, ours: Entries, merging: MergeRepository) -> tuple[Spec, bytes]:
        """Return what the project is to be, and its text as git would store it.

        So its line endings are no difference; of what git does not track, the file is read.
        """
        spec = self.project.spec
        if SPEC_FILE in ours:
            oid = ours[SPEC_FILE].oid
            text = merging.read_blobs([oid])[oid]
        else:
            text = (self.project.root / SPEC_FILE).read_bytes()
        if self.evolution is None:
            if self.edit is not None:
                text = self.edit(text.decode()).encode()
                spec = self._valid(text.decode())
            before = model_of(self.project.record.base)
            raised = with_raised_events(text.decode(), before, spec.domain)
            return (spec, text) if raised is None else (self._valid(raised), raised.encode())
        to = self.evolution.to
        completed = complete(text.decode(), SPEC_FILE, [(("pattern",), to)])
        return self._valid(completed), completed.encode()

    @staticmethod
    def _valid(text: str) -> Spec:
        """Return what an edited text says.

        Raises:
            SpecInvalid: with every problem that the edit would leave.
        """
        document = parse_document(text, SPEC_FILE)
        try:
            return validate(document.data, document)
        except SpecInvalid as invalid:
            count = (
                "one problem" if len(invalid.problems) == 1 else f"{len(invalid.problems)} problems"
            )
            raise SpecInvalid(
                f"{SPEC_FILE} would have {count}; nothing was changed",
                hint="Lines are those that it would have. Change what is named first, or edit "
                f"{SPEC_FILE} yourself and run `blueprint update`.",
                problems=invalid.problems,
            ) from None

    def _template(self, spec: Spec, text: bytes) -> tuple[Template, Spec, bytes]:
        """Return the template, and the spec and its text as they are for it."""
        if spec.template.is_builtin:
            pattern = find_template(spec.pattern, self.templates)
            self.target.refuse_for_builtin(pattern.version)
            return pattern, spec, text
        render = self.project.record.render
        target = self.target
        if self.evolution is not None or self.edit is not None:
            target = replace(target, to=target.to or render.ref)  # One step at a time.
        reached = reach(target, spec, text, render, self.scratch)
        template = replace(reached.template, preview=self.only_shown)
        return template, reached.spec, reached.text


def _with_spec(ours: Entries, text: bytes, merging: MergeRepository) -> Entries:
    """Put the edited spec into the user's files: it is theirs, and merges with nothing."""
    if SPEC_FILE not in ours:
        return ours
    (entry,) = merging.store_blobs([text], ours[SPEC_FILE].mode)
    return ours if entry == ours[SPEC_FILE] else {**ours, SPEC_FILE: entry}


def _label(template: Template, *, evolves: bool) -> str:
    """Return what conflict markers call the new render."""
    if not template.has_patterns:
        return f"{template.name}-{template.version}"
    return f"blueprint-{template.name if evolves else template.version}"


def _with_edit(outcome: Outcome, mine: Entry, edited: Entry, in_base: Entry | None) -> Outcome:
    """Tell the edit of ``blueprint.yaml`` from what the user had done to it before."""
    changes = outcome.changes
    by_user = mine != in_base
    rest = [one for one in changes.changed if one.path != SPEC_FILE]
    changed = [*rest, Changed(SPEC_FILE, edited=by_user)] if mine != edited else rest
    yours = [path for path in changes.yours.edited if path != SPEC_FILE or by_user]
    return replace(
        outcome,
        before={**outcome.before, SPEC_FILE: mine},
        changes=replace(
            changes,
            changed=tuple(sorted(changed, key=lambda one: one.path)),
            yours=replace(changes.yours, edited=tuple(yours)),
        ),
    )


def _paths(record: Record, new: Pristine, template: Template, spec: Spec) -> PathMap:
    """Return where each file of the base is in the new render, as far as that is known."""
    renamed = RenamedSources(model_of(record.base), spec.domain)
    before = {path: renamed(_moved(source, template)) for path, source in record.sources.items()}
    by_hand = [name for name, context in spec.contexts.items() if context.by_hand]
    return PathMap(
        {SPEC_FILE: SPEC_FILE, **by_source(before, new.sources)},
        of_contexts_by_hand(before, new.sources, by_hand),
    )


def _moved(source: str, template: Template) -> str:
    """Return where a template's file is now, which an earlier version had elsewhere."""
    for old, place in template.moves.items():
        if source == old:
            return place
        if source.startswith(f"{old}/"):
            return place + source[len(old) :]
    return source


def _owned(spec: Spec, template: Template, ours: Entries) -> Callable[[str], bool]:
    """Return which paths an update leaves alone.

    The project has taken them over, or they are there and its template renders them but once.
    """
    taken = tuple(owned.path.rstrip("/") for owned in spec.owned)
    folders = tuple(f"{path}/" for path in taken)
    once = template.skipped(spec)
    return lambda path: path in taken or path.startswith(folders) or (path in ours and once(path))


def _with_ignored(plan: Plan, owned: Callable[[str], bool]) -> Plan:
    """Tell what git ignores from what the user deleted: no commit had it, so nobody could.

    What the project owns is its own business.
    """
    repository, outcome, changes = plan.repository, plan.outcome, plan.outcome.changes
    if repository.stand_in:
        return plan
    own = [DECISION] if (repository.project / DECISION).is_file() else []
    after = {*outcome.after, *outcome.stages, *plan.new.files, *own}
    rendered = sorted(path for path in after.union(plan.record.base) if not owned(path))
    unknown = repository.untracked(rendered)
    ignored = set(repository.ignored(unknown))
    absent = ignored - after
    changes = replace(
        changes,
        ignored=tuple(sorted(ignored & after)),
        ignored_absent=tuple(sorted(absent.intersection(changes.yours.deleted))),
        kept_deleted=tuple(path for path in changes.kept_deleted if path not in absent),
        yours=replace(
            changes.yours,
            deleted=tuple(path for path in changes.yours.deleted if path not in absent),
        ),
    )
    loose = [path for path in unknown if path in outcome.before and path not in ignored]
    return replace(plan, outcome=replace(outcome, changes=changes), loose=tuple(loose))


def _with_left_behind(new: Pristine, outcome: Outcome, project: Path, *, moves: bool) -> Pristine:
    """Add the list of the user's files that have no place any more, as long as they are there."""
    changes = outcome.changes
    edited = [one.path for one in changes.conflicts if moves and one.kind == REMOVED]
    listed = {*read_left_behind(project), *changes.left_behind, *edited}
    paths = [path for path in listed if path in outcome.after and path not in new.base]
    if not paths:
        return new
    return replace(new, files={**new.files, LEFT_BEHIND: left_behind_file(paths)})


def _with_obstacles(plan: Plan) -> Plan:
    """Add what is in the way; a decision record is no edit of the user's."""
    changes = plan.outcome.changes
    added = tuple(path for path in changes.yours.added if not is_decision(path))
    blocked = in_the_way(plan.repository, plan.merging, plan.outcome, plan.writes, plan.removals)
    changes = replace(changes, in_the_way=tuple(blocked), yours=replace(changes.yours, added=added))
    return replace(plan, outcome=replace(plan.outcome, changes=changes))
