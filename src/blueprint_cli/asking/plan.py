"""What would be created, and what it needs on this machine: shown before anything is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blueprint_cli.creating.create import create_project
from blueprint_cli.machine import examine_for
from blueprint_cli.patterns import ARCHITECTURES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from blueprint_cli.creating.create import Created, NewProject
    from blueprint_cli.creating.surroundings import GitOutcome
    from blueprint_cli.machine import Diagnosis, MachineFinding
    from blueprint_cli.patterns import Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A project as it would be created.

    ``folders``: the folders at its root with the number of files below each, most first; ``""``
    stands for the root itself.
    ``processes``: how many kinds of process run; ``roles`` is what the processes of one kind do.
    ``databases``: how many there are; where there is one, each context has a schema in it.
    ``broker``, ``gateway``: what stands between and before the processes; empty where nothing does.
    ``found``, ``missing``, ``not_needed``: what this machine has, what the project cannot begin
    without, and what it can.
    """

    name: str
    pattern: Pattern
    path: Path
    files: int
    folders: tuple[tuple[str, int], ...]
    contexts: int
    process_per_context: bool
    processes: int
    roles: tuple[str, ...]
    database_per_context: bool
    databases: int
    broker: str
    gateway: str
    git: GitOutcome
    found: tuple[MachineFinding, ...]
    missing: tuple[MachineFinding, ...]
    not_needed: tuple[MachineFinding, ...]


def plan_project(request: NewProject) -> Plan:
    """Return what a request would create here; nothing is written.

    Raises:
        BlueprintError: where it could not be created.
    """
    planned = create_project(replace(request, dry_run=True))
    return plan_of(planned, examine_for(planned.spec))


def plan_of(planned: Created, diagnosis: Diagnosis) -> Plan:
    """Return the plan for a project, and for a machine that was looked at for its sake."""
    architecture = ARCHITECTURES[planned.spec.pattern]
    contexts = len(planned.spec.contexts)
    absent = tuple(one for one in diagnosis.findings if not one.found)
    return Plan(
        name=planned.name,
        pattern=planned.spec.pattern,
        path=planned.path,
        files=len(planned.files),
        folders=_folders(planned.files),
        contexts=contexts,
        process_per_context=architecture.process_per_context,
        processes=architecture.processes(contexts),
        roles=architecture.roles,
        database_per_context=architecture.database_per_context,
        databases=architecture.databases(contexts),
        broker=architecture.broker,
        gateway=planned.spec.platform.gateway if architecture.gateway_in_front else "",
        git=planned.repository,
        found=tuple(one for one in diagnosis.findings if one.found),
        missing=tuple(one for one in absent if one.needed),
        not_needed=tuple(one for one in absent if not one.needed),
    )


def _folders(files: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(path.split("/")[0] if "/" in path else "" for path in files)
    return tuple(counts.most_common())
