"""Run every rule over one project, or over several."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli.checking.baseline import Baseline
from blueprint_cli.checking.finding import Finding
from blueprint_cli.checking.project import CheckedProject
from blueprint_cli.checking.rules import RULES
from blueprint_cli.checking.rules.standard import own_rules
from blueprint_cli.checking.selection import Options, fails, refuse_unknown, selection
from blueprint_cli.errors import SpecFromTheFuture
from blueprint_cli.git.work_tree import prefix_below, prefix_in_repository
from blueprint_cli.project import find_projects
from blueprint_cli.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blueprint_cli.checking.finding import Rule
    from blueprint_cli.checking.selection import Selection
    from blueprint_cli.spec.codes import Severity
    from blueprint_cli.standards.standard import Standard


@dataclass(frozen=True, kw_only=True)
class ProjectReport:
    """What was found, in the order of rules, files and lines; and what a baseline knew of it.

    ``rules`` are those that ran, ``fail_on`` the least severity of a finding that makes it fail;
    ``gone`` is what the baseline lists and nobody finds any more; ``every_rule`` are ours and those
    of its standard.
    """

    root: Path
    name: str
    pattern: str
    rendered_version: str | None
    installed_version: str
    rules: tuple[Rule, ...]
    fail_on: Severity
    findings: tuple[Finding, ...]
    known: int = 0
    gone: int = 0
    every_rule: tuple[Rule, ...] = RULES
    standard: Standard | None = None

    def count(self, severity: Severity) -> int:
        """Return how many findings of a severity there are."""
        return sum(finding.severity == severity for finding in self.findings)

    @property
    def ok(self) -> bool:
        """Whether nothing was found that makes it fail."""
        return not self.failing

    def fails(self, finding: Finding) -> bool:
        """Whether a finding makes it fail; by default errors do, warnings and notes stop nobody."""
        return fails(finding.severity, self.fail_on)

    @property
    def failing(self) -> int:
        """How many findings make it fail."""
        return sum(self.fails(finding) for finding in self.findings)

    @cached_property
    def prefix(self) -> str:
        """The project's place in its repository, with a slash at its end; empty at the top.

        Without a repository its place below the current folder, which in a pipeline is its top.
        """
        prefix = prefix_in_repository(self.root)
        if prefix is not None:
            return prefix
        here = Path.cwd()
        return prefix_below(here, self.root) if self.root.is_relative_to(here) else ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in each project; there is at least one."""

    projects: tuple[ProjectReport, ...]

    def count(self, severity: Severity) -> int:
        """Return how many findings of a severity there are in all projects."""
        return sum(project.count(severity) for project in self.projects)

    @property
    def failing(self) -> int:
        """How many findings make projects fail."""
        return sum(project.failing for project in self.projects)

    @property
    def ok(self) -> bool:
        """Whether every project is."""
        return all(project.ok for project in self.projects)


def check(
    paths: Sequence[Path],
    *,
    baseline: Path | None = None,
    options: Options | None = None,
    online: bool = False,
) -> Report:
    """Check every project that is at, around or below some paths.

    ``online`` asks where standards and templates come from for later versions.

    Raises:
        NotAProject: where a path has none.
        BaselineInvalid: where the baseline cannot be read.
        SpecFromTheFuture: where a newer version wrote a project.
        UsageError: where an option names a code that there is not.
        SourceFailed: where a host cannot be asked.
    """
    roots = find_projects(paths)
    known = Baseline.read(baseline) if baseline else Baseline()
    projects = [CheckedProject(root, online) for root in roots]
    if options is not None:
        refuse_unknown(options, (one.id for project in projects for one in own_rules(project)))
    return Report(tuple(report_on(project, known, options) for project in projects))


def check_project(
    root: Path, baseline: Baseline | None = None, options: Options | None = None
) -> ProjectReport:
    """Check the project in a folder.

    Raises:
        SpecFromTheFuture: where a newer version wrote it.
    """
    return report_on(CheckedProject(root), baseline, options)


def report_on(
    project: CheckedProject, baseline: Baseline | None = None, options: Options | None = None
) -> ProjectReport:
    """Check a project of which somebody wants to know more than that.

    Raises:
        SpecFromTheFuture: where a newer version wrote it.
    """
    root = project.root
    known = (baseline or Baseline()).of(root)
    chosen = selection(project, options or Options())
    every_rule = (*RULES, *own_rules(project))
    rules = tuple(rule for rule in every_rule if chosen.runs(rule))
    try:
        remaining, gone = known.without_known(_findings(project, rules, chosen))
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
        rules=rules,
        fail_on=chosen.fail_on,
        findings=remaining,
        known=len(known) - gone,
        gone=gone,
        every_rule=every_rule,
        standard=project.standard,
    )


def _findings(project: CheckedProject, rules: Sequence[Rule], chosen: Selection) -> list[Finding]:
    findings = []
    for rule in rules:
        found = sorted(
            set(rule.look(project)),
            key=lambda each: (each.path, each.line or 0, each.message),
        )
        excluded = chosen.excluded(each.path for each in found)
        findings += [
            Finding(rule, each, chosen.severity(rule))
            for each in found
            if chosen.insists_on(rule)
            or (
                each.path not in excluded
                and not (rule.silenced_by_owned and project.is_owned(each.path))
            )
        ]
    return findings
