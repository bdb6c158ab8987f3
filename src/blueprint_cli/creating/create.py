"""``blueprint new``: from answers to a project that stands whole, or to nothing."""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
from blueprint_cli.decisions import check_reason, decision_file
from blueprint_cli.domain.open_functions import open_functions
from blueprint_cli.git.command import create_repository
from blueprint_cli.interruption import ignore_signals
from blueprint_cli.layout import DECISION
from blueprint_cli.recommendation.recommend import recommend
from blueprint_cli.record.pristine import clash_with_blueprint, pristine
from blueprint_cli.spec.answers import merge
from blueprint_cli.spec.document import laid_over, read_document
from blueprint_cli.spec.names import nearest_name
from blueprint_cli.spec.writing import spec_text
from blueprint_cli.templates.builtin import find_example, find_recommended, find_template
from blueprint_cli.tree import PathClash, write_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from blueprint_cli.domain.open_functions import OpenFunction
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.spec.answers import Answers, Contexts
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.source import Template
    from blueprint_cli.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProject:
    """What the user asked for.

    ``described``: contexts where no example is named.
    ``comments``: what stands beside values in ``blueprint.yaml``, by key, where no answers file is
    completed.
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
    git: bool = True
    dry_run: bool = False
    templates: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A project that was created, or with ``dry_run`` would have been.

    ``to_write`` are the functions that its owner writes.
    """

    name: str
    pattern: Pattern
    pattern_chosen: bool
    recommended: Pattern
    spec: Spec
    path: Path
    files: tuple[str, ...]
    template: str
    template_version: str
    repository: GitOutcome
    dry_run: bool
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
    answers = _answers(request, place, refusals)
    if refusals or place is None or answers is None:
        refusals.raise_all()
    recommendation = recommend(answers.spec.known_requirements())
    answers = answers.following(recommendation.recommended)
    find = find_template if answers.pattern_chosen else find_recommended
    template = find(answers.spec.pattern, request.templates)
    creation = _Creation(request, place[1], answers, recommendation, template, report)
    with explained(creation.destination):
        return creation.preview() if request.dry_run else creation.create()


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
        example = refusals.attempt("--example", lambda: find_example(named, request.templates))
    return refusals.attempt(
        "the command line",
        lambda: merge(
            document, request.settings, name=name, pattern=request.pattern, example=example
        ),
    )


@dataclass(frozen=True, slots=True)
class _Creation:
    """A project that can be created: all that it is made of is known and was checked."""

    request: NewProject
    destination: Path
    answers: Answers
    recommendation: Recommendation
    template: Template
    report: Callable[[str], None]

    def preview(self) -> Created:
        """Render in memory."""
        tree = self._render(scratch=None)
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
            tree = self._render(scratch=staging)
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

    def _render(self, *, scratch: Path | None) -> Tree:
        """Render everything that the project holds, its spec and its record included.

        The decision belongs to the project from the first minute, and so do the functions that an
        example has written as its owner: they are no part of the base.
        """
        spec = self.answers.spec
        text = spec_text(self.answers, self.request.comments)
        made = pristine(spec, text.encode(), self.template, scratch=scratch)
        decision = decision_file(self.recommendation, spec.pattern, self.request.reason)
        try:
            tree = made.base.with_files({DECISION: decision, **made.files})
        except PathClash as clash:
            raise clash_with_blueprint(self.template, clash) from clash
        named = self.request.example
        return find_example(named, self.request.templates).written_into(tree) if named else tree

    def _plan_repository(self, tree: Tree, there: Path) -> GitOutcome:
        return plan_repository(self.destination, tree, wanted=self.request.git, there=there)

    def _commit(self, project: Path) -> GitOutcome:
        self.report("Making the repository and its first commit")
        name, version = self.answers.spec.project.name, self.template.version
        commit = create_repository(project, f"Create {name} with blueprint {version}")
        return GitOutcome(
            state="committed" if commit.committed else "staged",
            root=self.destination,
            branch=commit.branch,
        )

    def _created(self, tree: Tree, repository: GitOutcome) -> Created:
        spec = self.answers.spec
        return Created(
            name=spec.project.name,
            pattern=spec.pattern,
            pattern_chosen=self.answers.pattern_chosen,
            recommended=self.recommendation.recommended,
            spec=spec,
            path=self.destination,
            files=tuple(tree),
            template=self.template.name,
            template_version=self.template.version,
            repository=repository,
            dry_run=self.request.dry_run,
            to_write=open_functions(spec.domain, tree, lambda path: tree[path].content),
        )
