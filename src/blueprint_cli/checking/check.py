"""Run every rule over a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.checking.baseline import Baseline
from blueprint_cli.checking.finding import Finding
from blueprint_cli.checking.project import open_project
from blueprint_cli.checking.rules import RULES
from blueprint_cli.git.command import enclosing_repository
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.checking.finding import Severity
    from blueprint_cli.checking.project import CheckedProject


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
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
        """The project's place in its repository, with a slash at its end; empty at the top."""
        repository = enclosing_repository(self.root)
        below = self.root.relative_to(repository).as_posix() if repository else "."
        return "" if below == "." else f"{below}/"


def check_project(path: Path, *, baseline: Path | None = None) -> Report:
    """Check the project at a path.

    Raises:
        NotAProject: where there is none.
        BaselineInvalid: where the baseline cannot be read.
        SpecFromTheFuture: where a newer version wrote the project.
    """
    project = open_project(path)
    known = Baseline.read(baseline) if baseline else Baseline()
    remaining, gone = known.without_known(_findings(project))
    record = project.record
    return Report(
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
