"""What runs of a project, once for every target: processes, migrations, what each needs to start.

Compose, Kubernetes and functions render the same list; a target adds how it runs a process, never
which there are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from blueprint_cli.patterns import ARCHITECTURES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprint_cli.deployment.sizes import Sizes
    from blueprint_cli.spec.model import Spec

Role = Literal["server", "api", "relay", "consumer"]
# The one process, database and database role of a project whose contexts share them.
TOGETHER: Final = "server"
DATABASE_TOGETHER: Final = "app"
PORT: Final = 8000
# The variables with the URL of the role that works on rows.
ON_POSTGRESQL: Final = "DATABASE_URL"
ON_MYSQL: Final = "MYSQL_DATABASE_URL"
# What Compose gives a process; the estimate's gigabyte is what a host has for it.
MEMORY_MIB: Final = 512


@dataclass(frozen=True, slots=True)
class Resources:
    """What a process is given: CPU in thousandths of a core, memory in MiB, and how many run.

    ``most`` is how many a target may start at the peak; both are the estimate's.
    """

    cpu_millis: int
    memory_mib: int
    instances: int
    most: int


@dataclass(frozen=True, slots=True)
class Database:
    """A database of the project, with the role that works on rows and the one that owns tables.

    ``schemas`` is what ``python -m kit.migrate`` is given in ``image``, or on MySQL
    ``python -m kit.mysql.migrate``. ``urls`` are what it needs of the secrets of those who serve:
    the variables that name the roles to which a migration gives rights.
    """

    name: str
    image: str
    schemas: str
    urls: tuple[str, ...]

    @property
    def owner(self) -> str:
        """The role that owns the tables, and may migrate."""
        return f"{self.name}_owner"


@dataclass(frozen=True, slots=True)
class Process:
    """A kind of process: one container, or function, of which several may run.

    Attributes:
        name: unique in the project, in the form that host names have.
        context: whose it is; empty where one process has them all.
        role: what it does of its context; ``server`` does all.
        image: the image's name, without registry and tag.
        application: ``module:function`` that makes the ASGI application.
        database: the name of its database.
        settings: variables with fixed values, beside those that every process has.
        secrets: variables whose values are secret and made outside.
        public_keys: variables with the public keys of those who may call it; not secret.
        answers: whether requests from outside come to it.
        sends_email: whether it takes ``SMTP_URL`` and ``MAIL_FROM``.
        signs: whether it holds the keys that tokens are signed with.
        resources: what it is given.
    """

    name: str
    context: str
    role: Role
    image: str
    application: str
    database: str
    settings: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...]
    public_keys: tuple[str, ...]
    answers: bool
    sends_email: bool
    signs: bool
    resources: Resources

    @property
    def service(self) -> str:
        """The name of what a context's roles share: an account, a secret."""
        return self.context.replace("_", "-") or TOGETHER


class Workloads:
    """What runs of a project of one spec.

    ``contexts`` are the facts that templates have of them, by name.
    """

    def __init__(self, spec: Spec, contexts: Mapping[str, Mapping[str, Any]]) -> None:
        self._spec = spec
        self._contexts = contexts
        self._architecture = ARCHITECTURES[spec.pattern]

    @cached_property
    def processes(self) -> tuple[Process, ...]:
        """Every process, in the order of the contexts; a context's API before its other roles."""
        if not self._architecture.process_per_context:
            return (self._together(),)
        return tuple(process for name in self._contexts for process in self._of(name))

    @cached_property
    def databases(self) -> tuple[Database, ...]:
        """Every database on PostgreSQL, with what migrates it."""
        if not self._architecture.database_per_context:
            on_mysql = any(map(self._is_on_mysql, self._contexts))
            urls = (ON_POSTGRESQL, ON_MYSQL) if on_mysql else (ON_POSTGRESQL,)
            return (Database(DATABASE_TOGETHER, self._spec.project.name, "app:CONTEXTS", urls),)
        return tuple(
            self._database(name, "SCHEMAS", ON_POSTGRESQL)
            for name in self._contexts
            if not self._is_on_mysql(name)
        )

    @cached_property
    def on_mysql(self) -> tuple[Database, ...]:
        """Every database of a service that is on MySQL, with what migrates it."""
        if not self._architecture.database_per_context:
            return ()
        return tuple(
            self._database(name, "ON_MYSQL", ON_MYSQL)
            for name in self._contexts
            if self._is_on_mysql(name)
        )

    @property
    def migrations(self) -> tuple[Database, ...]:
        """Every database that has a migration of its own, wherever it is."""
        return (*self.databases, *self.on_mysql)

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The names under which roles of a context share what is theirs, see `Process.service`."""
        return tuple(dict.fromkeys(one.service for one in self.processes))

    def service_of(self, database: Database) -> str:
        """Return whose a database is, wherever that is."""
        return next(one.service for one in self.processes if one.database == database.name)

    @property
    def images(self) -> tuple[str, ...]:
        """The names of the project's images, without registry and tag."""
        return tuple(dict.fromkeys(one.image for one in self.processes))

    @property
    def addresses(self) -> dict[str, str]:
        """The variables by which processes find each other, with the name of the process."""
        if not self._architecture.process_per_context:
            return {}
        return {
            f"{one.context.upper()}_URL": one.name
            for one in self.processes
            if one.role in ("server", "api")
        }

    @cached_property
    def calls(self) -> dict[str, tuple[str, ...]]:
        """The processes that others call over HTTP, each with the names of those that do.

        Whoever verifies tokens asks the process that signs them for its keys.
        """
        found = {}
        for called in self.processes:
            if called.role in ("server", "api") and called.context:
                contexts = {
                    *self._callers(called.context),
                    *(self._contexts if called.signs else ()),
                }
                callers = (
                    one.name
                    for one in self.processes
                    if one.context in contexts and one.context != called.context
                )
                found[called.name] = tuple(callers)
        return {called: callers for called, callers in found.items() if callers}

    @property
    def broker(self) -> bool:
        """Whether events pass through Kafka."""
        return bool(self._architecture.broker)

    def _together(self) -> Process:
        return Process(
            name=TOGETHER,
            context="",
            role="server",
            image=self._spec.project.name,
            application="app.server:create_app",
            database=DATABASE_TOGETHER,
            settings=(),
            secrets=(ON_POSTGRESQL,),
            public_keys=(),
            answers=True,
            sends_email=any(one.get("sends_email") for one in self._contexts.values()),
            signs=True,
            resources=self._resources,
        )

    def _of(self, name: str) -> Iterator[Process]:
        facts = self._contexts[name]
        calls = self._architecture.calls_wait
        whole = Process(
            name=name.replace("_", "-"),
            context=name,
            role="server",
            image=f"{self._spec.project.name}-{name}",
            application=f"{name}_service.server:create_app",
            database=name,
            settings=(),
            secrets=(
                ON_MYSQL if self._is_on_mysql(name) else ON_POSTGRESQL,
                *(("SERVICE_KEY",) if calls else ()),
            ),
            public_keys=tuple(f"{other.upper()}_PUBLIC_KEYS" for other in self._callers(name)),
            answers=True,
            sends_email=bool(facts.get("sends_email")),
            signs=bool(facts["authenticates"]),
            resources=self._resources,
        )
        if not self.broker or facts["by"] == "hand":
            yield whole
            return
        roles: dict[Role, Any] = {
            "api": facts["routes"],
            "relay": facts["publishes"],
            "consumer": facts["handles"],
        }
        first = True
        for role, something in roles.items():
            if something:
                yield replace(
                    whole,
                    name=whole.name if first else f"{whole.name}-{role}",
                    role=role,
                    settings=(("ROLES", role),),
                    answers=role == "api",
                    # Nobody logs in at the others.
                    signs=whole.signs and role == "api",
                    # A gauge of a relay or consumer is that of one process, and one is enough.
                    resources=whole.resources
                    if role == "api"
                    else replace(whole.resources, instances=1),
                )
                first = False

    def _database(self, name: str, schemas: str, url: str) -> Database:
        image = f"{self._spec.project.name}-{name}"
        return Database(name, image, f"{name}_service.composition:{schemas}", (url,))

    def _is_on_mysql(self, name: str) -> bool:
        return bool(self._contexts[name]["on_mysql"])

    def _callers(self, name: str) -> list[str]:
        """Return the contexts whose events and questions reach this one as calls."""
        handled = self._contexts[name]["handles_elsewhere"]
        return [
            other
            for other, facts in self._contexts.items()
            if self._architecture.calls_wait and (other in handled or name in facts["needs"])
        ]

    def instances(self, requests_per_second: float) -> int:
        """Return how many processes there are in all at a steady load."""
        each = self._estimate.each(requests_per_second)
        return sum(each if one.answers else one.resources.instances for one in self.processes)

    @cached_property
    def _resources(self) -> Resources:
        estimate = self._estimate
        average, peak = estimate.each(estimate.average), estimate.each(estimate.peak)
        cpu = math.ceil(estimate.vcpu * 1000)
        return Resources(cpu, MEMORY_MIB, average, max(peak, average + 1))

    @cached_property
    def _estimate(self) -> Sizes:
        from blueprint_cli.deployment.sizes import sizes  # noqa: PLC0415 - only where it is deployed

        return sizes(self._spec, len(self._contexts))
