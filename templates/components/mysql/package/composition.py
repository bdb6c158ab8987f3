"""What a context on MySQL is wired on, and what its process looks at beside PostgreSQL."""

from dataclasses import dataclass, replace

from sqlalchemy import Table

from kit.bus import Bus
from kit.composition import Part
from kit.messages import Consumers
from kit.mysql.database import Database
from kit.mysql.migrations import pending_on
from kit.mysql.relay import Relay
from kit.relay import Policy


@dataclass(frozen=True, slots=True)
class Foundation:
    """As kit.composition has it, on the context's own database."""

    database: Database
    bus: Bus
    consumers: Consumers
    policy: Policy | None = None

    def relay(self, outbox: Table) -> Relay:
        """From the context's outbox to everybody's handlers."""
        return Relay(self.database, outbox, self.consumers, self.policy)


def checked(part: Part, database: Database) -> Part:
    """The part of a context, ready only where its database answers and has its tables."""

    async def migrated() -> None:
        if await pending_on(database):
            raise RuntimeError(f"not migrated: {database.context}")

    name = f"mysql_{database.context}"
    return replace(
        part, checks={**part.checks, name: database.ping, f"{name}_migrations": migrated}
    )
