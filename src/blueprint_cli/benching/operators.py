"""What a project's processes show their operators: the age and the number of what waits."""

from __future__ import annotations

import re
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT_SECONDS: Final = 5.0
# As `make dev` announces them: a process's name, and where it serves operators.
ANNOUNCED: Final = re.compile(r"^\s+(\S+)\s+(http://\S+)/readyz /metrics$", re.MULTILINE)
GAUGE: Final = re.compile(
    r'^(outbox_(?:waiting_messages|oldest_message_seconds|parked_messages)){outbox="([^"]*)"'
    r"[^}]*} (\S+)$",
    re.MULTILINE,
)
LAG: Final = re.compile(r"^(consumer_(?:lag_events|waiting_retries){[^}]*}) (\S+)$", re.MULTILINE)


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

    ``unread`` counts what a consumer has not confirmed, which may be handled all the same.
    """

    outboxes: tuple[Waiting, ...] = ()
    unread: int = 0

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


def look(urls: Sequence[str]) -> Backlog | None:
    """Ask every process for its metrics; None where none of them tells of an outbox."""
    texts = [_metrics(url) for url in urls]
    return read("\n".join(texts))


def read(text: str) -> Backlog | None:
    """Return what metrics in Prometheus's text format say; None where they name no outbox."""
    found: dict[str, dict[str, float]] = {}
    for name, outbox, value in GAUGE.findall(text):
        # Processes may share what they show; whoever was asked last says what is newest.
        found.setdefault(outbox, {})[name] = float(value)
    if not found:
        return None
    outboxes = tuple(
        Waiting(
            outbox,
            int(of.get("outbox_waiting_messages", 0)),
            of.get("outbox_oldest_message_seconds", 0.0),
            int(of.get("outbox_parked_messages", 0)),
        )
        for outbox, of in sorted(found.items())
    )
    unread = dict(LAG.findall(text))
    return Backlog(outboxes, int(sum(float(value) for value in unread.values())))


def _metrics(url: str) -> str:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"{url}/metrics", timeout=TIMEOUT_SECONDS
        ) as answer:
            return str(answer.read().decode())
    except (OSError, ValueError):
        return ""
