"""What the contexts share in this process, and what each brings to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter
from sqlalchemy import Table

from app.background import Periodic
from kit.bus import Bus
from kit.database import Database
from kit.relay import Relay


@dataclass(frozen=True, slots=True)
class Foundation:
    """One database and one bus for all contexts."""

    database: Database
    bus: Bus

    def relay(self, outbox: Table) -> Relay:
        """From a context's outbox to everybody's handlers."""
        return Relay(self.database, outbox, self.bus.deliver)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One context: its routes, the statuses of its errors, its work in the background.

    `prepare` is run when the process starts, before it serves.
    """

    router: APIRouter
    statuses: Mapping[type[Exception], int]
    relays: Sequence[Relay] = ()
    periodic: Sequence[Periodic] = ()
    prepare: Sequence[Callable[[], None]] = field(default=())
