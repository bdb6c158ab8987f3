"""Records what a project shows Prometheus in a bench: as it is, and with faults planted.

`python -m tests.benching.record [PATTERN/EXAMPLE/NAME …]` writes what it names, or all, to
tests/benching/recorded, in a minute for each. Not a test: the tests of alerts and of reviews read
what it wrote.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from blueprint_cli.benching import command, load
from blueprint_cli.benching.operators import ANNOUNCED
from blueprint_cli.patterns import PATTERNS
from tests.benching.planted import FAULTS, Recorder, planted
from tests.newcomer import set_up
from tests.rendered import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.benching.project import RunningProject

RECORDED: Final = Path(__file__).parent / "recorded"
EXAMPLES: Final = ("shop", "clinic")
HEALTHY: Final = "healthy"
# Faults that do not hide each other are planted together.
TOGETHER: Final = {
    HEALTHY: (),
    "slow-and-starved": ("slow-query", "starved-relay"),
    "failing-and-leaking": ("errors", "leak"),
    "stuck": ("stuck-consumer",),
}
SETTINGS: Final = ("slo.throughput_rps=20", "slo.p95_ms=100", "slo.workload.rows=20")
EVERY_SECONDS: Final = 2.0


def all_recorded() -> list[str]:
    """The names of all that is recorded: pattern, example, and what was planted together."""
    return [
        f"{pattern}/{example}/{name}"
        for pattern in PATTERNS
        for example in EXAMPLES
        for name, faults in TOGETHER.items()
        if all(pattern in FAULTS[one].patterns for one in faults)
    ]


def recorded(project: Path, example: str, name: str) -> tuple[command.Result, Recorder]:
    """Bench a project with faults, or none; what was found, and what it showed."""
    recorders: list[Recorder] = []
    running: Any = command.__dict__["running"]

    @contextmanager
    def watched(*of: object, **how: object) -> Iterator[RunningProject]:
        with running(*of, **how) as up:
            said = ANNOUNCED.findall(up.log.read_text(encoding="utf-8"))
            with Recorder(dict(said), EVERY_SECONDS) as recorder:
                recorders.append(recorder)
                yield up

    with (
        planted(project, example, *TOGETHER[name]),
        patch.object(command, "running", watched),
        # What else runs on this machine is not what a recording is about.
        patch.object(load, "LATE_MS", 5_000.0),
    ):
        result = command.bench_project(project, climb=False)
    return result, recorders[0]


def written(recorder: Recorder) -> str:
    """Return it as text, a series a line: its name, and a value for each look, `_` for none."""
    looks = " ".join(f"{one:g}" for one in recorder.looks)
    lines = [
        f"{name} {' '.join('_' if one is None else f'{one:.10g}' for one in values)}"
        for name, values in sorted(recorder.series.items())
    ]
    return "\n".join([f"seconds {looks}", *lines]) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for wanted in sys.argv[1:] or all_recorded():
            pattern, example, name = wanted.split("/")
            project = Path(folder) / f"{pattern}-{example}"
            if not project.exists():
                chosen = [word for one in SETTINGS for word in ("--set", one)]
                render(project, "--example", example, "--defaults", "--pattern", pattern, *chosen)
                set_up(project)
            result, recorder = recorded(project, example, name)
            file = RECORDED / f"{wanted}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(written(recorder), encoding="utf-8")
            said = [f"{one.name}: {one.message}" for one in result.verdict.faults]
            print(wanted, *said, sep="\n  ", flush=True)  # noqa: T201 - a script's progress


if __name__ == "__main__":
    main()
