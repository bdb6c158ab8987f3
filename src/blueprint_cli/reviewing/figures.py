"""What was measured, by what; and what was found wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Figures = dict[str, "Figure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number: its source, the query or rule that gave it; or why nobody knows it.

    Attributes:
        name: a requirement's key, one that a trigger names, or another of `review`.
        value: None where nothing measured it.
        unit: what the value counts.
        source: ``Prometheus``, ``git``, ``bench`` or ``the model``, with the time that it is of.
        query: in PromQL, or in words.
        why: why it is not known; empty where it is.
    """

    name: str
    value: float | None
    unit: str = ""
    source: str = ""
    query: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something of the running project that misses a promise.

    ``kind`` is ``slow-route``, ``errors``, ``memory-leak``, ``starved-relay``,
    ``lagging-consumer``, ``lost-events``, ``unsettled`` or ``process-away``; ``subject`` is the
    route, the process, the outbox, the consumer, the event. ``limit`` is 0 where the source judged
    by more than a number.
    """

    kind: str
    subject: str
    value: float
    limit: float
    unit: str
    source: str
    query: str = ""


def unknown(name: str, why: str, source: str = "") -> Figure:
    """Return a figure that nothing measured, and why."""
    return Figure(name=name, value=None, why=why, source=source)


def combined(*sources: Iterable[Figure]) -> Figures:
    """Return figures by name: of those that are known the first, else the first reason why not."""
    found: Figures = {}
    for figure in (one for source in sources for one in source):
        known = found.get(figure.name)
        if known is None or (known.value is None and figure.value is not None):
            found[figure.name] = figure
    return found
