"""An update from a template's previous tag, with edits planted before it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.authoring.combinations import NAME, PATTERN
from blueprint_cli.creating.create import NewProject, create_project
from blueprint_cli.engines.choosing import open_chosen
from blueprint_cli.errors import BlueprintError
from blueprint_cli.git.command import Git, create_repository
from blueprint_cli.layout import FOLDER, SPEC_FILE
from blueprint_cli.reports.results import Tested, failures
from blueprint_cli.sources.address import read_address
from blueprint_cli.sources.archive import copy_folder
from blueprint_cli.sources.versions import newest_tag
from blueprint_cli.spec.model import TemplateChoice
from blueprint_cli.updating.target import Target
from blueprint_cli.updating.update import update_project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.engines.asked import Value

WHAT: Final = "an update from the previous tag keeps planted edits"
OF: Final = "update"
PLANTED: Final = "planted edit"
CANDIDATE: Final = "candidate"
AUTHOR: Final = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "blueprint"), ("EMAIL", "blueprint@localhost"))
}


def try_update(
    source: str, answers: Mapping[str, Value], scratch: Path, *, trusted: bool
) -> Tested:
    """Make a project at the newest tag, plant edits, update to the template as it lies there."""
    address = read_address(source)
    if address.kind != "git" or not Path(address.location).is_dir():
        return Tested(OF, WHAT, "skipped", "the template is in no git repository of its own")
    repository = Git(Path(address.location))
    tags = repository.run("for-each-ref", "--format=%(refname:strip=2)", "refs/tags")
    tag = newest_tag(tags.stdout.decode(errors="replace").split())
    if not tag:
        return Tested(OF, WHAT, "skipped", "the template has no tag yet")
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        place = Path(folder)
        candidate = _candidate(Path(address.location), place)
        given = f"{candidate}{'#subdirectory=' * bool(address.inside)}{address.inside}"
        try:
            return _updated(given, tag, answers, place, trusted=trusted)
        except BlueprintError as error:
            told = "\n".join([error.message, *map(str, error.problems), error.hint])
            return Tested(OF, f"{WHAT} ({tag})", "failed", told.strip())


def _candidate(source: Path, place: Path) -> Path:
    """Return a clone of a template whose newest commit is the work tree as it lies there."""
    clone = place / CANDIDATE
    Git(place).run("clone", "--quiet", "--no-checkout", "--", str(source), str(clone))
    files = place / "files"
    copy_folder(source, str(source), files)
    git = Git(clone, environment={"GIT_WORK_TREE": str(files), **AUTHOR})
    git.run("add", "--all", "--force", ".")
    git.run("commit", "--quiet", "--allow-empty", "--no-verify", "--message", CANDIDATE)
    git.run("branch", "--force", CANDIDATE)
    return clone


def _updated(
    source: str, tag: str, answers: Mapping[str, Value], place: Path, *, trusted: bool
) -> Tested:
    project = place / "project"
    known = _known(source, tag, answers, place, trusted=trusted)
    pattern = answers.get(PATTERN)
    create_project(
        NewProject(
            name=NAME,
            output=project,
            template=source,
            ref=tag,
            trusted=trusted,
            pattern=str(pattern) if pattern else None,
            template_answers=known,
            git=False,
        )
    )
    planted = _plant(project)
    _commit(project)
    new = {name: value for name, value in answers.items() if name not in {*known, PATTERN}}
    update_project(project, target=Target(to=CANDIDATE, trusted=trusted, answers=new))
    lost = [
        f"{path}: the edit is gone"
        for path, mark in planted.items()
        if not _holds(project, path, mark)
    ]
    return failures(OF, f"{WHAT} ({tag}, {len(planted)} files)", lost)


def _known(
    source: str, tag: str, answers: Mapping[str, Value], place: Path, *, trusted: bool
) -> dict[str, Value]:
    """Return the answers to the questions that the template has at a tag."""
    template = open_chosen(TemplateChoice(source=source), place, ref=tag, trusted=trusted).template
    known: dict[str, Value] = {}
    while (asked := template.next_question(known, NAME)) is not None:
        known[asked.name] = answers.get(asked.name, asked.default)
    return known


def _plant(project: Path) -> dict[str, str]:
    """Put a line into the middle of each text file, and return it by the file's path."""
    planted = {}
    for number, file in enumerate(sorted(project.rglob("*"))):
        path = file.relative_to(project).as_posix()
        if not file.is_file() or path == SPEC_FILE or path.startswith(f"{FOLDER}/"):
            continue
        content = file.read_bytes()
        lines = content.splitlines(keepends=True)
        if b"\0" in content or not lines or not content.endswith(b"\n"):
            continue
        mark = f"{PLANTED} {number}"
        lines.insert(len(lines) // 2, f"{mark}\n".encode())
        file.write_bytes(b"".join(lines))
        planted[path] = mark
    return planted


def _commit(project: Path) -> None:
    git = Git(project, environment=AUTHOR)
    create_repository(project, "planted")
    git.run("add", "--all", "--force")
    git.run("commit", "--quiet", "--allow-empty", "--no-verify", "--message", "planted")


def _holds(project: Path, path: str, mark: str) -> bool:
    """Whether a mark is in its file, or in the one that this became."""
    wanted = mark.encode()
    place = project / path
    if place.is_file() and wanted in place.read_bytes():
        return True
    others = (file for file in project.rglob("*") if file.is_file() and FOLDER not in file.parts)
    return any(wanted in file.read_bytes() for file in others)
