"""A Prometheus beside a bench: it looks at every process of the project, by the project's rules."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import urllib.request
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.programs import comes_up, ended, last_said
from blueprint_cli.errors import Failed
from blueprint_cli.ports import free_port
from blueprint_cli.prometheus import Prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PROGRAM: Final = "prometheus"
EVERY_SECONDS: Final = 1.0
READY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0
# What promtool reads, and not Prometheus.
TESTS: Final = "_test"


def require_prometheus() -> None:
    """Look for the program before anything is started.

    Raises:
        Failed: where it is not on this machine.
    """
    if shutil.which(PROGRAM) is None:
        raise Failed(
            f"there is no {PROGRAM} on this machine",
            hint="Install it (apt-get install prometheus, brew install prometheus), or leave "
            "--prometheus out.",
        )


@contextlib.contextmanager
def scraping(processes: Mapping[str, str], root: Path, folder: Path) -> Iterator[Prometheus]:
    """Run one on a free port of this machine, for as long as the block lasts.

    Args:
        processes: the base URL that each serves operators at, by its name.
        root: the project's folder.
        folder: where it keeps what it saw; not there yet.

    Raises:
        Failed: where it does not start.
    """
    folder.mkdir()
    every = f"{EVERY_SECONDS:g}s"
    rules = sorted((root / "deploy/prometheus").absolute().glob("*.yml"))
    jobs = [
        {"job_name": name, "static_configs": [{"targets": [url.removeprefix("http://")]}]}
        for name, url in processes.items()
    ]
    configuration = folder / "prometheus.yml"
    said = {
        "global": {"scrape_interval": every, "evaluation_interval": every},
        "rule_files": [str(one) for one in rules if TESTS not in one.name],
        "scrape_configs": jobs,
    }
    configuration.write_text(json.dumps(said), encoding="utf-8")  # which is YAML as well
    place, log = f"127.0.0.1:{free_port()}", folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - a program of this machine, on this machine alone
            [
                PROGRAM,
                f"--config.file={configuration}",
                f"--storage.tsdb.path={folder / 'seen'}",
                f"--web.listen-address={place}",
                "--log.level=warn",
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    with ended(process, STOP_SECONDS):
        if not comes_up(process, READY_SECONDS, lambda: _ready(place)):
            raise Failed(
                f"Prometheus did not start:\n{last_said(log)}",
                hint="Look at what it says; the project's rules are in deploy/prometheus.",
            )
        yield Prometheus(f"http://{place}")


def _ready(place: str) -> bool:
    with contextlib.suppress(OSError):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{place}/-/ready", timeout=2) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's
    return False
