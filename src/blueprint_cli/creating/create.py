"""``blueprint new``: from answers to a project that stands whole, or to nothing."""

from __future__ import annotations

import contextlib
import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from blueprint_cli.creating.decision import check_reason, decision_file
from blueprint_cli.creating.refusals import Refusals
from blueprint_cli.creating.staging import (
    alone_in,
    move_in,
    put_in_place,
    remove_abandoned,
    staging_folder,
)
from blueprint_cli.errors import (
    DestinationRefused,
    TemplateNotFound,
    UsageError,
)
from blueprint_cli.git import command as git
from blueprint_cli.interruption import ignore_signals
from blueprint_cli.project.pristine import clash_with_blueprint, pristine
from blueprint_cli.recommendation.recommend import recommend
from blueprint_cli.record.record import DECISION, FOLDER
from blueprint_cli.spec.answers import merge
from blueprint_cli.spec.document import read_document
from blueprint_cli.spec.names import check_project_name, nearest_name
from blueprint_cli.spec.writing import SPEC_FILE, spec_text
from blueprint_cli.templates.template import find_template, load_templates
from blueprint_cli.tree import File, PathClash, Tree, write_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.spec.answers import Answers
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.template import Template

HERE: Final = "."
GitState = Literal["committed", "staged", "declined", "enclosed", "missing", "planned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProject:
    """What the user asked for."""

    name: str
    output: Path | None = None
    answers: Path | None = None
    settings: tuple[str, ...] = ()
    pattern: str | None = None
    reason: str = ""
    git: bool = True
    dry_run: bool = False
    templates: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What became of git: where the repository is and on which branch, where there is one."""

    state: GitState
    root: Path | None = None
    branch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A project that was created, or with ``dry_run`` would have been."""

    name: str
    pattern: Pattern
    pattern_chosen: bool
    recommended: Pattern
    spec: Spec
    path: Path
    files: tuple[str, ...]
    template: str
    template_version: str
    repository: Repository
    dry_run: bool


def _unheard(_: str) -> None:
    """Nobody waits for the report."""


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


def create_project(request: NewProject, report: Callable[[str], None] = _unheard) -> Created:
    """Create a project, and report each step of it.

    Raises:
        BlueprintError: in one of its kinds; nothing was written then.
        Interrupted: on a signal; nothing was written then.
    """
    refusals = Refusals()
    place = _place(request, refusals)
    name = place[0] if place else nearest_name(request.name)
    answers = _answers(request, name, refusals)
    if refusals or place is None or answers is None:
        refusals.raise_all()
    destination = place[1]
    recommendation = recommend(answers.spec.known_requirements())
    answers, template = _follow(recommendation, answers, request.templates)
    decision = decision_file(recommendation, answers.spec.pattern, request.reason)
    with _explained(destination):
        if request.dry_run:
            tree = _render(answers, template, decision)
            repository = _planned_repository(request, destination)
        else:
            tree, repository = _create(request, answers, template, decision, destination, report)
    return Created(
        name=name,
        pattern=answers.spec.pattern,
        pattern_chosen=answers.pattern_chosen,
        recommended=recommendation.recommended,
        spec=answers.spec,
        path=destination,
        files=tuple(tree),
        template=template.name,
        template_version=template.version,
        repository=repository,
        dry_run=request.dry_run,
    )


def _place(request: NewProject, refusals: Refusals) -> tuple[str, Path] | None:
    """Return name and destination; None where one of them will not do."""
    refusals.attempt("--reason", lambda: check_reason(request.reason))
    place = refusals.attempt("NAME", lambda: _name_and_destination(request))
    if place is not None:
        refusals.attempt("--output", lambda: _check_destination(place[1]))
    return place


def _answers(request: NewProject, name: str, refusals: Refusals) -> Answers | None:
    document = None
    if (path := request.answers) is not None:
        document = refusals.attempt(str(path), lambda: read_document(path, what="answers"))
    return refusals.attempt(
        "the command line",
        lambda: merge(document, request.settings, name=name, pattern=request.pattern),
    )


def _follow(
    recommendation: Recommendation, answers: Answers, templates: Path | None
) -> tuple[Answers, Template]:
    """Return the answers with the recommended pattern where nobody chose one, and its template."""
    answers = answers.following(recommendation.recommended)
    try:
        return answers, find_template(answers.spec.pattern, templates)
    except TemplateNotFound:
        if answers.pattern_chosen:
            raise
        names = [template.name for template in load_templates(templates)]
        raise TemplateNotFound(
            f"{recommendation.recommended} is recommended, and this version has no template for it",
            hint=f"It has: {', '.join(names)}. Choose it with --pattern {names[0]}, "
            "and --reason to record why."
            if names
            else "",
        ) from None


def _name_and_destination(request: NewProject) -> tuple[str, Path]:
    name, output = request.name, request.output
    if name == HERE:
        if output is not None:
            raise UsageError("'.' is a place already: give a NAME with --output")
        name, output = Path.cwd().name, Path.cwd()
    check_project_name(name)
    destination = Path(name) if output is None else output
    with _explained(destination):
        if destination.is_symlink() and not destination.exists():
            raise DestinationRefused(f"{destination} is a link that leads nowhere")
        return name, destination.resolve()


def _check_destination(destination: Path) -> None:
    with _explained(destination):
        remove_abandoned(destination)
        _check_free(destination)


def _check_free(destination: Path) -> None:
    for parent in destination.parents:
        if (parent / SPEC_FILE).is_file() and (parent / FOLDER).is_dir():
            raise DestinationRefused(
                f"{destination} is inside the project {parent}",
                hint="A project cannot hold another one: choose a place outside with --output.",
            )
    if not os.path.lexists(destination):
        _check_parent(destination)
    elif not destination.is_dir():
        raise DestinationRefused(
            f"{destination} is a file", hint="Choose another place with --output."
        )
    elif (destination / SPEC_FILE).exists() and (destination / FOLDER).is_dir():
        raise DestinationRefused(f"{destination} is a blueprint project already")
    elif any(entry.name != ".git" for entry in destination.iterdir()):
        raise DestinationRefused(
            f"{destination} is not empty",
            hint="Choose another place with --output; an empty folder or repository is fine.",
        )


def _check_parent(destination: Path) -> None:
    parent = _nearest_folder(destination)
    if not parent.is_dir():
        raise DestinationRefused(
            f"{destination} cannot be made: {parent} is a file",
            hint="Choose another place with --output.",
        )


def _nearest_folder(path: Path) -> Path:
    return next(parent for parent in path.parents if os.path.lexists(parent))


def _create(  # noqa: PLR0913, PLR0917 - all of it is needed, and each of it once
    request: NewProject,
    answers: Answers,
    template: Template,
    decision: File,
    destination: Path,
    report: Callable[[str], None],
) -> tuple[Tree, Repository]:
    exists = destination.is_dir()
    with (
        alone_in(destination) if exists else contextlib.nullcontext(),
        staging_folder(destination if exists else _nearest_folder(destination)) as staging,
    ):
        report("Rendering the template")
        tree = _render(answers, template, decision, scratch=staging)
        report(f"Writing {len(tree)} files")
        project = staging / "project"
        write_tree(tree, project)
        repository = _planned_repository(request, destination)
        if repository.state == "planned":
            report("Making the repository and its first commit")
            message = f"Create {answers.spec.project.name} with blueprint {template.version}"
            commit = git.create_repository(project, message)
            repository = Repository(
                state="committed" if commit.committed else "staged",
                root=destination,
                branch=commit.branch,
            )
        ignore_signals()  # From here on it takes a millisecond and is either done or undone.
        place = move_in if exists else put_in_place
        place(project, destination)
    return tree, repository


def _planned_repository(request: NewProject, destination: Path) -> Repository:
    if not request.git:
        return Repository(state="declined")
    enclosing = git.enclosing_repository(destination)
    if enclosing is not None:
        return Repository(state="enclosed", root=enclosing)
    if git.find_git() is None:
        return Repository(state="missing")
    return Repository(state="planned", root=destination)


def _render(
    answers: Answers, template: Template, decision: File, *, scratch: Path | None = None
) -> Tree:
    """Render everything that the project holds, its spec and its record included.

    The decision belongs to the project from the first minute: it is no part of the base.
    """
    made = pristine(answers.spec, spec_text(answers).encode(), template, scratch=scratch)
    try:
        return made.base.with_files({DECISION: decision, **made.record})
    except PathClash as clash:
        raise clash_with_blueprint(template, clash) from clash


@contextlib.contextmanager
def _explained(destination: Path) -> Iterator[None]:
    """A disk that is full or a folder that is closed to us is said in words."""
    try:
        yield
    except OSError as error:
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT:
                reason = "the disk is full"
            case errno.EACCES | errno.EPERM | errno.EROFS:
                reason = "you may not write there"
            case errno.ENAMETOOLONG:
                reason = "the path is too long"
            case _:
                reason = error.strerror or str(error)
        raise DestinationRefused(
            f"{destination} cannot be written: {reason}", hint="Nothing was left there."
        ) from error
