"""Records what a clinic shows Prometheus in a bench: as it is, and with each fault planted.

`python -m tests.benching.record [NAME …]` writes tests/benching/recorded/NAME.json, in two minutes
for each. Not a test: the tests of alerts read what it wrote.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from blueprint_cli.benching import command
from tests.benching.planted import FAULTS, Recorder, planted
from tests.newcomer import set_up
from tests.rendered import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.benching.project import RunningProject
    from tests.benching.planted import Series

RECORDED: Final = Path(__file__).parent / "recorded"
HEALTHY: Final = "healthy"
SETTINGS: Final = ("slo.throughput_rps=20", "slo.p95_ms=100", "slo.workload.rows=20")
SECONDS: Final = 60.0
EVERY_SECONDS: Final = 5.0


def recorded(project: Path, name: str) -> list[Series]:
    """Bench a clinic with a fault, or none, and return what it showed."""
    recorders: list[Recorder] = []
    running: Any = command.__dict__["running"]

    @contextmanager
    def watched(*of: object, **how: object) -> Iterator[RunningProject]:
        with running(*of, **how) as up, Recorder(up.base_url, EVERY_SECONDS) as recorder:
            recorders.append(recorder)
            yield up

    with planted(project, FAULTS.get(name)), patch.object(command, "running", watched):
        command.bench_project(project, seconds=SECONDS, workers=1, climb=False, gateway=False)
    return recorders[0].series


def written(series: list[Series]) -> str:
    """Return it as JSON, a series a line: ``values`` are ``[seconds since the first, value]``."""
    lines = [
        json.dumps({"metric": one.metric, "labels": one.labels, "values": one.values})
        for one in sorted(series, key=lambda one: (one.metric, sorted(one.labels.items())))
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        chosen = [word for one in SETTINGS for word in ("--set", one)]
        project = render(Path(folder) / "clinic", "--example", "clinic", "--defaults", *chosen)
        set_up(project)
        for name in sys.argv[1:] or (HEALTHY, *FAULTS):
            text = written(recorded(project, name))
            RECORDED.mkdir(exist_ok=True)
            (RECORDED / f"{name}.json").write_text(text, encoding="utf-8")
            print(name, len(text))  # noqa: T201 - a script's progress


if __name__ == "__main__":
    main()
