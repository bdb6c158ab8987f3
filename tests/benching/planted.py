"""Faults that are planted in rendered projects, and what their processes show Prometheus meanwhile.

A fault is planted where the project has it: in the context that owns a route, in the relay of the
context that publishes. The files are the same in every pattern; only their folders differ.
"""

from __future__ import annotations

import re
import threading
import time
import urllib.request
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from blueprint_cli.patterns import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Edit = tuple[str, str]
DOCTORS: Final = "clinic/application/doctor/reader.py"
PRODUCTS: Final = "catalog/adapters/read_models.py"
ORDERS: Final = "orders/adapters/read_models.py"
# Of whom a doctor, or a product, is asked: a sixth of all requests.
READ: Final = {
    "clinic": (DOCTORS, "        found = await self._queries.get(id_)\n"),
    "shop": (
        PRODUCTS,
        (
            "        async with self._database.reading() as connection:\n"
            "            cursor = connection.cursor(row_factory=_versioned)\n"
        ),
    ),
}
# Whose outbox is not delivered.
PUBLISHER: Final = {"clinic": "clinic", "shop": "orders"}
# Who reads events, and whom nobody waits for.
READER: Final = {"clinic": "notifications", "shop": "analytics"}
DELIVERED: Final = "                tried = await self._deliver_batch(connection)\n"
HANDLED: Final = "        events = [self._event(record) for record in records]\n"
SAMPLE: Final = re.compile(r"^([a-z_]+)(?:{(.*)})? (\S+)$", re.MULTILINE)
# What the rules of deploy/prometheus look at, and a review; of buckets those around 100 ms.
BUCKETS: Final = {"0.1", "0.25", "+Inf"}
OPERATORS: Final = {"/livez", "/readyz", "/metrics"}
RULED: Final = frozenset(
    {
        "http_requests_total",
        "http_request_duration_seconds_bucket",
        "http_request_duration_seconds_count",
        "outbox_oldest_message_seconds",
        "outbox_parked_messages",
        "orders_oldest_pending_seconds",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "consumer_lag_events",
        "consumer_paused",
        "database_up",
    }
)
LABEL: Final = re.compile(r'(\w+)="([^"]*)"')
LOOK_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault: texts that take the place of others, by file, in each example.

    ``alert`` rings of it; a bench calls it ``bench`` and says ``where``, a review calls it
    ``review``.
    """

    name: str
    bench: str
    alert: str
    review: str
    where: Mapping[str, str]
    edits: Mapping[str, Mapping[str, Edit]]
    patterns: tuple[str, ...] = PATTERNS


def _slow(statement: str) -> Edit:
    return statement, statement.replace("FROM ", "FROM pg_sleep(0.2) AS planted, ")


def _before(lines: str) -> dict[str, dict[str, Edit]]:
    return {example: {file: (found, lines + found)} for example, (file, found) in READ.items()}


FAULTS: Final = {
    one.name: one
    for one in (
        Planted(
            "slow-query",
            "slow",
            "SlowAnswers",
            "slow-route",
            {"clinic": "/v1/clinic/", "shop": "GET /v1/orders/{id}"},
            {
                "clinic": {
                    "clinic/adapters/appointment/read_model.py": _slow(
                        "FROM clinic.appointments\n"
                    ),
                    "clinic/adapters/doctor/read_model.py": _slow("FROM clinic.doctors\n"),
                },
                "shop": {ORDERS: _slow("FROM orders.orders WHERE id = %s AND user_id = %s")},
            },
        ),
        # Of a sixth of the requests an eighth: two of a hundred fail.
        Planted(
            "errors",
            "errors",
            "ServerErrors",
            "errors",
            {"clinic": "GET /v1/clinic/doctors/{id}", "shop": "GET /v1/products/{id}"},
            _before(
                "        import itertools\n"
                "        count = self.__dict__.setdefault('failing', itertools.count(1))\n"
                "        if next(count) % 8 == 0:\n"
                "            raise RuntimeError('planted')\n"
            ),
        ),
        # A megabyte a second from the first reading of rows on, however many and how slowly.
        Planted(
            "leak",
            "memory",
            "MemoryGrows",
            "memory-leak",
            {"clinic": "memory of granian", "shop": "memory of granian"},
            _before(
                "        import asyncio\n"
                "        def keep():\n"
                "            self.__dict__.setdefault('kept', []).append(b'x' * 250_000)\n"
                "            asyncio.get_running_loop().call_later(0.25, keep)\n"
                "        if 'kept' not in self.__dict__:\n"
                "            keep()\n"
            ),
        ),
        Planted(
            "starved-relay",
            "outbox",
            "OutboxIsOld",
            "starved-relay",
            {example: f"{context}.outbox" for example, context in PUBLISHER.items()},
            {
                example: {
                    "kit/relay.py": (
                        DELIVERED,
                        f"                while self.name == '{publisher}.outbox':\n"
                        "                    await asyncio.sleep(0.1)\n"
                        "                    if self._stopping:\n"
                        "                        return\n" + DELIVERED,
                    )
                }
                for example, publisher in PUBLISHER.items()
            },
        ),
        # Its process lives and answers, and handles nothing; nobody waits for what it does.
        Planted(
            "stuck-consumer",
            "consumer",
            "ConsumerLags",
            "lagging-consumer",
            READER,
            {
                example: {
                    "kit_kafka/handling.py": (
                        HANDLED,
                        f"        while self.group == '{group}':\n"
                        "            await asyncio.sleep(0.1)\n" + HANDLED,
                    )
                }
                for example, group in READER.items()
            },
            ("event-driven",),
        ),
    )
}


@contextmanager
def planted(project: Path, example: str, *names: str) -> Iterator[None]:
    """Plant faults in a project of an example, and take them out again."""
    before: dict[Path, str] = {}
    try:
        for name in names:
            for file, (old, new) in FAULTS[name].edits[example].items():
                path = _file(project, file)
                text = path.read_text(encoding="utf-8")
                before.setdefault(path, text)
                assert text.count(old) == 1, f"{file} has it {text.count(old)} times"
                path.write_text(text.replace(old, new), encoding="utf-8")
        yield
    finally:
        for path, text in before.items():
            path.write_text(text, encoding="utf-8")


def _file(project: Path, name: str) -> Path:
    """Return where the project has a file: in one program, or in a service's or library's."""
    found = [*project.glob(f"src/{name}"), *project.glob(f"*/*/src/{name}")]
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


class Recorder:
    """Looks at every process's ``/metrics`` every few seconds, as Prometheus does.

    ``looks`` are the seconds at which it looked; ``series`` what it saw, by metric and labels in
    Prometheus's notation, a value for each look or None.
    """

    def __init__(self, urls: Mapping[str, str], seconds: float) -> None:
        self.looks: list[float] = []
        self.series: dict[str, list[float | None]] = defaultdict(list)
        self._urls = urls
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    def _run(self) -> None:
        begun = time.monotonic()
        while not self._stop.wait(self._seconds):
            at = round(time.monotonic() - begun, 1)
            seen = {
                name: value
                for job, url in self._urls.items()
                for name, value in _look(job, url).items()
            }
            for name in {*self.series, *seen}:
                values = self.series[name]
                values += [None] * (len(self.looks) - len(values))
                values.append(seen.get(name))
            self.looks.append(at)


def _look(job: str, url: str) -> dict[str, float]:
    try:
        with urllib.request.urlopen(f"{url}/metrics", timeout=LOOK_SECONDS) as answer:  # noqa: S310 - loopback
            text = answer.read().decode()
    except OSError:
        return {f'up{{job="{job}"}}': 0.0}
    found = {f'up{{job="{job}"}}': 1.0}
    for metric, labels, value in SAMPLE.findall(text):
        known = dict(LABEL.findall(labels))
        wanted = known.get("le", "+Inf") in BUCKETS and known.get("route") not in OPERATORS
        if metric in RULED and wanted:
            of = f'job="{job}"' + (f",{labels}" if labels else "")
            found[f"{metric}{{{of}}}"] = float(value)
    return found
