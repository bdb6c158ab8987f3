"""What a project's processes show their operators: what waits, where, and who does not answer."""

from __future__ import annotations

import re
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_SECONDS: Final = 5.0
# As `make dev` announces them: a process's name, and where it serves operators.
ANNOUNCED: Final = re.compile(r"^\s+(\S+)\s+(http://\S+)/readyz /metrics$", re.MULTILINE)
GAUGE: Final = re.compile(
    r'^(outbox_(?:waiting_messages|oldest_message_seconds|parked_messages)){outbox="([^"]*)"'
    r"[^}]*} (\S+)$",
    re.MULTILINE,
)
LAG: Final = re.compile(
    r'^(consumer_(?:lag_events|waiting_retries){consumer="([^"]*)"[^}]*}) (\S+)$', re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in an outbox: how many messages, the oldest one's age, what was given up."""

    outbox: str
    messages: int = 0
    oldest_seconds: float = 0.0
    parked: int = 0


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in a project: in its outboxes, and at the consumers of its events.

    ``unread`` says, by consumer, how many events it has not confirmed, which may be handled all the
    same. ``silent`` are the processes that told nothing.
    """

    outboxes: tuple[Waiting, ...] = ()
    unread: Mapping[str, int] = field(default_factory=dict)
    silent: tuple[str, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether anything waits, or nobody knows."""
        return bool(self.messages or sum(self.unread.values()) or self.silent)

    @property
    def messages(self) -> int:
        """How many messages wait in all outboxes."""
        return sum(one.messages for one in self.outboxes)

    @property
    def oldest_seconds(self) -> float:
        """The age of the oldest message of all outboxes."""
        return max((one.oldest_seconds for one in self.outboxes), default=0.0)


def announced(text: str) -> dict[str, str]:
    """Return the base URL that a project says each process serves operators at, by its name."""
    return {match[1]: match[2] for match in ANNOUNCED.finditer(text)}


def look(processes: Mapping[str, str]) -> Backlog:
    """Ask every process for its metrics, at once: one that does not answer holds up no other."""
    with ThreadPoolExecutor(max(1, len(processes))) as threads:
        texts = dict(zip(processes, threads.map(_metrics, processes.values()), strict=True))
    silent = tuple(name for name, text in texts.items() if not text)
    return replace(read("\n".join(texts.values())), silent=silent)


def read(text: str) -> Backlog:
    """Return what metrics in Prometheus's text format say."""
    found: dict[str, dict[str, float]] = {}
    for name, outbox, value in GAUGE.findall(text):
        # Processes may share what they show; whoever was asked last says what is newest.
        found.setdefault(outbox, {})[name] = float(value)
    outboxes = tuple(
        Waiting(
            outbox,
            int(of.get("outbox_waiting_messages", 0)),
            of.get("outbox_oldest_message_seconds", 0.0),
            int(of.get("outbox_parked_messages", 0)),
        )
        for outbox, of in sorted(found.items())
    )
    unread: Counter[str] = Counter()
    for consumer, value in {series: said for series, *said in LAG.findall(text)}.values():
        unread[consumer] += int(float(value))
    return Backlog(outboxes, dict(unread))


def _metrics(url: str) -> str:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"{url}/metrics", timeout=TIMEOUT_SECONDS
        ) as answer:
            return str(answer.read().decode())
    except (OSError, HTTPException, ValueError):
        return ""
