"""A bench of a project, from its folder to its verdict."""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.client import Client
from blueprint_cli.benching.hardware import Hardware, this_machine
from blueprint_cli.benching.observed import Observed, Seen
from blueprint_cli.benching.people import People
from blueprint_cli.benching.project import read_examples, running
from blueprint_cli.benching.run import Bench, bench
from blueprint_cli.benching.setting import prepare
from blueprint_cli.benching.verdict import Verdict, verdict
from blueprint_cli.benching.watch import watching
from blueprint_cli.benching.workload import SEED, mixed
from blueprint_cli.errors import Failed
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.project import project_root
from blueprint_cli.spec.reading import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from blueprint_cli.spec.model import Spec

KINDS: Final = ("reads", "lists", "creates", "commands")


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of which project, and what it is worth."""

    spec: Spec
    workers: int
    cores: int
    bench: Bench
    verdict: Verdict
    observed: Observed = field(default_factory=Observed)
    hardware: Hardware = field(default_factory=this_machine)


def bench_project(
    path: Path | None,
    *,
    seconds: float,
    workers: int | None = None,
    climb: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> Result:
    """Run a project on embedded servers, load it, and hold it to its SLO.

    Args:
        path: the project; the current folder unless given.
        seconds: how long the SLO's rate is held.
        workers: of each process; one for each core unless given.
        climb: whether rates above the SLO's are tried.
        say: takes a line for whoever waits.

    Raises:
        BlueprintError: in one of its kinds, where it is no project, or cannot be run.
    """
    root = project_root(path)
    spec = read_spec(root / SPEC_FILE)
    if not spec.template.is_builtin:
        raise Failed(
            "bench knows how the built-in patterns are started, and this is a team's template",
            hint="Measure it with a tool of its own.",
        )
    cores = os.cpu_count() or 1
    workers = workers or cores
    say(f"Starting {spec.project.name} with {workers} workers …")
    with running(root, workers=workers) as project:
        client = Client(project.base_url)
        people = People(client, project.give_role)
        say("Making accounts and rows …")
        loads = prepare(spec, client, people, read_examples(root))
        shares = {kind: float(getattr(spec.slo.workload, kind)) for kind in KINDS}
        requests = mixed(loads, shares, random.Random(SEED))  # noqa: S311 - no secret is made of it
        say(f"Holding {spec.slo.throughput_rps:g} requests/s for {seconds:g} s …")
        seen = Seen(project)
        with watching(project.process, seen.urls) as watch:
            found = asyncio.run(
                bench(
                    client.host,
                    client.port,
                    requests,
                    spec.slo,
                    seconds=seconds,
                    process=project.process,
                    climb=climb,
                    rest=seen.rest,
                )
            )
            beside = seen.observed(found, spec, watch)
    judged = verdict(found, spec, workers=workers, observed=beside)
    return Result(spec, workers, cores, found, judged, beside)
