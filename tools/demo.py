"""`make demo`: a clinic, from its description to a changed one, in a temporary folder.

Every step is what a user would type; the HTTP requests use the public API only.
"""

import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from blueprint_cli.ports import free_port

SCRIPTS = Path(sys.executable).parent
STARTED = time.monotonic()
READY_WITHIN_SECONDS = 600  # the first start installs the project's packages
DESCRIPTION = Path(__file__).parents[1] / "templates" / "examples" / "clinic.yaml"
CREATED, CONFLICT = 201, 409
SATURDAY = 5
# For who has not told git yet.
COMMITTER = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Demo"), ("EMAIL", "demo@example.com"))
}
EDIT = '''
    @property
    def lasts(self) -> timedelta:
        """How long the doctor is busy."""
        return self.ends_at - self.starts_at
'''


def say(text: str) -> None:
    """Print one line, with the seconds since the start."""
    print(f"{time.monotonic() - STARTED:6.1f} s  {text}", flush=True)


def run(*command: str, cwd: Path, env: dict[str, str]) -> str:
    """Run what a user would type, and return its output; it is shown only where it fails."""
    say(f"$ {shlex.join([Path(command[0]).name, *command[1:]])}")
    result = subprocess.run(
        command, cwd=cwd, env=env, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if result.returncode:
        sys.stdout.buffer.write(result.stdout)
        sys.exit(f"{command[0]} failed with exit code {result.returncode}")
    return result.stdout.decode()


def answer(
    url: str, method: str = "GET", *, body: object = None, token: str = ""
) -> tuple[int, Any]:
    """Send one JSON request; return the status and what was answered."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 - http on loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - the same
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def call(url: str, method: str = "GET", *, body: object = None, token: str = "") -> Any:  # noqa: ANN401 - JSON of any shape
    """Send one JSON request; a refusal ends the demo with what the server said."""
    status, found = answer(url, method, body=body, token=token)
    if status > CREATED:
        sys.exit(f"{method} {url} answered {status}: {found}")
    return found


def wait_until_ready(base: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"make dev ended with {server.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=2):  # noqa: S310 - http on loopback
                return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"not ready after {READY_WITHIN_SECONDS} s:\n{log.read_text()}")


@contextmanager
def running(project: Path, env: dict[str, str], log: Path) -> Iterator[str]:
    """`make dev` on a free port until the block is left; then SIGINT, as Ctrl-C would."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    say(f"$ make dev PORT={port}")
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["make", "dev", f"PORT={port}"],  # noqa: S607 - make from PATH, as a user would
            cwd=project,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_until_ready(base, server, log)
            say(f"ready at {base}")
            yield base
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGINT)
            server.wait(timeout=30)
            say("stopped")


def login(base: str, email: str, password: str) -> str:
    body = {"email": email, "password": password}
    token: str = call(f"{base}/v1/auth/login", "POST", body=body)["access_token"]
    return token


def book(base: str, desk: str) -> str:
    """Book an appointment, try the same hour again, and return the path of the first."""
    patient = {"email": "ada@example.com", "password": secrets.token_urlsafe(24)}
    call(f"{base}/v1/auth/register", "POST", body={**patient, "name": "Ada"})
    token = login(base, patient["email"], patient["password"])
    account = call(f"{base}/v1/auth/me", token=token)["id"]
    doctor = call(
        f"{base}/v1/clinic/doctors",
        "POST",
        token=desk,
        body={"account": account, "name": "Dr. Grace", "speciality": "cardiology"},
    )
    say(f"doctor       {doctor['name']}, {doctor['speciality']}")

    day = datetime.now(UTC) + timedelta(days=3)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    starts_at = day.replace(hour=10, minute=0, second=0, microsecond=0)
    body = {
        "doctor": doctor["id"],
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
        "reason": "Palpitations",
    }
    appointments = f"{base}/v1/clinic/appointments"
    booked = call(appointments, "POST", token=token, body=body)
    say(f"appointment  {booked['status']} at {booked['starts_at']}")

    status, problem = answer(appointments, "POST", token=token, body=body)
    if (status, problem.get("code")) != (CONFLICT, "doctor_busy"):
        sys.exit(f"the same hour again was answered by {status}: {problem}")
    say(f"the same hour again: {status} {problem['code']}")
    return f"/v1/clinic/appointments/{booked['id']}"


def edit(appointment: Path) -> None:
    """Add a property, as the project's owner might."""
    fence = "    updated_at: datetime\n"
    before, found, after = appointment.read_text(encoding="utf-8").rpartition(fence)
    appointment.write_text(f"{before}{found}{EDIT}{after}", encoding="utf-8")


def main() -> None:
    """Recommend, generate, start, drive, stop, change the model, start again."""
    with tempfile.TemporaryDirectory(prefix="blueprint-demo-") as folder:
        project = Path(folder) / "clinic"
        env = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
        env.pop("MAKELEVEL", None)
        env |= COMMITTER
        blueprint = str(SCRIPTS / "blueprint")
        shutil.copy(DESCRIPTION, folder)
        advice = run(blueprint, "recommend", "--answers", "clinic.yaml", cwd=Path(folder), env=env)
        say(advice.partition("\n")[0])
        run(blueprint, "new", "clinic", "--example", "clinic", cwd=Path(folder), env=env)
        log = Path(folder) / "dev.log"
        # Written for this run only and gone with its folder.
        email, password = "desk@example.com", secrets.token_urlsafe(24)
        with running(project, env, log) as base:
            run(
                *("make", "admin", f"EMAIL={email}", "ROLE=desk"),
                cwd=project,
                env={**env, "PASSWORD": password},
            )
            appointment = book(base, login(base, email, password))

        module = project / "src" / "clinic" / "domain" / "appointment.py"
        edit(module)
        say("the owner edits src/clinic/domain/appointment.py: a property `lasts`")
        run("git", "commit", "--quiet", "--all", "--message", "Say how long", cwd=project, env=env)
        field = "room: text(1..10) optional"
        run(blueprint, "add", "field", "clinic.Appointment", field, cwd=project, env=env)
        merged = module.read_text(encoding="utf-8")
        if EDIT not in merged or "room: str | None" not in merged:
            sys.exit("the field and the edit did not both arrive")
        say("the field has been merged with the edit, and a migration was added")
        with running(project, env, log) as base:
            kept = call(base + appointment, token=login(base, email, password))
            say(f"appointment  {kept['status']} at {kept['starts_at']}, room {kept['room']}")


if __name__ == "__main__":
    main()
