"""``blueprint adopt``: from what another program left in a project to our spec and our record.

The base is rendered again from the commit and the answers that are recorded there, so what differs
from it is the team's. Of the project's files none is touched.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.adopting.answering import answered
from blueprint_cli.adopting.differences import differences
from blueprint_cli.adopting.left import find_left, owned_of
from blueprint_cli.adopting.versions import following
from blueprint_cli.creating.staging import move_in, staging_folder
from blueprint_cli.errors import (
    BlueprintError,
    ProjectRefused,
    SourceFailed,
    SourceRefused,
    UsageError,
    some,
)
from blueprint_cli.files import write_whole
from blueprint_cli.git.repository import open_repository
from blueprint_cli.interruption import ignore_signals
from blueprint_cli.layout import FOLDER, IDENTITY, SPEC_FILE
from blueprint_cli.project import was_project
from blueprint_cli.record.journal import refuse_unfinished
from blueprint_cli.record.pristine import pristine
from blueprint_cli.spec.answers import UNCHOSEN_PATTERN
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.model import FORMAT, Spec, TemplateChoice
from blueprint_cli.spec.names import nearest_name
from blueprint_cli.spec.reading import read_spec, validate
from blueprint_cli.spec.writing import team_text
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.tree import File, Tree, write_tree
from blueprint_cli.updating.history import with_migrations_of
from blueprint_cli.updating.rebuild import standard_files, template_at
from blueprint_cli.updating.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprint_cli.adopting.answering import Ask
    from blueprint_cli.adopting.differences import Differences
    from blueprint_cli.adopting.left import Left
    from blueprint_cli.engines.asked import Value
    from blueprint_cli.engines.choosing import Chosen
    from blueprint_cli.engines.engine import TeamTemplate
    from blueprint_cli.record.pristine import Pristine
    from blueprint_cli.templates.source import Rendered, Template

# What Copier writes into its own file: machines' lines, which differ by the address that was used.
COPIERS_LINE: Final = re.compile(rb"^(_commit|_src_path): [^\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What the user asked for.

    Args:
        project: the folder; the current one where it is None.
        file: which file says where the project is from, where there are several.
        source: the template's address, where it moved.
        ref: what the base is rendered from, where the recorded commit is not to be had.
        answers: what was not recorded.
        trusted: whether code of the template may run.
        ask: asks for a secret answer that was not recorded; None where nobody is there.
        dry_run: write nothing.
        templates: others than the built-in ones.
    """

    project: Path | None = None
    file: str = ""
    source: str = ""
    ref: str = ""
    answers: Mapping[str, Value] = field(default_factory=dict)
    trusted: bool = False
    ask: Ask | None = None
    dry_run: bool = False
    templates: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A project that was taken over, or would have been.

    ``left`` is what another program said of it; None where the project is ours and had lost its
    record. ``files`` were written. ``unknown`` are recorded answers to no question. ``lacks`` is
    what the preview of a base does without. ``ignored`` are written files that git ignores.
    """

    project: Path
    spec: Spec
    left: Left | None
    template: Template
    files: tuple[str, ...]
    differences: Differences
    unknown: tuple[str, ...]
    lacks: tuple[str, ...]
    ignored: tuple[str, ...]
    dry_run: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """What the base is rendered from."""

    spec: Spec
    text: bytes
    template: Template
    left: Left | None = None
    unknown: tuple[str, ...] = ()


def adopt_project(request: Adoption, report: Callable[[str], None] = lambda _: None) -> Adopted:
    """Take a project over, and report each step of it.

    Raises:
        BlueprintError: in one of its kinds; nothing was written then.
        Interrupted: on a signal; nothing was written then.
    """
    project = (Path.cwd() if request.project is None else request.project).resolve()
    refuse_unfinished(project)
    lost = _has_lost_its_record(project)
    left = None if lost else find_left(project, request.file)
    with tempfile.TemporaryDirectory(prefix="blueprint-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        repository = open_repository(project, scratch)
        if not request.dry_run and (dirty := repository.changed()):
            raise ProjectRefused(
                f"{project} has changes that are not committed: {some(dirty)}",
                hint="Commit or stash them, then again: what is taken over is what is committed.",
            )
        report("Getting the template")
        found = (
            _of_ours(project, request, scratch)
            if left is None
            else _of_left(project, left, request, scratch)
        )
        report("Rendering what the project began as")
        made = _pristine(found, project, scratch)
        apart = () if left is None or left.is_rendered else (left.path,)
        differ = differences(repository, made.base, scratch, apart=apart)
        files = dict(made.files) if left is None else {SPEC_FILE: File(found.text), **made.files}
        if not request.dry_run:
            _write(project, files)
        return Adopted(
            project=project,
            spec=found.spec,
            left=left,
            template=found.template,
            files=tuple(files),
            differences=differ,
            unknown=found.unknown,
            lacks=found.template.lacks,
            ignored=tuple(repository.ignored(files)),
            dry_run=request.dry_run,
        )


def _has_lost_its_record(project: Path) -> bool:
    """Whether it is a project of ours without a record.

    Raises:
        ProjectRefused: where it is one that has it, or that has lost its spec.
    """
    spec, record = project / SPEC_FILE, project / IDENTITY
    if spec.is_file() and record.is_file():
        raise ProjectRefused(
            f"{project} is a blueprint project already",
            hint="Bring a newer template into it: blueprint update",
        )
    if record.is_file():
        raise ProjectRefused(
            f"{project} is a blueprint project that has lost {SPEC_FILE}",
            hint=f"Restore it from git: git log --oneline -- {SPEC_FILE}",
        )
    ours = spec.is_file() and (was_project(project) or (project / FOLDER).is_dir())
    if spec.exists() and not ours:
        raise ProjectRefused(
            f"{project} has a {SPEC_FILE} that is not of this program, which would be overwritten",
            hint="Move it away, then again.",
        )
    return ours


def _of_ours(project: Path, request: Adoption, scratch: Path) -> _Found:
    """Return what a project says of itself that has lost its record."""
    text = (project / SPEC_FILE).read_bytes()
    spec = read_spec(project / SPEC_FILE)
    if spec.template.is_builtin:
        return _Found(spec, text, find_template(spec.pattern, request.templates))
    if request.source:
        raise UsageError(
            f"{SPEC_FILE} says where the template of {project} is, not --from",
            hint=f"Change `source` below `template` in {SPEC_FILE}, commit it, then again.",
        )
    target = Target(trusted=request.trusted, answers=request.answers)
    ref = request.ref or _commit_by_copier(project) or spec.template.ref
    with _moved(request):
        chosen = template_at(spec, scratch, ref=ref, target=target)
    fetched = replace(chosen.template.fetched, ref=spec.template.ref)
    chosen = replace(chosen, template=replace(_previewed(chosen, request), fetched=fetched))
    chosen, _ = answered(chosen, spec.project.name, request.ask)
    return _Found(spec, text, chosen.template.for_pattern(spec.pattern))


def _commit_by_copier(project: Path) -> str:
    """Return the commit that a project stands on, where a file of its template says it."""
    with contextlib.suppress(BlueprintError):
        left = find_left(project)
        if left.is_rendered:
            return left.commit
    return ""


def _of_left(project: Path, left: Left, request: Adoption, scratch: Path) -> _Found:
    """Return what another program says of a project, as we say it."""
    from blueprint_cli.engines.choosing import open_chosen  # noqa: PLC0415 - only for a team's

    name = nearest_name(project.name)
    commit = request.ref or left.commit
    source = request.source or _here(left.source, project)
    choice = TemplateChoice(source=source, answers=dict(left.answers))
    with _moved(request):
        chosen = open_chosen(
            choice,
            scratch,
            ref=commit,
            trusted=request.trusted,
            given=request.answers,
        )
    if chosen.template.has_patterns:
        raise ProjectRefused(
            f"{left.program} did not make {project} of {source}: that is no template of its own",
            hint="Name the template where it was then: --from SOURCE, --ref REF",
        )
    if chosen.template.commit and not commit:
        raise ProjectRefused(
            f"{left.path} does not say which commit of {left.source} the project was made from",
            hint="Name the tag, branch or commit that it was: --ref REF",
        )
    fetched = following(chosen.template.fetched, "" if request.ref else left.follows)
    chosen = replace(chosen, template=replace(_previewed(chosen, request), fetched=fetched))
    chosen, unknown = answered(chosen, name, request.ask)
    choice = chosen.completed(choice, name)
    draft = Spec.model_validate(
        {
            "blueprint": FORMAT,
            "project": {"name": name},
            "pattern": UNCHOSEN_PATTERN,
            "template": choice.model_dump(),
            "owned": owned_of(left, lambda glob: _matching(project, glob)),
        }
    )
    text = team_text(draft)
    document = parse_document(text, SPEC_FILE)
    spec = validate(document.data, document)
    return _Found(spec, text.encode(), chosen.template, left, unknown)


def _here(source: str, project: Path) -> str:
    """Return a source; a folder that is named from beside the project is found there, too."""
    beside = project.parent / source
    is_relative = ":" not in source and not Path(source).exists() and beside.exists()
    return str(beside) if is_relative else source


def _previewed(chosen: Chosen, request: Adoption) -> TeamTemplate:
    """Return the template; only a preview may do without what would run.

    Raises:
        Untrusted: with what would run.
    """
    if request.dry_run:
        return replace(chosen.template, preview=True)
    chosen.template.refuse_untrusted()
    return chosen.template


@contextlib.contextmanager
def _moved(request: Adoption) -> Iterator[None]:
    """Say what to do where a source, or the commit, is not there any more."""
    try:
        yield
    except (SourceRefused, SourceFailed) as error:
        steps = [] if request.source else ["Where the template moved: --from SOURCE"]
        steps += [] if request.ref else ["Where the commit is gone, the nearest one: --ref REF"]
        hint = "\n".join([*([error.hint] if error.hint else []), *steps])
        raise type(error)(error.message, hint=hint) from error


def _matching(project: Path, glob: str) -> list[str]:
    """Return the project's files that a glob means, as cruft reads it."""
    try:
        found = [place for place in project.glob(glob) if place.is_file()]
    except (ValueError, NotImplementedError, OSError):
        return []
    return sorted(place.relative_to(project).as_posix() for place in found)


def _pristine(found: _Found, project: Path, scratch: Path) -> Pristine:
    def as_recorded(rendered: Rendered) -> Rendered:
        left = found.left
        if left is None:
            return with_migrations_of(rendered, project)
        if not left.is_rendered or left.path not in rendered.tree:
            return rendered
        file = rendered.tree[left.path]
        mine = {line[1]: line[0] for line in COPIERS_LINE.finditer(_read(project / left.path))}
        content = COPIERS_LINE.sub(lambda line: mine.get(line[1], line[0]), file.content)
        tree = Tree({**rendered.tree, left.path: replace(file, content=content)})
        return replace(rendered, tree=tree)

    return pristine(
        found.spec,
        found.text,
        found.template,
        scratch=scratch,
        history=as_recorded,
        standard=standard_files(found.spec),
    )


def _read(place: Path) -> bytes:
    return place.read_bytes().replace(b"\r\n", b"\n")


def _write(project: Path, files: Mapping[str, File]) -> None:
    """Write spec and record at once, where nothing of either is there."""
    if (project / FOLDER).exists():  # What is left of a record.
        for name, file in files.items():
            write_whole(project / name, file.content)
        return
    spec = {name: file for name, file in files.items() if name == SPEC_FILE}
    record = {name: file for name, file in files.items() if name != SPEC_FILE}
    with staging_folder(project) as staging:
        write_tree(Tree(spec), staging / "spec")
        write_tree(Tree(record), staging / "record")
        ignore_signals()  # From here on it takes a millisecond and is either done or undone.
        # In this order: killed in between, it is a project without a record, which can be adopted.
        move_in(staging / "spec", project)
        try:
            move_in(staging / "record", project)
        except BaseException:
            for name in spec:
                (project / name).unlink()
            raise
