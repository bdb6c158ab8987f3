"""What `make dev` runs: a broker, PostgreSQL, the services and the gateway."""

import asyncio
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field

from dev.brokers import PARTITIONS, VARIABLE, address_file, answers, command, topics
from dev.contexts import CONTEXTS
from dev.postgres import EmbeddedPostgres
from dev.processes import Process, kept
from dev.services import Services


@dataclass(frozen=True)
class Stack(Services):
    """One run on this machine. Without KAFKA_BOOTSTRAP_SERVERS it has an embedded broker."""

    # Known once the broker has started, and another one after it was started again.
    found: dict[str, str] = field(default_factory=dict)

    def stages(self, postgres: EmbeddedPostgres | None) -> list[list[Process]]:
        """The broker first: everything else needs its address."""
        broker = [] if self.environment.get(VARIABLE) else [[self._broker()]]
        return [*broker, *super().stages(postgres)]

    def settings(self, context: str, database_url: str) -> Mapping[str, str]:
        """A service's environment, with the address that the broker has when the service starts."""
        return ChainMap(self.found, dict(super().settings(context, database_url)))

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
            restarts=CONTEXTS,
        )
