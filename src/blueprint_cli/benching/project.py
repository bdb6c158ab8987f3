"""A project of its own on a free port, as production runs it: what bench asks.

`dev` starts it, without reload, with what production adds: the options of its image, workers, a
process for each role, the gateway, and a log line for each request.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from blueprint_cli.benching.gateway import UNLIMITED, in_front, program
from blueprint_cli.benching.image import server_options
from blueprint_cli.benching.programs import comes_up, ended, last_said, said_in
from blueprint_cli.benching.workload import Example
from blueprint_cli.errors import Failed
from blueprint_cli.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprint_cli.spec.model import Spec

PYTHON: Final = Path(".venv/bin/python")
MONOLITH: Final = "monolith"
READY_SECONDS: Final = 300.0
STOP_SECONDS: Final = 30.0
EXAMPLES_SECONDS: Final = 60.0
# In the project's own environment: what tests/examples.py has, as JSON.
EXAMPLES: Final = """
import json
from datetime import UTC, datetime, timedelta
from tests.examples import USERS, Row, User, examples

def plain(value):
    if isinstance(value, Row):
        return {"row": value.name}
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return {"user": value.name} if isinstance(value, User) else value

now = datetime.now(UTC)
noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
noon -= timedelta(days=noon.weekday())
noon -= timedelta(days=0 if noon <= now else 7)
rows = [
    {"name": one.name, "path": one.path, "by": one.by,
     "body": plain(one.body)}
    for one in examples(noon)
]
print(json.dumps({"users": USERS, "rows": rows}))
"""


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A row of tests/examples.py; ``{"row": name}`` and ``{"user": name}`` in its body are ids."""

    name: str
    path: str
    by: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Examples:
    """Users by name with their roles, and the rows, each after those that it refers to."""

    users: Mapping[str, str]
    rows: tuple[NamedRow, ...]


@dataclass(frozen=True)
class RunningProject:
    """A project that answers at ``base_url``.

    ``processes`` are the parents of all of its own; ``gateway`` is what stands in front, or empty.
    """

    root: Path
    base_url: str
    environment: Mapping[str, str]
    processes: tuple[int, ...]
    log: Path
    gateway: str = ""

    def give_role(self, email: str, password: str, role: str) -> None:
        """Make a user with a role, by the project's own command.

        Raises:
            Failed: where it does not.
        """
        variables = {**self.environment, "EMAIL": email, "PASSWORD": password, "ROLE": role}
        done = subprocess.run(
            ["make", "--silent", "admin"],  # noqa: S607 - make from PATH
            cwd=self.root,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failed(
                f"make admin ended with {done.returncode}: {done.stderr.strip()[-300:]}",
                hint="Look at what it says; bench makes an account for each role with it.",
            )


def read_examples(root: Path) -> Examples:
    """Return what the project's tests/examples.py has; nothing where it has none.

    Raises:
        Failed: where it cannot be run.
    """
    if not (root / "tests/examples.py").is_file():
        return Examples({}, ())
    own = root.absolute() / PYTHON
    python = own if own.is_file() else Path(sys.executable)  # which is enough for plain examples
    try:
        done = subprocess.run(  # noqa: S603 - the project's own Python
            [python, "-c", EXAMPLES],
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=EXAMPLES_SECONDS,
            check=True,
        )
        said = json.loads(done.stdout.splitlines()[-1])  # after what it may print itself
    except (subprocess.SubprocessError, ValueError, IndexError) as error:
        last = str(getattr(error, "stderr", "") or error).strip().splitlines()[-1:]
        raise Failed(
            f"tests/examples.py cannot be run: {' '.join(last)}",
            hint="Mend it: `make seed` and `blueprint bench` take their rows from there.",
        ) from None
    return Examples(said["users"], tuple(NamedRow(**row) for row in said["rows"]))


def gateway_of(root: Path, spec: Spec, *, behind_gateway: bool) -> str:
    """Return what a project is asked through; empty where it is asked directly."""
    name = str(spec.platform.gateway)
    if spec.pattern != MONOLITH:
        return name
    return name if behind_gateway and program(name, root) is not None else ""


@contextlib.contextmanager
def running(
    root: Path,
    spec: Spec,
    *,
    workers: int,
    behind_gateway: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[RunningProject]:
    """Run a project on a free port, with a database of its own that goes with it.

    Where this machine lacks the gateway's program, that is said and the project asked directly.

    Raises:
        Failed: where it does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="blueprint-bench-"))
    name = gateway_of(root, spec, behind_gateway=behind_gateway)
    try:
        with _started(root, spec, folder, workers, say) as project:
            server = program(spec.platform.gateway, root)
            if behind_gateway and not name:
                say(f"No {spec.platform.gateway} on this machine: its server is asked directly.")
            if spec.pattern != MONOLITH or not name or server is None:
                yield replace(project, gateway=name)
            else:
                upstream = urlsplit(project.base_url).port or 0
                with in_front(server, root, folder / "gateway", upstream, free_port()) as gateway:
                    yield replace(
                        project,
                        base_url=f"http://127.0.0.1:{gateway.port}",
                        processes=(*project.processes, gateway.process),
                        gateway=name,
                    )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _started(
    root: Path, spec: Spec, folder: Path, workers: int, say: Callable[[str], None]
) -> Iterator[RunningProject]:
    port = free_port()
    log = folder / "log"
    options, why_not = server_options(root)
    if why_not:
        say(f"Not as the image says: {why_not}.")
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name} | {
        **options,
        "DEV_STATE": str(folder),
        "ENVIRONMENT": "test",  # production's refuses the keys and the connections of a machine
        "GATEWAY_CONNECTIONS": str(UNLIMITED),
        "GATEWAY_RATE": str(UNLIMITED),
        "GATEWAY_SOCKETS": str(UNLIMITED),
        "GRANIAN_WORKERS": str(workers),
        "HOST": "127.0.0.1",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "INFO",
        "PORT": str(port),
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        "READY_SECONDS": str(READY_SECONDS),
        "RELOAD": "0",
        "SPLIT_ROLES": ",".join(spec.domain.service_of(name) for name in spec.contexts),
        "TRUSTED_PROXIES": "127.0.0.0/8",
    }
    for servers in ("DATABASE_URL", "MYSQL_DATABASE_URL"):
        environment.pop(servers, None)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the project's own Python
            [_python(root), "-m", "dev"],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    with ended(process, STOP_SECONDS):
        if not comes_up(process, READY_SECONDS, lambda: "Ready in" in said_in(log)):
            raise Failed(
                f"the project did not start:\n{last_said(log)}", hint="Try it by hand: make dev"
            )
        yield RunningProject(root, f"http://127.0.0.1:{port}", environment, (process.pid,), log)


def _python(root: Path) -> Path:
    found = root.absolute() / PYTHON
    if not found.is_file():
        raise Failed(
            f"{root.name} is not set up: there is no {PYTHON}",
            hint="Set it up: make .venv/ready",
        )
    return found


def example_of(row: NamedRow, ids: Mapping[str, str], users: Mapping[str, str]) -> Example:
    """Return a row with the ids of those that it refers to."""

    def filled(value: Any) -> Any:  # noqa: ANN401 - JSON is of any type
        if isinstance(value, dict) and value.keys() == {"row"}:
            return ids[value["row"]]
        if isinstance(value, dict) and value.keys() == {"user"}:
            return users[value["user"]]
        if isinstance(value, dict):
            return {name: filled(part) for name, part in value.items()}
        return [filled(item) for item in value] if isinstance(value, list) else value

    return Example(row.path, row.by, filled(row.body))


def rows_in(body: Any) -> Iterator[str]:  # noqa: ANN401 - JSON is of any type
    """Yield the names of the rows that a body of tests/examples.py refers to."""
    if isinstance(body, dict) and body.keys() == {"row"}:
        yield body["row"]
    else:
        parts = body.values() if isinstance(body, dict) else body
        for part in parts if isinstance(body, dict | list) else ():
            yield from rows_in(part)
