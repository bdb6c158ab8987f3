"""Run every rule over one project, or over several."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli.checking.baseline import Baseline
from blueprint_cli.checking.finding import Finding
from blueprint_cli.checking.project import CheckedProject
from blueprint_cli.checking.rules import RULES
from blueprint_cli.errors import SpecFromTheFuture
from blueprint_cli.git.command import enclosing_repository
from blueprint_cli.project import find_projects
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blueprint_cli.checking.finding import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectReport:
    """What was found, in the order of rules, files and lines; and what a baseline knew of it.

    ``gone`` is what the baseline lists and nobody finds any more.
    """

    root: Path
    name: str
    pattern: str
    rendered_version: str | None
    installed_version: str
    findings: tuple[Finding, ...]
    known: int = 0
    gone: int = 0

    def count(self, severity: Severity) -> int:
        """Return how many findings of a severity there are."""
        return sum(finding.rule.severity == severity for finding in self.findings)

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings and notes stop nobody."""
        return not self.count("error")

    @property
    def prefix(self) -> str:
        """The project's place in its repository, with a slash at its end; empty at the top.

        Without a repository its place below the current folder, which in a pipeline is its top.
        """
        top = enclosing_repository(self.root) or Path.cwd()
        below = self.root.relative_to(top).as_posix() if self.root.is_relative_to(top) else "."
        return "" if below == "." else f"{below}/"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in each project; there is at least one."""

    projects: tuple[ProjectReport, ...]

    def count(self, severity: Severity) -> int:
        """Return how many findings of a severity there are in all projects."""
        return sum(project.count(severity) for project in self.projects)

    @property
    def ok(self) -> bool:
        """Whether every project is."""
        return all(project.ok for project in self.projects)


def check(paths: Sequence[Path], *, baseline: Path | None = None) -> Report:
    """Check every project that is at, around or below some paths.

    Raises:
        NotAProject: where a path has none.
        BaselineInvalid: where the baseline cannot be read.
        SpecFromTheFuture: where a newer version wrote a project.
    """
    roots = find_projects(paths)
    known = Baseline.read(baseline) if baseline else Baseline()
    return Report(tuple(check_project(root, known) for root in roots))


def check_project(root: Path, baseline: Baseline | None = None) -> ProjectReport:
    """Check the project in a folder.

    Raises:
        SpecFromTheFuture: where a newer version wrote it.
    """
    project = CheckedProject(root)
    known = (baseline or Baseline()).of(root)
    try:
        remaining, gone = known.without_known(_findings(project))
    except SpecFromTheFuture as error:
        raise SpecFromTheFuture(
            f"{root}: {error.message}", hint=error.hint, problems=error.problems
        ) from error
    record = project.record
    return ProjectReport(
        root=project.root,
        name=project.name,
        pattern=project.pattern,
        rendered_version=record.render.version if record else None,
        installed_version=installed_version(),
        findings=remaining,
        known=len(known) - gone,
        gone=gone,
    )


def _findings(project: CheckedProject) -> list[Finding]:
    findings = []
    for rule in RULES:
        found = sorted(
            set(rule.look(project)),
            key=lambda each: (each.path, each.line or 0, each.message),
        )
        findings += [
            Finding(rule, each)
            for each in found
            if not (rule.silenced_by_owned and project.is_owned(each.path))
        ]
    return findings
