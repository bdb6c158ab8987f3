"""What a context on MySQL is wired on, and what its process looks at.

In a process of several contexts that is beside PostgreSQL; one of its own has nothing else.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import Table

from kit import composition
from kit.bus import Bus
from kit.composition import Application, Check, Part
from kit.messages import Consumers
from kit.metrics import Metrics
from kit.mysql.database import Database
from kit.mysql.migrations import pending_on
from kit.mysql.relay import Relay
from kit.relay import Policy
from kit.settings import CommonSettings


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
    """The part of a context, ready only where its database answers and has its tables.

    Its pool is shown beside the process's own, and so whether it answers.
    """
    name = f"mysql_{database.context}"
    checks = {name: database.ping, f"{name}_migrations": migrated(database, [database.context])}

    def observe(metrics: Metrics) -> None:
        metrics.databases.append(database)

    return replace(part, checks={**part.checks, **checks}, observe=(*part.observe, observe))


def migrated(database: Database, contexts: Sequence[str]) -> Check:
    """This release can work on the tables of all that is in the database."""

    async def check() -> None:
        if behind := [name for name in contexts if await pending_on(database, name)]:
            raise RuntimeError(f"not migrated: {', '.join(behind)}")

    return check


def compose(
    settings: CommonSettings,
    database: Database,
    parts: Sequence[Part],
    migrations: Check,
    close: Sequence[Callable[[], Awaitable[None]]] = (),
) -> Application:
    """As kit.composition, of a process that has no other database."""
    # It answers whatever is asked of PostgreSQL's: by kit.server and kit.operations.
    return composition.compose(settings, cast("Any", database), parts, migrations, close)
