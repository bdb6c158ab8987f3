"""Managed files stay the template's: as they were rendered, unless the project takes one over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.git.work_tree import adding_command
from blueprint_cli.layout import FOLDER
from blueprint_cli.tree import EXECUTABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject

TAKE_OVER: Final = (
    "or take it over in blueprint.yaml: owned: [{path: <the file or a folder>, reason: <why>}]."
)

IN_NO_COMMIT: Final = "and git ignores it, so it may be in no commit: add it where it is, --force"


def _managed(project: CheckedProject) -> list[str]:
    return sorted(project.record.managed) if project.record else []


def _changed(project: CheckedProject) -> Iterator[Found]:
    for path in _managed(project):
        place = project.root / path
        if place.is_symlink():
            yield Found(path, "is a link where the template has a file", line=1)
        elif place.exists() and not project.is_pristine(path):
            line, rendered = _first_difference(project, path)
            yield Found(path, f"is not as the template has it, which is: {rendered}", line)
        elif place.exists() and _lost_its_mode(project, path):
            yield Found(path, "is not executable any more", line=1)


def _missing(project: CheckedProject) -> Iterator[Found]:
    for path in _managed(project):
        if not (project.root / path).exists() and not (project.root / path).is_symlink():
            ignored = project.would_ignore(path)
            yield Found(path, f"is not here, {IN_NO_COMMIT}" if ignored else "is gone")


def _ignored(project: CheckedProject) -> Iterator[Found]:
    paths = project.ignored
    record = [path for path in paths if path.startswith(f"{FOLDER}/")]
    if record:
        yield Found(record[-1], f"git ignores {FOLDER}/: `{adding_command(project.root, record)}`")
    for path in paths:
        if path not in record:
            yield Found(path, f"git ignores it: `{adding_command(project.root, [path])}`")


def _first_difference(project: CheckedProject, path: str) -> tuple[int, str]:
    """The first line that differs, and what was rendered there."""
    now = (project.text(path) or "").splitlines()
    then = (project.rendered_text(path) or "").splitlines()
    same = next(
        (number for number, pair in enumerate(zip(now, then, strict=False)) if pair[0] != pair[1]),
        min(len(now), len(then)),
    )
    line = min(same + 1, max(len(now), 1))
    shown = then[same].strip() if same < len(then) else ""
    return line, f"`{shown}`" if shown else "nothing" if same >= len(then) else "an empty line"


def _lost_its_mode(project: CheckedProject, path: str) -> bool:
    """Only a lost bit counts: some file systems show every file as executable."""
    file = project.record.base[path] if project.record else None
    executable = (project.root / path).stat().st_mode & 0o100
    return file is not None and file.mode == EXECUTABLE and not executable


CHANGED: Final = Rule(
    id="BP102",
    name="managed-file-changed",
    severity="error",
    title="A file that the template manages was changed",
    why=(
        "Managed files are changed in one place, for every project. One that was edited here "
        "behaves differently from the others, and every update meets the edit again."
    ),
    fix=f"Undo the change, bring it into the template, {TAKE_OVER}",
    look=_changed,
)
MISSING: Final = Rule(
    id="BP103",
    name="managed-file-missing",
    severity="error",
    title="A file that the template manages is missing",
    why="What the other files, the tests or the pipeline expect of it is not there.",
    fix=f"Bring it back from git, {TAKE_OVER}",
    look=_missing,
)
IGNORED: Final = Rule(
    id="BP105",
    name="rendered-file-ignored",
    severity="warning",
    title="A file that was rendered is ignored by git",
    why=(
        "A `.gitignore` of the repository around the project, or one of your own, covers it: no "
        "commit takes it, no other clone has it, and what an update changes in it is in no diff."
    ),
    fix=f"Run the command, then commit; or let the ignore file except it, {TAKE_OVER}",
    look=_ignored,
)
