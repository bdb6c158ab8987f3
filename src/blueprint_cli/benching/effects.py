"""From an event's commit to its effect, and from a process's beginning to its end."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from blueprint_cli.benching.recorded import Effect, Message, Recorded
    from blueprint_cli.spec.model import Spec

NOTIFICATION: Final = "notification"
CONSUMER: Final = "consumer"


@dataclass(frozen=True, slots=True)
class EventTime:
    """How long events of a type took to one of their effects, in milliseconds.

    ``effect`` is a notification, a reaction or a consumer, by its name. ``missing`` of them had not
    come to a consumer that takes every one of that type.
    """

    name: str
    effect: str
    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Ending:
    """A process: the event that begins it, and those of the same row that end it.

    ``by_itself``: whether it waits for nobody.
    """

    name: str
    begins: str
    ends: frozenset[str]
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """How long processes took, in milliseconds, and how many had not ended."""

    name: str
    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    unsettled: int
    by_itself: bool = False


def endings(spec: Spec) -> tuple[Ending, ...]:
    """Return the processes that a project has: orders, and rows that a reaction moves on."""
    found = []
    if "orders" in spec.contexts:
        ends = {f"orders.order-{how}.v1" for how in ("confirmed", "rejected", "cancelled")}
        found.append(Ending("orders", "orders.order-placed.v1", frozenset(ends), by_itself=True))
    reactions = {
        (one.context, one.entity, one.command) for one in spec.domain.reactions if not one.is_email
    }
    for context in spec.domain.contexts:
        for entity in context.entities:
            commands = {one.name: one for one in entity.commands}
            create = commands.get("create")
            moved = [
                command.emits
                for name, command in commands.items()
                if name != "create"
                and (context.name, entity.name, name) in reactions
                and command.emits is not None
            ]
            if create is not None and create.emits is not None and moved:
                begins, *ends_of_it = (
                    f"{context.name}.{one.name}.v{one.version}" for one in (create.emits, *moved)
                )
                found.append(Ending(f"{context.name}.{entity.name}", begins, frozenset(ends_of_it)))
    return tuple(found)


def event_times(said: Recorded, begin: float, end: float) -> tuple[EventTime, ...]:
    """Return how long the events of a time took to their effects."""
    told = _by_row(said.notifications)
    reacted = _by_row(said.reactions)
    consumed: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for one in said.consumed:
        consumed[one.id].append((one.consumer, one.at))
    found: dict[tuple[str, str], Histogram] = defaultdict(Histogram)
    happened: Counter[str] = Counter()
    for message in said.messages:
        if not begin <= message.at < end:
            continue
        happened[message.type] += 1
        notified = [one for one in told[message.key, message.version] if _is_of(one, message)]
        effects = [(f"{NOTIFICATION} {one.name}", one.at) for one in notified]
        effects += [
            (f"reaction {one.name}", one.at) for one in reacted[message.key, message.version]
        ]
        # Its own row says more exactly when a notification was made.
        effects += [
            (f"{CONSUMER} {name}", at)
            for name, at in consumed[message.id]
            if name != "notifications"
        ]
        for name, at in effects:
            found[message.type, name].record(1000 * (at - message.at))
    return tuple(
        EventTime(
            name,
            effect,
            times.count,
            times.percentile(50),
            times.percentile(95),
            times.percentile(99),
            max(0, happened[name] - times.count) if effect.startswith(CONSUMER) else 0,
        )
        for (name, effect), times in sorted(found.items())
    )


def settled(
    said: Recorded, processes: Sequence[Ending], begin: float, end: float
) -> tuple[Settled, ...]:
    """Return how long the processes that began in a time took; the most frequent first."""
    found = []
    for process in processes:
        # What is asked again until it is answered began, and ended, with the first of its events.
        begun = _first(said, {process.begins})
        ended = _first(said, process.ends)
        times = Histogram()
        unsettled = 0
        for key, at in begun.items():
            if not begin <= at < end:
                continue
            if key in ended:
                times.record(1000 * (ended[key] - at))
            else:
                unsettled += 1
        found.append(
            Settled(
                process.name,
                times.count,
                times.percentile(50),
                times.percentile(95),
                times.percentile(99),
                unsettled,
                process.by_itself,
            )
        )
    return tuple(sorted(found, key=lambda one: -(one.count + one.unsettled)))


def _first(said: Recorded, types: Collection[str]) -> dict[str, float]:
    """Return when each row had its first event of some types."""
    found: dict[str, float] = {}
    for message in said.messages:
        if message.type in types:
            found[message.key] = min(message.at, found.get(message.key, message.at))
    return found


def _by_row(effects: Iterable[Effect]) -> dict[tuple[str, int], list[Effect]]:
    found: dict[tuple[str, int], list[Effect]] = defaultdict(list)
    for one in effects:
        found[one.about, one.version].append(one)
    return found


def _is_of(notification: Effect, message: Message) -> bool:
    """Whether it tells of this event: one without a version is of the event of its name."""
    if message.version:
        return True
    return message.type.split(".")[1].replace("-", "_") == notification.name
