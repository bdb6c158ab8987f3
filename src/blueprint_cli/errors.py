"""Every error that a user can meet: what happened, what to do about it, and the exit code.

They are raised anywhere and caught once, in ``blueprint_cli.__main__``.
"""

# ruff: noqa: N818 - the names say what happened; that they are errors is where they stand

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_FOUND = 1
EXIT_BAD_INPUT = 2
EXIT_MISSING_OR_FAILED = 3
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a document, and where. Lines and columns count from 1."""

    message: str
    file: str
    line: int | None = None
    column: int | None = None
    key: str = ""
    allowed: str = ""

    @property
    def where(self) -> str:
        """``file:line:column``, as editors and terminals make it clickable."""
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n is not None)]
        return ":".join(parts)

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        allowed = f"; allowed: {self.allowed}" if self.allowed else ""
        return f"{self.where}: {key}{self.message}{allowed}"


def some(names: Sequence[str], shown: int = 10) -> str:
    """Return names for a message: the first of them, and how many there are besides."""
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")


class BlueprintError(Exception):
    """The root of all errors that are shown to a user without a traceback."""

    code: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = EXIT_MISSING_OR_FAILED

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.problems = tuple(problems)


class UsageError(BlueprintError):
    """The command line cannot be understood."""

    code = "usage"
    exit_code = EXIT_BAD_INPUT


class SpecInvalid(BlueprintError):
    """A ``blueprint.yaml``, an answers file or a ``--set`` holds something that is not allowed."""

    code = "spec-invalid"
    exit_code = EXIT_BAD_INPUT


class EditRefused(BlueprintError):
    """What is to be added, removed or renamed is not there, is there already, or has no name."""

    code = "edit-refused"
    exit_code = EXIT_BAD_INPUT


class SpecFromTheFuture(BlueprintError):
    """A ``blueprint.yaml`` has a later format than this version reads."""

    code = "spec-too-new"
    exit_code = EXIT_BAD_INPUT


class NameRefused(BlueprintError):
    """The project's name would not work as a package's name."""

    code = "name-refused"
    exit_code = EXIT_BAD_INPUT


class NotAProject(BlueprintError):
    """There is no project where one was expected."""

    code = "not-a-project"
    exit_code = EXIT_BAD_INPUT


class BaselineInvalid(BlueprintError):
    """A baseline of `check` cannot be read."""

    code = "baseline-invalid"
    exit_code = EXIT_BAD_INPUT


class DestinationRefused(BlueprintError):
    """The project cannot stand where it was asked to."""

    code = "destination-refused"
    exit_code = EXIT_BAD_INPUT


class SeveralRefused(BlueprintError):
    """Name, place, answers: more than one of them will not do, and all of it is said at once."""

    code = "several"
    exit_code = EXIT_BAD_INPUT


class TemplateNotFound(BlueprintError):
    """This version has no such template."""

    code = "template-not-found"
    exit_code = EXIT_BAD_INPUT


class ExampleNotFound(BlueprintError):
    """This version has no such example."""

    code = "example-not-found"
    exit_code = EXIT_BAD_INPUT


class StandardInvalid(SpecInvalid):
    """A team's standard holds something that is not allowed, or is not there."""

    code = "standard-invalid"


class SourceRefused(BlueprintError):
    """A template's or a standard's source means nothing, or is not safe to read."""

    code = "source-refused"
    exit_code = EXIT_BAD_INPUT


class SourceFailed(BlueprintError):
    """A template's or a standard's source cannot be had: a host, a program, an archive failed."""

    code = "source-failed"


class Untrusted(BlueprintError):
    """A template would run code on this machine, and nobody said that it may."""

    code = "untrusted"
    exit_code = EXIT_BAD_INPUT


class TemplateBroken(BlueprintError):
    """A template cannot be rendered: its author has to repair it."""

    code = "template-broken"


class MigrationFailed(BlueprintError):
    """What a team's template runs between two of its versions failed in the project."""

    code = "migration-failed"


class NotInstalled(BlueprintError):
    """A part of the program is not there: it was installed without templates and Copier."""

    code = "not-installed"


class RecordDamaged(BlueprintError):
    """What ``.blueprint/`` holds is not what was written there."""

    code = "record-damaged"


class RecordUnreleased(BlueprintError):
    """A version before the first release made the project; its record lacks what is promised."""

    code = "record-unreleased"
    exit_code = EXIT_BAD_INPUT


class ProjectRefused(BlueprintError):
    """The project is not in a state in which it could be changed: the user has to act first."""

    code = "project-refused"
    exit_code = EXIT_BAD_INPUT


class BenchRefused(BlueprintError):
    """A bench of a running project would do what nobody asked for, or lacks an account."""

    code = "bench-refused"
    exit_code = EXIT_BAD_INPUT


class BenchInterrupted(BlueprintError):
    """A bench was interrupted, and something that it made is still there."""

    code = "bench-interrupted"
    exit_code = EXIT_INTERRUPTED


class PatternRuledOut(BlueprintError):
    """The project's requirements rule out the pattern that it is to go to."""

    code = "pattern-ruled-out"
    exit_code = EXIT_BAD_INPUT


class ProjectFromTheFuture(BlueprintError):
    """A later version rendered the project."""

    code = "project-too-new"
    exit_code = EXIT_BAD_INPUT


class UpdateUnfinished(BlueprintError):
    """An update is under way that has to be finished or taken back first."""

    code = "update-unfinished"
    exit_code = EXIT_BAD_INPUT


class GitFailed(BlueprintError):
    """Git is there and did not do what it was asked."""

    code = "git-failed"


class PrometheusFailed(BlueprintError):
    """Prometheus cannot be reached, or does not answer what it is asked."""

    code = "prometheus-failed"


class BenchInvalid(BlueprintError):
    """A document of `bench` cannot be read, or is of no use for this project."""

    code = "bench-invalid"
    exit_code = EXIT_BAD_INPUT


class Failed(BlueprintError):
    """The system refused something, or there is a bug in this program."""


class OutputClosed(BlueprintError):
    """Whoever read the output has gone away."""

    code = "output-closed"


class Interrupted(KeyboardInterrupt):
    """A signal asked to stop: what was begun is taken back, and the exit code is 130."""
