"""Faults that are planted in a rendered clinic, and what a project shows Prometheus meanwhile."""

from __future__ import annotations

import re
import threading
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READER: Final = "src/clinic/application/doctor/reader.py"
RELAY: Final = "src/kit/relay.py"
FOUND: Final = "        found = await self._queries.get(id_)\n"
DELIVERED: Final = "                tried = await self._deliver_batch(connection)\n"
SAMPLE: Final = re.compile(r"^([a-z_]+)(?:{(.*)})? (\S+)$", re.MULTILINE)
LABEL: Final = re.compile(r'(\w+)="([^"]*)"')
# What the rules of deploy/prometheus look at, of buckets the one of an SLO of 100 ms.
SLO_BUCKET: Final = "0.1"
RULED: Final = frozenset(
    {
        "http_requests_total",
        "http_request_duration_seconds_bucket",
        "http_request_duration_seconds_count",
        "outbox_oldest_message_seconds",
        "outbox_parked_messages",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "database_up",
    }
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault: texts that take the place of others, by file; ``alert`` is who has to ring."""

    name: str
    alert: str
    edits: dict[str, tuple[str, str]]


def _slow(table: str) -> tuple[str, str]:
    return f"FROM clinic.{table}\n", f"FROM pg_sleep(0.2) AS planted, clinic.{table}\n"


FAULTS: Final = {
    one.name: one
    for one in (
        Planted(
            "slow-query",
            "SlowAnswers",
            {
                "src/clinic/adapters/appointment/read_model.py": _slow("appointments"),
                "src/clinic/adapters/doctor/read_model.py": _slow("doctors"),
            },
        ),
        # A sixth of the requests read a doctor: two of a hundred fail.
        Planted(
            "errors",
            "ServerErrors",
            {
                READER: (
                    FOUND,
                    "        import itertools\n"
                    "        count = self.__dict__.setdefault('planted', itertools.count(1))\n"
                    "        if next(count) % 8 == 0:\n"
                    "            raise RuntimeError('planted')\n" + FOUND,
                )
            },
        ),
        # A third of a megabyte for each doctor that is read.
        Planted(
            "leak",
            "MemoryGrows",
            {
                READER: (
                    FOUND,
                    "        kept = self.__dict__.setdefault('planted', [])\n"
                    "        kept.append(b'x' * 300_000)\n" + FOUND,
                )
            },
        ),
        Planted(
            "starved-relay",
            "OutboxIsOld",
            {
                RELAY: (
                    DELIVERED,
                    "                while not self._stopping:\n"
                    "                    await asyncio.sleep(0.1)\n" + DELIVERED,
                )
            },
        ),
    )
}


@contextmanager
def planted(project: Path, fault: Planted | None) -> Iterator[None]:
    """Plant a fault in a project, and take it out again."""
    before: dict[Path, str] = {}
    try:
        for name, (old, new) in (fault.edits if fault else {}).items():
            path = project / name
            before[path] = path.read_text(encoding="utf-8")
            assert before[path].count(old) == 1, f"{name} has it {before[path].count(old)} times"
            path.write_text(before[path].replace(old, new), encoding="utf-8")
        yield
    finally:
        for path, text in before.items():
            path.write_text(text, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its labels, and its values by the seconds since the first look."""

    metric: str
    labels: dict[str, str]
    values: list[tuple[float, float]]


class Recorder:
    """Looks at ``/metrics`` every few seconds, as Prometheus does."""

    def __init__(self, url: str, seconds: float) -> None:
        self._url = url
        self._seconds = seconds
        self._found: dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[float, float]]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    @property
    def series(self) -> list[Series]:
        """What the rules look at."""
        return [
            Series(metric, dict(labels), seen) for (metric, labels), seen in self._found.items()
        ]

    def _run(self) -> None:
        begun = time.monotonic()
        while not self._stop.wait(self._seconds):
            try:
                with urllib.request.urlopen(f"{self._url}/metrics", timeout=5) as answer:  # noqa: S310 - loopback
                    text = answer.read().decode()
            except OSError:  # a busy project answers the next time
                continue
            at = round(time.monotonic() - begun, 1)
            for metric, labels, value in SAMPLE.findall(text):
                known = tuple(LABEL.findall(labels))
                if metric in RULED and dict(known).get("le", SLO_BUCKET) == SLO_BUCKET:
                    self._found.setdefault((metric, known), []).append((at, float(value)))
