"""Faults that are planted in a project of each pattern are found by a bench, which names where they
are, and by a review of that bench."""

import contextlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli import __main__ as entry
from blueprint_cli.benching import command
from blueprint_cli.benching.project import RunningProject
from blueprint_cli.patterns import PATTERNS
from tests.benching.planted import FAULTS, planted
from tests.newcomer import set_up
from tests.rendered import render

pytestmark = pytest.mark.project
SETTINGS = ("slo.throughput_rps=20", "slo.p95_ms=150", "slo.workload.rows=10")
# Planted together, for they do not hide each other.
LATE, LEAKS = ("slow-query", "starved-relay"), ("errors", "leak")


@dataclass(frozen=True)
class Case:
    """What is planted in which project, and the seconds that show it.

    Where a process is ``stopped`` it answers nobody, though it has not ended.
    """

    pattern: str
    example: str
    names: tuple[str, ...]
    seconds: int
    stopped: str = ""


CASES = (
    Case("monolith", "clinic", LATE, 9),
    Case("monolith", "shop", LEAKS, 18),
    Case("microservices", "shop", LATE, 9),
    Case("microservices", "clinic", LEAKS, 18),
    Case("event-driven", "clinic", LATE, 9, stopped="identity-relay"),
    Case("event-driven", "shop", (*LEAKS, "stuck-consumer"), 18),
)


def test_each_fault_is_planted_in_each_pattern() -> None:
    for pattern in PATTERNS:
        found = {one for case in CASES for one in case.names if case.pattern == pattern}
        assert found == {one.name for one in FAULTS.values() if pattern in one.patterns}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.pattern}-{case.example}")
def test_they_are_found_by_name(
    case: Case,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # What a loaded machine does to the generator is not what these are about.
    monkeypatch.setattr("blueprint_cli.benching.load.LATE_MS", 5_000.0)
    monkeypatch.setattr("blueprint_cli.benching.run.WARM_UP_SECONDS", 1.0)
    monkeypatch.setattr("blueprint_cli.benching.observed.REST_SECONDS", 5.0)
    if case.stopped:
        running: Any = command.__dict__["running"]
        monkeypatch.setattr(command, "running", without(case.stopped, running))
    chosen = [word for one in (*SETTINGS, f"pattern={case.pattern}") for word in ("--set", one)]
    place = tmp_path / "planted"
    project = render(place, "--example", case.example, "--defaults", *chosen)
    set_up(project)
    asked = ["bench", str(project), "--seconds", str(case.seconds), "--workers", "1"]

    with planted(project, case.example, *case.names):
        code = entry.main([*asked, "--no-climb", "--no-gateway", "--json"])

    said = capsys.readouterr().out
    found = json.loads(said)
    assert found["valid"], found["invalid"]
    assert code == 1
    messages = {one["name"]: one["message"] for one in found["faults"]}
    processes = found["processes"]
    for fault in (FAULTS[name] for name in case.names):
        assert fault.where[case.example] in messages.get(fault.bench, ""), (messages, processes)
    assert messages.get("silent", "").startswith(case.stopped), messages
    assert found["silent"] == ([case.stopped] if case.stopped else [])

    file = tmp_path / "bench.json"
    file.write_text(said, encoding="utf-8")
    assert entry.main(["review", str(project), "--bench", str(file), "--json"]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    subjects = {one["kind"]: one["subject"] for one in problems}
    assert {FAULTS[name].review for name in case.names} <= subjects.keys()
    assert subjects.get("process-away", "") == case.stopped


def without(name: str, running: Any) -> Callable[..., Any]:  # noqa: ANN401 - as that is
    """Run a project as that does, in which one process answers nobody."""

    @contextlib.contextmanager
    def started(*of: Any, **how: Any) -> Iterator[RunningProject]:  # noqa: ANN401 - as above
        with running(*of, **how) as up:
            pids = list(pids_of(up, name))
            assert pids
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            try:
                yield up
            finally:
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)

    return started


def pids_of(project: RunningProject, name: str) -> Iterator[int]:
    """The processes of a service in one role."""
    service, role = name.split("-")
    wanted = {f"DEV_STATE={project.environment['DEV_STATE']}", f"ROLES={role}"}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            variables = set((folder / "environ").read_text(errors="replace").split("\0"))
            command_line = (folder / "cmdline").read_text()
            if wanted <= variables and f"{service}_service.server" in command_line:
                yield int(folder.name)
