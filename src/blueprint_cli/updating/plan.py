"""What moving a project to another render would do; nothing is written into the project."""

from __future__ import annotations

import contextlib
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import NotAProject, ProjectFromTheFuture, ProjectRefused, RecordDamaged
from blueprint_cli.git.merge_repository import Workshop
from blueprint_cli.git.repository import open_repository
from blueprint_cli.project.pristine import pristine
from blueprint_cli.record.record import (
    DECISION,
    FOLDER,
    IDENTITY,
    read_record,
    read_render,
)
from blueprint_cli.spec.reading import read_spec
from blueprint_cli.spec.writing import SPEC_FILE, complete
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.updating.merge import OURS, RESULT, Outcome, Renders, merge
from blueprint_cli.updating.obstacles import obstacles
from blueprint_cli.updating.paths import PathMap, by_source
from blueprint_cli.updating.rebuild import how_to_rebuild
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprint_cli.git.entries import Entry
    from blueprint_cli.git.repository import Repository
    from blueprint_cli.project.pristine import Pristine
    from blueprint_cli.record.record import Record
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.source import Template

RELEASE: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Plan:
    """A merge that is done aside, and what is needed to bring it into the project."""

    repository: Repository
    workshop: Workshop
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
        named = self.new.record[IDENTITY].content
        return (self.repository.project / IDENTITY).read_bytes() != named

    def patch(self) -> str:
        """Return what would change, as a patch."""
        self.workshop.commit({OURS: self.outcome.before, RESULT: self.outcome.after})
        return self.workshop.patch(OURS, RESULT).decode(errors="backslashreplace")


def project_root(path: Path | None) -> Path:
    """Return the folder of a project.

    Raises:
        NotAProject: where it is none.
    """
    root = (Path.cwd() if path is None else path).resolve()
    if (root / SPEC_FILE).is_file() and (root / FOLDER).is_dir():
        return root
    raise NotAProject(
        f"{root} is no blueprint project: it has no {SPEC_FILE} and {FOLDER}/",
        hint="Give the PATH of one, or make one: blueprint new NAME --defaults",
    )


@contextlib.contextmanager
def planned(
    project: Path, *, evolve_to: str | None = None, templates: Path | None = None
) -> Iterator[Plan]:
    """Merge what the installed version renders into a project's files, aside.

    Raises:
        BlueprintError: in one of its kinds, saying what to do.
    """
    refuse_the_future(project)
    spec = read_spec(project / SPEC_FILE)
    record = _read_record(project)
    if evolve_to == record.render.name:
        raise ProjectRefused(f"{project} is a {evolve_to} already")
    if evolve_to is None and spec.pattern != record.render.name:
        raise ProjectRefused(
            f"{SPEC_FILE} says {spec.pattern}, and the project is a {record.render.name}",
            hint=f"`blueprint evolve --to {spec.pattern}` moves it there; "
            f"for `blueprint update` set `pattern: {record.render.name}` again.",
        )
    with tempfile.TemporaryDirectory(prefix="blueprint-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        repository = open_repository(project, scratch)
        workshop = Workshop.make(scratch / "merge", repository.objects, repository.algorithm)
        ours = repository.tracked(scratch, workshop.store)
        if SPEC_FILE in ours:
            oid = ours[SPEC_FILE].oid
            text = workshop.contents([oid])[oid]
        else:
            text = (project / SPEC_FILE).read_bytes()
        if evolve_to is not None:
            completed = complete(text.decode(), SPEC_FILE, [(("pattern",), evolve_to)])
            text = completed.encode()
            spec = spec.model_copy(update={"pattern": evolve_to})
        template = find_template(spec.pattern, templates)
        new = pristine(spec, text, template, scratch=scratch)
        label = f"blueprint-{template.version}" if evolve_to is None else f"blueprint-{evolve_to}"
        guide = None
        if evolve_to is not None:
            guide = template.render_guide(spec, record.render.name, scratch=scratch)
        outcome = merge(
            workshop,
            ours,
            Renders(
                base=record.base,
                new=new.base,
                label=label,
                paths=PathMap(_places(record, new, template)),
                owned=_owned(spec),
                every_move_is_known=evolve_to is not None,
                once=guide,
            ),
        )
        plan = Plan(repository, workshop, scratch, outcome, new, record, template, label)
        blocked = tuple(_in_the_way(plan))
        yours = outcome.changes.yours
        added = tuple(path for path in yours.added if path != DECISION)
        changes = replace(outcome.changes, in_the_way=blocked, yours=replace(yours, added=added))
        yield replace(plan, outcome=replace(outcome, changes=changes))


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


def refuse_the_future(project: Path) -> None:
    """Refuse a project that a later version rendered.

    Raises:
        ProjectFromTheFuture: naming the version.
        RecordDamaged: where the record cannot be read.
    """
    recorded, installed = read_render(project).version, installed_version()
    if _release(recorded) > _release(installed):
        raise ProjectFromTheFuture(
            f"{project} was rendered by blueprint {recorded}, and this is {installed}",
            hint=f"Upgrade to {recorded} or later: pip install --upgrade "
            f"'backend-blueprint>={recorded}'",
        )


def _release(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, as far as they compare: 0.10.1 comes after 0.9."""
    return tuple(int(number) for number in RELEASE.findall(version.partition("+")[0])[:3])


def _read_record(project: Path) -> Record:
    try:
        return read_record(project)
    except RecordDamaged as error:
        raise RecordDamaged(
            f"{error.message}: without the base your edits cannot be told from the template's",
            hint=error.hint or how_to_rebuild(project),
        ) from error


def _owned(spec: Spec) -> Callable[[str], bool]:
    taken = tuple(owned.path.rstrip("/") for owned in spec.owned)
    folders = tuple(f"{path}/" for path in taken)
    return lambda path: path in taken or path.startswith(folders)


def _in_the_way(plan: Plan) -> Iterator[str]:
    """Yield what has to be written over and is in no commit: git does not track it, or looks away.

    A submodule is in the way as a whole: what is below it is another repository's.
    """
    project, before = plan.repository.project, plan.outcome.before
    touched = {*plan.writes, *plan.removals}
    yield from (path for path in plan.repository.overlooked() if path in touched)
    for module in (path for path, entry in before.items() if entry.kind == "160"):
        if module in touched or any(path.startswith(f"{module}/") for path in touched):
            yield module
    removed = set(plan.removals)
    new = {path: entry for path, entry in plan.writes.items() if path not in before}
    contents = plan.workshop.contents(
        entry.oid for path, entry in new.items() if (project / path).is_file()
    )
    seen: set[str] = set()
    for path, entry in new.items():
        for obstacle in obstacles(project, path, removed):
            place = project / path
            same = (
                obstacle == path
                and not place.is_symlink()
                and place.is_file()
                and place.read_bytes() == contents[entry.oid]
            )
            if not same and obstacle not in seen:
                seen.add(obstacle)
                yield obstacle
