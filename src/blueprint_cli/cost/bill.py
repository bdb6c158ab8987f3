"""What a pattern costs a month on a platform, at one load."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.patterns import ARCHITECTURES
from blueprint_cli.recommendation.estimates import demand, load_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.cost.books import PricedPlatform
    from blueprint_cli.deployment.beside import Beside
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.rules import KnownRequirements

MILLION = 1_000_000
HOURS_PER_DAY = 24
SECONDS_PER_DAY = 86_400
SECONDS_PER_HOUR = 3_600
# Cloud Run gives no less to an instance that serves several requests at once.
LEAST_VCPU = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """One position of a bill; ``mark`` says how well its price is known."""

    name: str
    usd: float
    how: str
    mark: str


@dataclass(frozen=True, slots=True)
class Bill:
    """Infrastructure and people apart; ``missing`` is what no price is known for."""

    lines: tuple[Line, ...]
    infrastructure_usd: float
    people_usd: float
    people_hours: float
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workload:
    """What runs: from the pattern, the load and the assumptions; ``beside`` in a cluster alone."""

    pattern: Pattern
    requests: float
    calls: float
    instances: int
    processes: int
    database_servers: int
    broker: bool
    beside: tuple[Beside, ...] = ()


def workload(
    pattern: Pattern,
    answers: KnownRequirements,
    assume: Mapping[str, float],
    requests_per_second: float,
) -> Workload:
    """Return what a pattern runs at a steady load of so many requests a second."""
    load = load_of(answers, assume)
    architecture = ARCHITECTURES[pattern]
    needs = demand(pattern, load, assume, requests_per_second)
    month = assume["days_per_month"] * SECONDS_PER_DAY
    requests = requests_per_second * month
    events = load.events if load.average <= 0 else load.events / load.average * requests_per_second
    # Beside the requests from outside: calls between services, and each event at each reader.
    between = needs.synchronous_calls * requests
    delivered = events * max(1, load.consumers) * month if architecture.broker else 0.0
    servers = math.ceil(
        architecture.databases(load.contexts) / assume["contexts_per_database_server"]
    )
    return Workload(
        pattern=pattern,
        requests=requests,
        calls=requests + between + delivered,
        instances=needs.instances,
        processes=needs.processes,
        database_servers=servers,
        broker=bool(architecture.broker),
    )


def bill(platform: PricedPlatform, work: Workload, assume: Mapping[str, float]) -> Bill:
    """Return a month's bill on a platform."""
    lines = _Lines(platform, work, assume)
    if platform.kind == "functions":
        lines.functions()
    elif platform.kind == "containers":
        lines.containers()
    else:
        lines.kubernetes()
    if not platform.all_in:
        lines.shared()
    return _whole(lines, work, assume, clusters=platform.kind == "kubernetes")


def bill_of_a_host(platform: PricedPlatform, work: Workload, assume: Mapping[str, float]) -> Bill:
    """Return a month's bill of one machine that runs everything, databases and broker too."""
    lines = _Lines(platform, work, assume)
    lines.add("host", "node_hour", lines.hours, "one machine")
    lines.traffic()
    return _whole(lines, work, assume, clusters=0)


def _whole(lines: _Lines, work: Workload, assume: Mapping[str, float], *, clusters: int) -> Bill:
    """Return what was added up, with the people who operate it."""
    hours = (
        assume["work_hours_platform"]
        + work.processes * assume["work_hours_per_process"]
        + work.broker * assume["work_hours_broker"]
        + clusters * assume["work_hours_kubernetes"]
    )
    return Bill(
        lines=tuple(lines.found),
        infrastructure_usd=round(sum(line.usd for line in lines.found), 2),
        people_usd=round(hours * assume["work_hour_usd"], 2),
        people_hours=round(hours, 1),
        missing=tuple(lines.missing),
    )


class _Lines:
    """Adds up the lines of one bill."""

    def __init__(
        self, platform: PricedPlatform, work: Workload, assume: Mapping[str, float]
    ) -> None:
        self.platform = platform
        self.work = work
        self.assume = assume
        self.hours = assume["days_per_month"] * HOURS_PER_DAY
        self.found: list[Line] = []
        self.missing: list[str] = []

    def add(self, name: str, price_name: str, units: float, how: str) -> None:
        price = self.platform.prices.get(price_name)
        if price is None:
            self.missing.append(name)
            return
        self.found.append(Line(name, round(units * price.usd, 2), how, price.mark))

    def functions(self) -> None:
        platform, calls = self.platform, self.work.calls
        billed = max(0.0, calls - platform.free_calls)
        if platform.all_in:
            self.add("calls, all in", "call_all_in", billed, f"{calls:,.0f} calls")
            return
        self.add("calls", "million_calls", billed / MILLION, f"{calls:,.0f} calls")
        seconds = calls * self.assume["function_ms"] / 1000
        memory = self.assume["function_memory_mb"]
        if "vcpu_second" in platform.prices:
            seconds = min(seconds, self.work.instances * self.hours * SECONDS_PER_HOUR)
            memory = self.assume["instance_gb"] * 1024
            processors = seconds * max(LEAST_VCPU, self.assume["instance_vcpu"])
            self.add(
                "processor",
                "vcpu_second",
                max(0.0, processors - platform.free_vcpu_seconds),
                f"{processors:,.0f} vCPU-s",
            )
        gigabytes = seconds * memory / 1024
        self.add(
            "memory",
            "gb_second",
            max(0.0, gigabytes - platform.free_gb_seconds),
            f"{gigabytes:,.0f} GB-s",
        )
        if "ghz_second" in platform.prices:
            cycles = seconds * _ghz(platform, memory)
            self.add(
                "processor",
                "ghz_second",
                max(0.0, cycles - platform.free_ghz_seconds),
                f"{cycles:,.0f} GHz-s",
            )
        price = platform.prices.get("gateway_million")
        free = price.free_millions if price else 0.0
        millions = self.work.requests / MILLION
        self.add(
            "gateway", "gateway_million", max(0.0, millions - free), f"{millions:,.1f} M requests"
        )

    def containers(self) -> None:
        self._compute()
        if not self.platform.balanced:
            self.add("balancer", "balancer_hour", self.hours, "one")

    def _compute(self) -> None:
        count = self.work.instances
        self.add(
            "processors",
            "vcpu_hour",
            count * self.assume["instance_vcpu"] * self.hours,
            f"{count} instances of {self.assume['instance_vcpu']:g} vCPU",
        )
        self.add(
            "memory",
            "gb_hour",
            count * self.assume["instance_gb"] * self.hours,
            f"{count} instances of {self.assume['instance_gb']:g} GB",
        )

    def kubernetes(self) -> None:
        count, use = self.work.instances, self.assume["node_use"]
        beside = self.work.beside
        vcpu = sum(one.pods * one.cpu_millis for one in beside) / 1000
        gigabytes = sum(one.pods * one.memory_mib for one in beside) / 1024
        vcpu += count * self.assume["instance_vcpu"]
        gigabytes += count * self.assume["instance_gb"]
        nodes = max(
            round(self.assume["least_nodes"]),
            # What fills a node to the brim fills one, whatever binary fractions make of it.
            math.ceil(round(vcpu / (self.platform.node_vcpu * use), 6)),
            math.ceil(round(gigabytes / (self.platform.node_gb * use), 6)),
        )
        self.add("control plane", "cluster_hour", self.hours, "one cluster")
        pods = sum(one.pods for one in beside)
        how = f"{nodes} nodes, {count} instances" + (
            f" and {pods} pods beside them" if pods else ""
        )
        self.add("nodes", "node_hour", nodes * self.hours, how)
        self.add("balancer", "balancer_hour", self.hours, "one")

    def shared(self) -> None:
        servers = self.work.database_servers
        plural = "server" if servers == 1 else "servers"
        disks = sum(one.pods for one in self.work.beside if one.database)
        if disks:  # the servers are among the pods, and each has all of the databases
            servers *= disks
        else:
            self.add("database", "database_hour", servers * self.hours, f"{servers} {plural}")
        if "database" not in self.missing:
            gigabytes = servers * self.assume["database_gb"]
            self.add("database storage", "database_gb_month", gigabytes, f"{gigabytes:g} GB")
        if self.work.broker:
            price = self.platform.prices.get("broker_hour")
            count = (price.count if price else 0) or round(self.assume["brokers"])
            self.add("broker", "broker_hour", count * self.hours, f"{count}")
            self.add(
                "broker storage",
                "broker_gb_month",
                self.assume["broker_gb"],
                f"{self.assume['broker_gb']:g} GB",
            )
        self.traffic()

    def traffic(self) -> None:
        traffic = self.work.requests * self.assume["response_kb"] / 1e6
        billed = max(0.0, traffic - self.platform.free_egress_gb)
        self.add("traffic out", "egress_gb", billed, f"{traffic:,.0f} GB")


def _ghz(platform: PricedPlatform, memory: float) -> float:
    """Return the processor that comes with a function's memory: the next step that is enough."""
    for step, ghz in platform.ghz_of_memory:
        if memory <= step:
            return ghz
    return platform.ghz_of_memory[-1][1] if platform.ghz_of_memory else 0.0
