"""What `make dev` runs: a broker, PostgreSQL, the services and the gateway.

Of the services in SPLIT_ROLES, such as `catalog,orders`, each role is a process of its own, as it
may be in production.
"""

import asyncio
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dev.brokers import PARTITIONS, VARIABLE, address_file, answers, command, roles_of, topics
from dev.contexts import SERVICES
from dev.exclusive import free_port
from dev.postgres import EmbeddedPostgres
from dev.processes import Process, kept
from dev.services import Services


@dataclass(frozen=True)
class Stack(Services):
    """One run on this machine. Without KAFKA_BOOTSTRAP_SERVERS it has an embedded broker."""

    # Known once the broker has started, and another one after it was started again.
    found: dict[str, str] = field(default_factory=dict)
    # Service and role of what is a process of its own, with its port.
    apart: dict[tuple[str, str], int] = field(default_factory=dict)
    # Of the process that is described; "" has the first role, and all that no other process has.
    role: str = ""

    def __post_init__(self) -> None:
        """Ports for the roles that are split off."""
        named = self.environment.get("SPLIT_ROLES", "").split(",")
        roles = [(each, role) for each in SERVICES if each in named for role in roles_of(each)[1:]]
        self.apart.update({each: free_port() for each in roles if each not in self.apart})

    @property
    def endpoints(self) -> Mapping[str, int]:
        """Of every process, also of those that the gateway does not ask."""
        return {**self.ports, **{"-".join(each): port for each, port in self.apart.items()}}

    def stages(self, postgres: EmbeddedPostgres | None) -> list[list[Process]]:
        """The broker first: everything else needs its address."""
        broker = [] if self.environment.get(VARIABLE) else [[self._broker()]]
        return [*broker, *super().stages(postgres)]

    def settings(self, service: str, database_url: str) -> Mapping[str, str]:
        """A service's environment, with the address that the broker has when the service starts."""
        here = dict(super().settings(service, database_url))
        if any(each == service for each, _ in self.apart):
            left = [role for role in roles_of(service) if (service, role) not in self.apart]
            here["ROLES"] = self.role or ",".join(left)
        if self.role or "api" not in roles_of(service):  # one process each, as in production
            here["GRANIAN_WORKERS"] = "1"
            here.pop("PROMETHEUS_MULTIPROC_DIR", None)
        return ChainMap(self.found, here)

    def _services(self, admin: str | None) -> list[Process]:
        services = super()._services(admin)
        migrated = services[0].prepare
        for (name, role), port in self.apart.items():
            elsewhere = replace(self, ports={**self.ports, name: port}, role=role)
            process = elsewhere.service(name, admin, migrated)
            services.append(replace(process, name=f"{name}-{role}"))
        return services

    def _broker(self) -> Process:
        file = address_file(self.state)

        async def ready() -> bool:
            address = file.read_text(encoding="ascii") if file.exists() else ""
            # After a crash the file holds the address that was.
            if not await asyncio.to_thread(answers, address):
                return False
            self.found[VARIABLE] = address
            return True

        return Process(
            name="kafka",
            command=kept(command(file, topics(PARTITIONS))),
            environment=dict(self.environment),
            ready=ready,
            restarts=list(self.endpoints),
        )
