"""How a project stands: what it is from, how far it is behind, what people changed, what is wrong.

Nothing is rendered, no host is asked, and nothing is written into the project.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli.checking.check import report_on
from blueprint_cli.checking.project import CheckedProject
from blueprint_cli.errors import BlueprintError
from blueprint_cli.fleet.members import name_of, projects_of
from blueprint_cli.git.command import IN_THE_PROJECT, Git
from blueprint_cli.git.repository import open_repository
from blueprint_cli.git.work_tree import ignored_among
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.record.journal import read_journal
from blueprint_cli.record.render import BUILTIN
from blueprint_cli.spec.codes import SEVERITIES
from blueprint_cli.spec.document import Document
from blueprint_cli.updating.apply import unresolved
from blueprint_cli.version import installed_version, is_later

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.checking.check import ProjectReport
    from blueprint_cli.fleet.members import Member
    from blueprint_cli.record.journal import Journal
    from blueprint_cli.spec.codes import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a project is from, a template or a standard, and whether there is a later one.

    ``newest`` is the version that there is, empty where nobody knows it; ``lags`` says whether the
    project is behind it, None where nobody knows that.
    """

    name: str
    kind: str
    source: str
    ref: str
    commit: str
    version: str
    newest: str = ""
    lags: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How many rendered files are not as they were rendered; ``blueprint.yaml`` is the user's own.

    ``managed`` of them are the template's, edited or deleted, and the project has not taken them
    over.
    """

    edited: int
    deleted: int
    managed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """An update, or another command, that is under way.

    ``interrupted`` where it has to be taken back; else ``conflicts`` are those that nobody has
    resolved, none where it has only to be finished.
    """

    command: str
    interrupted: bool
    conflicts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What `check` finds: how many of each severity, how many of each rule, how many that fail."""

    errors: int
    warnings: int
    notes: int
    rules: Mapping[str, int]
    failing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one project stands; what is not known of it is None, or empty.

    ``problem`` says why it cannot be updated, or not even be looked at. ``changed`` is the date of
    the last commit that touched it.
    """

    place: str
    name: str
    path: Path | None = None
    problem: BlueprintError | None = None
    pattern: str = ""
    template: Origin | None = None
    standard: Origin | None = None
    drift: Drift | None = None
    findings: Findings | None = None
    unfinished: Unfinished | None = None
    owner: str = ""
    changed: str = ""

    @property
    def lags(self) -> bool:
        """Whether there is a later version of what it is from."""
        return any(one is not None and one.lags for one in (self.template, self.standard))

    @property
    def fine(self) -> bool:
        """Whether nobody has to do anything: it is whole, up to date, and nothing fails."""
        failing = self.findings is not None and self.findings.failing
        return not (self.problem or self.unfinished or failing or self.lags)


def standings_of(member: Member) -> list[Standing]:
    """Look at what a member of a fleet has."""
    try:
        with tempfile.TemporaryDirectory(prefix="look-") as folder:
            return [_standing(one, Path(folder)) for one in projects_of(member, Path(folder))]
    except BlueprintError as error:
        return [not_looked_at(member, error)]


def not_looked_at(member: Member, problem: BlueprintError) -> Standing:
    """Say why nothing is known of a member."""
    path = None if member.address else member.root
    return Standing(place=member.place, name=name_of(member), path=path, problem=problem)


def _standing(member: Member, scratch: Path) -> Standing:
    root = member.root or Path()
    try:
        project = CheckedProject(root)
        report = report_on(project)
        known = Standing(
            place=member.place,
            name=project.name,
            path=None if member.address else root,
            problem=project.damage,
            pattern=project.pattern,
            template=_template(project),
            standard=_standard(project),
            drift=_drift(project),
            findings=_findings(report),
            owner=_owner(project),
            changed=_last_commit(root),
        )
    except BlueprintError as error:
        return not_looked_at(member, error)
    try:
        return replace(known, unfinished=_unfinished(root, scratch))
    except BlueprintError as error:
        return replace(known, problem=known.problem or error)


def _template(project: CheckedProject) -> Origin | None:
    if project.record is None:
        return None
    render = project.record.render
    origin = Origin(
        name=render.name,
        kind=render.kind,
        source=render.source,
        ref=render.ref,
        commit=render.commit,
        version=render.version,
    )
    if render.source != BUILTIN:
        return origin
    installed = installed_version()
    return replace(origin, newest=installed, lags=is_later(installed, render.version))


def _standard(project: CheckedProject) -> Origin | None:
    render = project.record.render if project.record else None
    if render is None or not render.standard:
        return None
    return Origin(
        name=render.standard.rstrip("/").rpartition("/")[2].removesuffix(".git"),
        kind="standard",
        source=render.standard,
        ref=render.standard_ref,
        commit=render.standard_commit,
        version=render.standard_ref,
    )


def _drift(project: CheckedProject) -> Drift | None:
    """Count what differs; what git ignores and is not here was in no commit, so nobody deleted it.

    An edit in a place that the project has taken over is an edit all the same.
    """
    record = project.record
    if record is None:
        return None
    rendered = (path for path in record.base if path != SPEC_FILE)
    changed = [path for path in rendered if not project.is_pristine(path)]
    gone = [path for path in changed if not os.path.lexists(project.root / path)]
    ignored = set(ignored_among(Git(project.root, settings=IN_THE_PROJECT), gone))
    deleted = set(gone) - ignored
    edited = set(changed).difference(gone)
    managed = {path for path in (edited | deleted) & record.managed if not project.is_owned(path)}
    return Drift(edited=len(edited), deleted=len(deleted), managed=len(managed))


def _findings(report: ProjectReport) -> Findings:
    severities: Counter[Severity] = Counter(one.severity for one in report.findings)
    rules = Counter(one.rule.id for one in report.findings)
    errors, warnings, notes = (severities[severity] for severity in SEVERITIES)
    return Findings(
        errors=errors,
        warnings=warnings,
        notes=notes,
        rules=dict(sorted(rules.items())),
        failing=report.failing,
    )


def _owner(project: CheckedProject) -> str:
    said = project.spec.data.get("project") if isinstance(project.spec, Document) else None
    owner = said.get("owner") if isinstance(said, dict) else None
    return owner if isinstance(owner, str) else ""


def _last_commit(root: Path) -> str:
    return Git(root, settings=IN_THE_PROJECT).word("log", "-1", "--format=%cI", "--", ".")


def _unfinished(root: Path, scratch: Path) -> Unfinished | None:
    journal = read_journal(root)
    if journal is None:
        return None
    interrupted = journal.step == "applying"
    return Unfinished(
        command=journal.command,
        interrupted=interrupted,
        conflicts=() if interrupted else _open_conflicts(root, journal, scratch),
    )


def _open_conflicts(root: Path, journal: Journal, scratch: Path) -> tuple[str, ...]:
    repository = open_repository(root, scratch)
    return tuple(one.path for one in unresolved(root, journal, repository))
