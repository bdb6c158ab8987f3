"""What runs in a cluster beside the application's processes, as the manifests of both forms say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from blueprint_cli.spec.platform import Platform


@dataclass(frozen=True, slots=True)
class Beside:
    """Pods of one kind in production, and what each asks for.

    ``cpu_millis`` is in thousandths of a core, ``memory_mib`` in MiB. ``database`` says that each
    has a disk with the project's databases.
    """

    name: str
    pods: int
    cpu_millis: int
    memory_mib: int
    database: bool = False


GATEWAY: Final = Beside("gateway", 2, 100, 64)
EDGE: Final = Beside("edge", 2, 100, 256)
POOLER: Final = Beside("pgbouncer", 2, 100, 64)
CLUSTER: Final = (
    Beside("postgres-node", 2, 250, 512, database=True),
    Beside("etcd", 3, 50, 128),
    Beside("postgres", 2, 50, 64),
)


def beside(platform: Platform) -> tuple[Beside, ...]:
    """Return what a project of this platform has in production beside its processes."""
    return (
        GATEWAY,
        *((EDGE,) if platform.cdn else ()),
        *((POOLER,) if platform.database.pooler else ()),
        *(CLUSTER if platform.database.cluster else ()),
    )
