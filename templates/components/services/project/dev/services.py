"""Everything that runs under `make dev`: PostgreSQL, the services, the gateway."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dev import gateway
from dev.contexts import SERVICES
from dev.database import ROOT, given, roles_on
from dev.exclusive import answers, free_port
from dev.first_steps import links
from dev.postgres import EmbeddedPostgres, server_environment
from dev.processes import Process, ProcessError, kept


@dataclass(frozen=True)
class Services:
    """One run on this machine; `state` is the folder of its data."""

    host: str
    port: int
    state: Path
    reload: bool
    environment: Mapping[str, str]
    ports: Mapping[str, int] = field(
        default_factory=lambda: {service: free_port() for service in SERVICES}
    )

    @property
    def endpoints(self) -> Mapping[str, int]:
        """Name and port of every process that serves operators."""
        return self.ports

    @property
    def urls(self) -> Mapping[str, str]:
        """Name and base URL of every process that serves operators."""
        return {name: f"http://127.0.0.1:{port}" for name, port in self.endpoints.items()}

    @property
    def mailbox(self) -> Path:
        """The folder that e-mail is recorded in."""
        return Path(self.environment.get("MAILBOX_DIRECTORY") or self.state / "mailbox")

    def stages(self, postgres: EmbeddedPostgres | None) -> list[list[Process]]:
        """The processes; a stage starts when the one before it is ready.

        Without `postgres` the server is that of DATABASE_URL.
        """
        admin = None if postgres is None else postgres.prepare()
        made = [] if postgres is None else [[_postgres(postgres)]]
        return [*made, self._services(admin), [self._gateway()]]

    def _services(self, admin: str | None) -> list[Process]:
        migrated = _migration(admin, self.environment)
        return [self.service(name, admin, migrated) for name in SERVICES]

    def service(
        self, name: str, admin: str | None, migrated: Callable[[], Awaitable[None]] | None
    ) -> Process:
        """The process of a service; `migrated` is awaited before its first start."""
        roles = given(name) if admin is None else roles_on(admin, name)
        port = self.ports[name]

        async def ready() -> bool:
            return await answers(f"http://127.0.0.1:{port}/readyz")

        granian = (sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws")
        watched = (ROOT / "libs", ROOT / "services" / name / "src")
        reload = [part for path in watched for part in ("--reload-paths", str(path))]
        return Process(
            name=name,
            command=kept(
                [
                    *(*granian, *(("--reload", *reload) if self.reload else ())),
                    *("--host", "127.0.0.1", "--port", str(port)),
                    *("--factory", f"{name}_service.server:create_app"),
                ]
            ),
            environment=self.settings(name, roles.rows),
            ready=ready,
            prepare=migrated,
        )

    def settings(self, service: str, database_url: str) -> Mapping[str, str]:
        """A service's environment."""
        addresses = {
            f"{name.upper()}_URL": f"http://127.0.0.1:{port}" for name, port in self.ports.items()
        }
        shared = self.environment.get("PROMETHEUS_MULTIPROC_DIR")
        metrics = {"PROMETHEUS_MULTIPROC_DIR": f"{shared}/{service}"} if shared else {}
        return {
            "ENVIRONMENT": "development",
            "LOG_FORMAT": "console",
            "SIGNING_KEYS_DIRECTORY": str(self.state / "keys"),
            "TRUSTED_PROXIES": "127.0.0.0/8",
            "DEVELOPMENT_LINKS": json.dumps(links(self.mailbox, self.urls)),
            **addresses,
            **self.environment,
            **metrics,
            "MAILBOX_DIRECTORY": str(self.mailbox),
            "DATABASE_URL": database_url,
            "HOST": "127.0.0.1",
            "PORT": str(self.ports[service]),
            "PYTHONUNBUFFERED": "1",
        }

    def _gateway(self) -> Process:
        async def ready() -> bool:
            return await answers(f"http://{self.host}:{self.port}/.well-known/jwks.json")

        addresses = {service: f"127.0.0.1:{port}" for service, port in self.ports.items()}
        folder = self.state / "gateway"
        command = gateway.command(
            folder,
            self.host,
            self.port,
            addresses,
            rate=int(self.environment.get("GATEWAY_RATE") or 3000),
            connections=int(self.environment.get("GATEWAY_CONNECTIONS") or 100),
            sample_ratio=float(self.environment.get("TRACES_SAMPLE_RATIO") or 1),
            cors_origins=self.environment.get("CORS_ORIGINS", ""),
            pages=SERVICES[0],
            for_people=self.environment.get("LOG_FORMAT", "console") == "console",
        )
        return Process(
            name="gateway",
            command=kept(command, grace=10),
            environment=dict(self.environment),
            ready=ready,
        )


def _migration(admin: str | None, environment: Mapping[str, str]) -> Callable[[], Awaitable[None]]:
    """Make and migrate every service's database, once for all who await it."""
    begun: list[asyncio.Task[None]] = []

    async def migrate() -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dev.migrate"),
            env={**environment, **({} if admin is None else {"ADMIN_DATABASE_URL": admin})},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode != 0:
            text = output.decode("utf-8", errors="replace").rstrip()
            raise ProcessError(f"the migrations failed:\n{text}")

    async def once() -> None:
        if not begun:
            begun.append(asyncio.create_task(migrate()))
        await asyncio.shield(begun[0])

    return once


def _postgres(postgres: EmbeddedPostgres) -> Process:
    async def ready() -> bool:
        return await asyncio.to_thread(postgres.answers)

    return Process(
        name="postgres",
        command=postgres.command,
        environment=server_environment(),
        ready=ready,
        quiet=True,
        inherited=(postgres.lock_fd,),
    )
