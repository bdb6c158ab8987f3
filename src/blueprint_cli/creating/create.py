"""``blueprint new``: from answers to a project that stands whole, or to nothing."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from blueprint_cli.creating.destination import (
    check_destination,
    explained,
    name_and_destination,
    nearest_folder,
)
from blueprint_cli.creating.refusals import Refusals
from blueprint_cli.creating.staging import (
    alone_in,
    move_in,
    put_in_place,
    staging_folder,
)
from blueprint_cli.creating.surroundings import GitOutcome, plan_repository
from blueprint_cli.decisions import check_reason
from blueprint_cli.errors import BlueprintError
from blueprint_cli.git.command import create_repository
from blueprint_cli.interruption import ignore_signals
from blueprint_cli.record.pristine import clash_with_blueprint, pristine
from blueprint_cli.spec.answers import answered, merge
from blueprint_cli.spec.document import laid_over, read_document
from blueprint_cli.spec.names import nearest_name
from blueprint_cli.spec.writing import team_text
from blueprint_cli.tree import PathClash, write_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprint_cli.domain.open_functions import OpenFunction
    from blueprint_cli.engines.asked import Value
    from blueprint_cli.engines.choosing import Chosen
    from blueprint_cli.engines.engine import TeamTemplate
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.record.pristine import Pristine
    from blueprint_cli.spec.answers import Answers, Contexts
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.standards.standard import Standard
    from blueprint_cli.templates.source import Template
    from blueprint_cli.tree import File, Tree


@dataclass(frozen=True, slots=True)
class HeldTo:
    """What a project is held to: a standard, or none; and who named it."""

    standard: Standard | None = None
    named_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProject:
    """What the user asked for.

    ``described``: contexts where no example is named.
    ``comments``: what stands beside values in ``blueprint.yaml``, by key, where no answers file is
    completed.
    ``template``: a team's own, with its ``ref``; ``trusted``: whether code of it may run;
    ``template_answers``: to its questions; ``opened``: the template, where it was found already.
    ``standard``: where the team's standard comes from, with its ``standard_ref``; ``held_to``: what
    `with_standard` has found.
    """

    name: str
    output: Path | None = None
    answers: tuple[Path, ...] = ()
    settings: tuple[str, ...] = ()
    example: str | None = None
    described: Contexts | None = None
    comments: Mapping[str, str] = field(default_factory=dict)
    pattern: str | None = None
    reason: str = ""
    template: str | None = None
    ref: str = ""
    trusted: bool = False
    template_answers: Mapping[str, Value] = field(default_factory=dict)
    opened: Chosen | None = None
    standard: str | None = None
    standard_ref: str = ""
    held_to: HeldTo | None = None
    git: bool = True
    dry_run: bool = False
    templates: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A project that was created, or with ``dry_run`` would have been.

    ``pattern`` and ``recommended`` are None where its template knows no patterns. ``to_write`` are
    the functions that its owner writes. ``held_to`` is its standard.
    """

    name: str
    pattern: Pattern | None
    pattern_chosen: bool
    recommended: Pattern | None
    spec: Spec
    path: Path
    files: tuple[str, ...]
    template: str
    template_version: str
    repository: GitOutcome
    dry_run: bool
    held_to: HeldTo
    to_write: tuple[OpenFunction, ...] = ()


def _no_report(_: str) -> None:
    """Nobody waits for the steps."""


def locate(request: NewProject) -> Path:
    """Return where the project would stand.

    Raises:
        BlueprintError: where its name, its place or the reason will not do.
    """
    refusals = Refusals()
    place = _place(request, refusals)
    if refusals or place is None:
        refusals.raise_all()
    return place[1]


def create_project(request: NewProject, report: Callable[[str], None] = _no_report) -> Created:
    """Create a project, and report each step of it.

    Raises:
        BlueprintError: in one of its kinds; nothing was written then.
        Interrupted: on a signal; nothing was written then.
    """
    refusals = Refusals()
    place = _place(request, refusals)
    given = request
    request = refusals.attempt("--standard", lambda: with_standard(given)) or given
    answers = _answers(request, place, refusals)
    if refusals or place is None or answers is None:
        refusals.raise_all()
    with _made(request, answers, report) as made:
        creation = _Creation(request, place[1], made, report)
        with explained(creation.destination):
            return creation.preview() if request.dry_run else creation.create()


def with_standard(request: NewProject) -> NewProject:
    """Return the request with the standard that it, its answers, or a default names.

    Raises:
        BlueprintError: in one of its kinds, where there is none, or it cannot be read.
    """
    if request.held_to is not None:
        return request
    from blueprint_cli.standards.choosing import wanted_standard  # noqa: PLC0415 - 10 ms

    documents = []
    for path in request.answers:
        with contextlib.suppress(BlueprintError):  # Which is said where the answers are merged.
            documents.append(read_document(path, what="answers"))
    said, given = answered(laid_over(documents), request.settings, "standard")
    answers = given if isinstance(given, dict) else {}
    wanted = wanted_standard(request.standard, request.standard_ref, answers, said=said)
    if wanted is None:
        return replace(request, held_to=HeldTo())
    from blueprint_cli.standards.opening import open_standard  # noqa: PLC0415 - only where it is

    standard = open_standard(wanted.source, wanted.ref)
    return replace(request, held_to=HeldTo(standard, wanted.origin))


def standard_of(request: NewProject) -> Standard | None:
    """Return what the project is held to; None where there is nothing."""
    return request.held_to.standard if request.held_to else None


def _place(request: NewProject, refusals: Refusals) -> tuple[str, Path] | None:
    """Return name and destination; None where one of them will not do."""
    refusals.attempt("--reason", lambda: check_reason(request.reason))
    place = refusals.attempt("NAME", lambda: name_and_destination(request.name, request.output))
    if place is not None:
        refusals.attempt("--output", lambda: check_destination(place[1]))
    return place


def _answers(
    request: NewProject, place: tuple[str, Path] | None, refusals: Refusals
) -> Answers | None:
    """Return the answers, for the nearest name where the one that was asked for will not do."""
    name = place[0] if place else nearest_name(request.name)
    read = [
        refusals.attempt(str(path), functools.partial(read_document, path, what="answers"))
        for path in request.answers
    ]
    document = laid_over([each for each in read if each is not None])
    example: Contexts | None = request.described
    if (named := request.example) is not None:
        from blueprint_cli.templates.builtin import find_example  # noqa: PLC0415 - for ours alone

        example = refusals.attempt("--example", lambda: find_example(named, request.templates))
    return refusals.attempt(
        "the command line",
        lambda: merge(
            document,
            request.settings,
            name=name,
            pattern=request.pattern,
            template=request.template,
            ref=request.ref,
            example=example,
            standard=standard_of(request),
        ),
    )


class _Made(Protocol):
    """What is to be created: all that it is made of is known and was checked."""

    @property
    def spec(self) -> Spec:
        """Return what the project is."""

    @property
    def template(self) -> Template:
        """Return what it is rendered from."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return what else is said of it: the last fields of `Created`."""

    def tree(self, *, scratch: Path | None) -> Tree:
        """Render everything that the project holds, its spec and its record included."""

    def to_write(self, tree: Tree) -> tuple[OpenFunction, ...]:
        """Return the functions that the project's owner writes."""


@contextlib.contextmanager
def _made(request: NewProject, answers: Answers, report: Callable[[str], None]) -> Iterator[_Made]:
    """Find the template that was asked for; what a team's needs is there as long as it is used."""
    if answers.spec.template.is_builtin:
        yield _of_pattern(request, answers)
        return
    if request.opened is not None:
        yield _of_team(request, answers, request.opened)
        return
    from blueprint_cli.engines.choosing import open_chosen  # noqa: PLC0415 - only for a team's

    report("Getting the template")
    with tempfile.TemporaryDirectory(prefix="blueprint-", ignore_cleanup_errors=True) as folder:
        yield _of_team(
            request,
            answers,
            open_chosen(answers.spec.template, Path(folder), trusted=request.trusted),
        )


def _of_pattern(request: NewProject, answers: Answers, chosen: Chosen | None = None) -> _Made:
    from blueprint_cli.creating.of_pattern import of_pattern  # noqa: PLC0415 - 200 ms, for ours alone

    return of_pattern(request, answers, chosen)


def _of_team(request: NewProject, answers: Answers, opened: Chosen) -> _Made:
    chosen = opened.with_answers(request.template_answers)
    chosen.template.refuse_untrusted()
    choice = chosen.completed(answers.spec.template, answers.spec.project.name)
    answers = replace(answers, spec=answers.spec.model_copy(update={"template": choice}))
    if chosen.template.has_patterns:
        return _of_pattern(request, answers.beginning_with(chosen.template.begins_with), chosen)
    return _OfTeam(request, answers.spec, chosen.template)


@dataclass(frozen=True, slots=True)
class _OfTeam:
    """A project of a team's template that knows no patterns."""

    request: NewProject
    spec: Spec
    template: TeamTemplate

    @property
    def facts(self) -> Mapping[str, Any]:
        return {"pattern": None, "pattern_chosen": False, "recommended": None}

    def tree(self, *, scratch: Path | None) -> Tree:
        text = team_text(self.spec)
        made = pristine(
            self.spec,
            text.encode(),
            self.template,
            scratch=scratch,
            standard=kept_files(self.request),
        )
        return with_record(made, {}, self.template)

    def to_write(self, tree: Tree) -> tuple[OpenFunction, ...]:  # noqa: ARG002 - nobody knows of any
        return ()


def kept_files(request: NewProject) -> Mapping[str, bytes]:
    """Return the files of the standard that the project keeps."""
    standard = standard_of(request)
    return standard.files if standard else {}


def with_record(made: Pristine, files: Mapping[str, File], template: Template) -> Tree:
    """Return a fresh render with the project's own files and its record.

    Raises:
        TemplateBroken: where the template brings one of them.
    """
    try:
        return made.fresh.with_files({**files, **made.files})
    except PathClash as clash:
        raise clash_with_blueprint(template, clash) from clash


@dataclass(frozen=True, slots=True)
class _Creation:
    """A project that can be created, and where."""

    request: NewProject
    destination: Path
    made: _Made
    report: Callable[[str], None]

    def preview(self) -> Created:
        """Render in memory."""
        tree = self.made.tree(scratch=None)
        there = self.destination if self.destination.is_dir() else nearest_folder(self.destination)
        return self._created(tree, self._plan_repository(tree, there))

    def create(self) -> Created:
        """Write the project aside, with its repository, and put it in place at once."""
        exists = self.destination.is_dir()
        parent = self.destination if exists else nearest_folder(self.destination)
        with (
            alone_in(self.destination) if exists else contextlib.nullcontext(),
            staging_folder(parent) as staging,
        ):
            self.report("Rendering the template")
            tree = self.made.tree(scratch=staging)
            self.report(f"Writing {len(tree)} files")
            project = staging / "project"
            write_tree(tree, project)
            repository = self._plan_repository(tree, project)
            if repository.state == "planned":
                repository = self._commit(project)
            ignore_signals()  # From here on it takes a millisecond and is either done or undone.
            place = move_in if exists else put_in_place
            place(project, self.destination)
        return self._created(tree, repository)

    def _plan_repository(self, tree: Tree, there: Path) -> GitOutcome:
        return plan_repository(self.destination, tree, wanted=self.request.git, there=there)

    def _commit(self, project: Path) -> GitOutcome:
        self.report("Making the repository and its first commit")
        template = self.made.template
        with_ = "blueprint" if template.has_patterns else template.name
        name, version = self.made.spec.project.name, template.version
        commit = create_repository(project, f"Create {name} with {with_} {version}")
        return GitOutcome(
            state="committed" if commit.committed else "staged",
            root=self.destination,
            branch=commit.branch,
        )

    def _created(self, tree: Tree, repository: GitOutcome) -> Created:
        spec, template = self.made.spec, self.made.template
        return Created(
            name=spec.project.name,
            spec=spec,
            path=self.destination,
            files=tuple(tree),
            template=template.name,
            template_version=template.version,
            repository=repository,
            dry_run=self.request.dry_run,
            held_to=self.request.held_to or HeldTo(),
            to_write=self.made.to_write(tree),
            **self.made.facts,
        )
