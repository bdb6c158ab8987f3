"""A bench of a project, from its folder to its verdict."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.accounts import given_accounts
from blueprint_cli.benching.address import address_of
from blueprint_cli.benching.baseline import check_comparable, run_of
from blueprint_cli.benching.cleaning import clean
from blueprint_cli.benching.client import Client
from blueprint_cli.benching.dashboards import FOLDER, read_boards, shown
from blueprint_cli.benching.hardware import Hardware, this_machine
from blueprint_cli.benching.leaving import require_accounts, what_stays
from blueprint_cli.benching.load import Load, allow_files
from blueprint_cli.benching.moments import now
from blueprint_cli.benching.observed import Observed, Seen
from blueprint_cli.benching.people import People
from blueprint_cli.benching.plan import SECONDS, Plan, check_budget, within
from blueprint_cli.benching.project import gateway_of, read_examples, running
from blueprint_cli.benching.run import MOST_STEPS, Bench, bench
from blueprint_cli.benching.scraped import UNSEEN, Scraped
from blueprint_cli.benching.scraping import EVERY_SECONDS, require_prometheus, scraping
from blueprint_cli.benching.setting import Setting, prepare
from blueprint_cli.benching.verdict import Verdict, verdict
from blueprint_cli.benching.watch import watching
from blueprint_cli.benching.workload import SEED, mixed
from blueprint_cli.errors import BenchInterrupted, BenchRefused, Failed, Interrupted, some
from blueprint_cli.interruption import ignore_signals
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.project import project_root
from blueprint_cli.recommendation.measured import read_corrections
from blueprint_cli.spec.reading import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from blueprint_cli.benching.address import Address
    from blueprint_cli.benching.baseline import Baseline
    from blueprint_cli.benching.cleaning import Left
    from blueprint_cli.benching.dashboards import Board
    from blueprint_cli.benching.project import Examples, RunningProject
    from blueprint_cli.prometheus import Prometheus
    from blueprint_cli.spec.model import Spec

# What Prometheus does unless it is told otherwise, and a project's own does.
SCRAPED_EVERY: Final = 15.0
MOST_LATER: Final = 50_000
KINDS: Final = ("reads", "lists", "creates", "commands", "logins")


@dataclass(frozen=True, slots=True)
class Running:
    """A project that is up already, and what its bench may do."""

    url: str
    accounts: Path | None = None
    leave_data: bool = False
    another_host: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of which project, and what it is worth.

    ``url`` is where it was up already, else empty; ``left`` is what is still there; ``gateway`` is
    what was started in front of it, or empty.
    """

    spec: Spec
    workers: int
    cores: int
    bench: Bench
    verdict: Verdict
    observed: Observed = field(default_factory=Observed)
    hardware: Hardware = field(default_factory=this_machine)
    url: str = ""
    left: tuple[Left, ...] = ()
    gateway: str = ""


@dataclass(frozen=True, slots=True)
class _Measure:
    """Prepares one project and loads it.

    ``boards`` are dashboards that are drawn of it: by ``prometheus``, or by one that is started.
    """

    spec: Spec
    examples: Examples
    plan: Callable[[], Plan]
    say: Callable[[str], None]
    boards: tuple[Board, ...] = ()
    prometheus: Prometheus | None = None

    def of(
        self,
        address: Address,
        people: People,
        client: Client,
        setting: Setting,
        project: RunningProject | None = None,
    ) -> tuple[Bench, Observed]:
        """Make accounts and rows, then hold the rate; see what can be seen of its processes."""
        workload, slo = self.spec.slo.workload, self.spec.slo
        self.say("Making accounts and rows …")
        load = Load(
            address.answering(),
            address.port,
            tls=address.context(),
            name=address.name,
            think_seconds=workload.think_time_ms / 1000,
        )
        prepare(self.spec, client, people, self.examples, setting)
        if setting.refused:
            self.say(f"Refused of tests/examples.py, and so not asked for: {some(setting.refused)}")
        shares = {kind: float(getattr(workload, kind)) for kind in KINDS}
        draw = random.Random(SEED)  # noqa: S311 - no secret is made of it
        requests = mixed(setting.loads, shares, draw)
        plan = self.plan()
        self.say(f"Asking {slo.throughput_rps:g} requests/s: {plan} …")
        seen: Seen | Scraped | None = None
        if project:
            seen = Seen(project)
        elif self.prometheus:
            seen = Scraped(self.prometheus)
        processes = project.processes if project else ()
        with (
            watching(processes, seen.processes if seen else {}) as watch,
            self._scraping(project, seen) as prometheus,
        ):
            begun = now()
            found = asyncio.run(
                bench(
                    load,
                    requests,
                    slo,
                    seconds=plan.seconds,
                    processes=processes,
                    steps=plan.steps,
                    rest=seen.rest if seen else None,
                )
            )
            observed = Observed(unknown=UNSEEN)
            if seen:
                observed = seen.observed(found, self.spec, watch)
            if prometheus is None or not self.boards:
                return found, observed
            self.say("Asking Prometheus what the dashboards ask …")
            scrape = EVERY_SECONDS if project else SCRAPED_EVERY
            drawn = shown(self.boards, prometheus, begun, now(), scrape=scrape)
            if project:  # of whose servers nobody asks: there are no exporters
                drawn = tuple(one for one in drawn if one.panels)
            return found, replace(observed, dashboards=drawn)

    @contextlib.contextmanager
    def _scraping(
        self, project: RunningProject | None, seen: Seen | Scraped | None
    ) -> Iterator[Prometheus | None]:
        """What scrapes the project, where dashboards are to be drawn."""
        if not self.boards or project is None or seen is None:
            yield self.prometheus
            return
        with scraping(seen.processes, project.root, project.log.parent / "prometheus") as started:
            yield started


def bench_project(  # noqa: PLR0913 - each is a thing of its own
    path: Path | None,
    *,
    seconds: float = SECONDS,
    budget_minutes: float | None = None,
    workers: int | None = None,
    climb: bool | None = None,
    at: Running | None = None,
    gateway: bool = True,
    dashboards: bool = False,
    prometheus: Prometheus | None = None,
    before: Baseline | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Result:
    """Run a project on embedded servers, load it, and hold it to its SLO.

    Args:
        path: the project; the current folder unless given.
        seconds: how long the SLO's rate is held.
        budget_minutes: how long all of it may take; it is planned to fit, whatever ``seconds`` is.
        workers: of each process; one for each core unless given.
        climb: whether rates above the SLO's are tried; unless given, only where the project is
            started for that.
        gateway: whether a monolith is asked through the gateway of production.
        at: where it is up already; then nothing is started, and what can be deleted is.
        dashboards: whether what the project's dashboards ask is drawn of the run.
        prometheus: what scrapes a project that is up already, and says what was seen of it; for
            others one is started.
        before: an earlier run, which has to be of the same project on the same machine.
        say: takes a line for whoever waits.

    Raises:
        BlueprintError: in one of its kinds, where it is no project, or cannot be run.
    """
    begun = time.monotonic()
    root = project_root(path)
    spec = read_spec(root / SPEC_FILE)
    if not spec.template.is_builtin:
        raise Failed(
            "bench knows how the built-in patterns are started, and this is a team's template",
            hint="Measure it with a tool of its own.",
        )
    if budget_minutes is not None:
        check_budget(budget_minutes, spec, started=at is None)
    machine = this_machine()
    workers = workers or machine.cores
    if before is not None:
        in_front = "" if at else gateway_of(root, spec, behind_gateway=gateway)
        check_comparable(before, machine, run_of(spec, workers, in_front, at.url if at else ""))
    # Who has a Prometheus may draw with something else than Grafana.
    drawn = dashboards and (prometheus is None or (root / FOLDER).is_dir())
    boards = read_boards(root) if drawn else ()
    if boards and prometheus is None:
        require_prometheus()
    elif prometheus is not None:
        prometheus.number("vector(1)", time.time())  # said before an hour of load, not after it
    allow_files()
    climbs = climb if climb is not None else at is None

    def plan() -> Plan:
        if budget_minutes is None:
            return Plan(seconds, MOST_STEPS if climbs else 0)
        return within(budget_minutes, spent=time.monotonic() - begun, climb=climbs)

    measure = _Measure(spec, read_examples(root), plan, say, boards, prometheus)
    left: tuple[Left, ...] = ()
    in_front = ""
    is_here = True
    if at is not None:
        # Asked once, before the load: a name service that fails later costs no result.
        address = address_of(at.url)
        is_here = address.is_here
        found, beside, left = _running_already(at, address, measure)
    else:
        say(f"Starting {spec.project.name}, {workers} of each process …")
        with running(root, spec, workers=workers, behind_gateway=gateway, say=say) as project:
            in_front = project.gateway
            found, beside = _of_started(project, measure)
    return Result(
        spec,
        workers,
        machine.cores,
        found,
        verdict(
            found,
            spec,
            # The model is of one machine, whose cores the project and the load share.
            cores=machine.cores if is_here else None,
            observed=beside,
            corrections=read_corrections(root),
        ),
        beside,
        machine,
        url=at.url if at else "",
        left=left,
        gateway=in_front,
    )


def _of_started(project: RunningProject, measure: _Measure) -> tuple[Bench, Observed]:
    """Measure a project that ends with the run, and with it all that was made in it."""
    address = address_of(project.base_url)
    client = Client(address)
    people = People(client, project.give_role)
    return measure.of(address, people, client, Setting(), project)


def _running_already(
    at: Running, address: Address, measure: _Measure
) -> tuple[Bench, Observed, tuple[Left, ...]]:
    """Measure a project that is up, and delete again what can be deleted.

    Raises:
        BenchRefused: before anything is sent to it.
    """
    if not address.is_here and not at.another_host:
        raise BenchRefused(
            f"{address.name} is not this machine: {', '.join(address.ips)}",
            hint="Whoever runs it may want to know of the load. If they do: --yes-this-host",
        )
    given = given_accounts(at.accounts, os.environ)
    require_accounts(measure.spec, given, measure.examples)
    stays = what_stays(measure.spec, given)
    if stays and not at.leave_data:
        raise BenchRefused(
            f"it would leave behind in the project: {'; '.join(stays)}",
            hint="Say --leave-data where that may be.",
        )
    for one in stays:
        measure.say(f"Stays in the project: {one}")
    client = Client(address)
    # Its rows may lie beside those that an earlier run has left.
    setting = Setting(later=1 + secrets.randbelow(MOST_LATER))
    people = People(client, None, given)
    stopped = False
    people.let_in()
    try:
        found, beside = measure.of(address, people, client, setting)
    except Interrupted:
        stopped = True
        raise
    finally:
        ignore_signals()  # what was made is deleted whole
        client.close()
        deleted, left = clean(setting.made, address, people)
        are_left = ", ".join(str(one) for one in left)
        measure.say(f"Deleted {deleted} rows" + (f"; left behind: {are_left}" if left else "."))
        if stopped and left:
            raise BenchInterrupted(f"interrupted; left behind in the project: {are_left}") from None
    return found, beside, left
