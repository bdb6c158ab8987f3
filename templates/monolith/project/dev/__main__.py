"""`make dev`: PostgreSQL, migrations and the server with reload, in the foreground.

Environment: PORT (8000), HOST (127.0.0.1), DATABASE_URL (without it: the embedded PostgreSQL).
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from dev.database import DATABASE, ROOT, STATE, embedded, require_given, roles_on
from dev.exclusive import InUseError, PortTakenError, answers, number_of, own, require_free_port
from dev.first_steps import announcement, links
from dev.postgres import EmbeddedPostgres, PostgresError, server_environment
from dev.processes import Output, Process, ProcessError, Supervisor, complain, kept


def postgres_process(postgres: EmbeddedPostgres) -> Process:
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


def server_process(
    host: str, port: int, environment: dict[str, str], admin: dict[str, str]
) -> Process:
    async def migrate() -> None:
        migration = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "kit.migrate", "app:CONTEXTS"),
            env=environment | admin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = await migration.communicate()
        if migration.returncode != 0:
            text = output.decode("utf-8", errors="replace").rstrip()
            raise ProcessError(f"the migrations failed:\n{text}")

    async def ready() -> bool:
        return await answers(f"http://{host}:{port}/readyz")

    granian = (sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws")
    reload = ("--reload", "--reload-paths", str(ROOT / "src"))
    return Process(
        name="server",
        command=kept(
            [
                *(*granian, *reload),
                *("--host", host, "--port", str(port), "--factory", "app.server:create_app"),
            ]
        ),
        environment=environment,
        ready=ready,
        prepare=migrate,
    )


def compile_modules() -> subprocess.Popen[bytes] | None:
    """Imports the server while PostgreSQL starts; None where its modules are compiled already.

    uv installs them as source. To compile them takes half of the first start's processor time, and
    only one process at a time would do it.
    """
    spec = find_spec("fastapi")
    if spec is None or spec.cached is None or Path(spec.cached).exists():
        return None
    nothing = subprocess.DEVNULL
    command = (sys.executable, "-c", "import app.server")
    return subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing)


def main() -> int:
    began = time.monotonic()
    output = Output(1)
    host, port = os.environ.get("HOST") or "127.0.0.1", number_of("PORT", 8000)
    base = f"http://{host}:{port}"
    mailbox = Path(os.environ.get("MAILBOX_DIRECTORY") or STATE / "mailbox")
    processes = {"server": base}
    environment = {
        "ENVIRONMENT": "development",
        "LOG_FORMAT": "console",
        "SIGNING_KEYS_DIRECTORY": str(STATE / "keys"),
        "DEVELOPMENT_LINKS": json.dumps(links(mailbox, processes)),
        **os.environ,
        "HOST": host,
        "MAILBOX_DIRECTORY": str(mailbox),
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }
    postgres = None if os.environ.get("DATABASE_URL") else embedded()
    stages = []
    admin: dict[str, str] = {}  # for the migrations alone
    compiling = compile_modules()

    def announce() -> None:
        output.line(announcement(base, mailbox, processes, time.monotonic() - began))

    try:
        require_free_port(host, port)
        require_given()
        if postgres is not None:
            server = postgres.prepare()
            roles = roles_on(server, DATABASE)
            environment["DATABASE_URL"] = roles.rows
            admin = {"ADMIN_DATABASE_URL": server, **roles.environment}
            stages.append([postgres_process(postgres)])
        stages.append([server_process(host, port, environment, admin)])
        with own(STATE):
            asyncio.run(Supervisor(stages, announce, output.line).run())
    except (InUseError, PortTakenError, PostgresError, ProcessError) as error:
        complain(str(error))
        return 3
    except KeyboardInterrupt:  # before the supervisor listens for it
        return 130
    finally:
        if compiling is not None:
            compiling.kill()
            compiling.wait()
        if postgres is not None:
            postgres.stop()
        output.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
