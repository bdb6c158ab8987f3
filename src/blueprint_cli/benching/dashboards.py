"""What a project's dashboards show of a run: each panel's queries, as Prometheus answers them."""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import Failed, UsageError
from blueprint_cli.templates.grafana import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from blueprint_cli.prometheus import Labels, Prometheus, Sample

    Series = list[tuple[Labels, list[Sample]]]

FOLDER: Final = Path("deploy/observability/dashboards")
# Grafana puts four times the interval of scraping in its place.
RATE_INTERVAL: Final = "$__rate_interval"
SCRAPES: Final = 4
# So many values of a series a chart can show.
STEPS: Final = 100
LABEL: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
# When whoever was not looked at for the longest time was.
LAST_SCRAPE: Final = "min(timestamp(up))"
SCRAPED_SECONDS: Final = 35.0
LOOK_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Panel:
    """A picture of some queries; ``unit`` as Grafana has it."""

    title: str
    unit: str
    queries: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a panel shows: lines by name, of moments in seconds since 1970 and values."""

    title: str
    unit: str
    lines: Mapping[str, Sequence[Sample]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a dashboard shows of a run; ``empty`` are the titles of panels without a value.

    ``begin`` is when the run began, in seconds since 1970.
    """

    title: str
    begin: float
    panels: tuple[Drawn, ...]
    empty: tuple[str, ...]


def read_boards(root: Path) -> tuple[Board, ...]:
    """Return a project's dashboards: that of the whole, then those of the contexts.

    Raises:
        UsageError: where it has none.
        Failed: where a file is no dashboard.
    """
    folder = root / FOLDER
    files = sorted(folder.rglob("*.json"), key=lambda one: (len(one.parts), one.name))
    if not files:
        raise UsageError(
            f"{root.resolve().name} has no dashboards: there is no file in {FOLDER}",
            hint="Set `platform.observability: grafana` in blueprint.yaml, then: blueprint update",
        )
    return tuple(_board(file, file.relative_to(root)) for file in files)


def _board(file: Path, shown: Path) -> Board:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return Board(str(said["title"]), tuple(_panels(said)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failed(
            f"{shown} is no dashboard: {type(error).__name__}: {error}",
            hint="Export it from Grafana as JSON, or take it as it was: git checkout.",
        ) from None


def _panels(said: Mapping[str, Any]) -> Iterator[Panel]:
    for one in said["panels"]:
        queries = [
            Query(str(target["expr"]), str(target.get("legendFormat", "")))
            for target in one.get("targets", ())
        ]
        if queries:
            unit = one.get("fieldConfig", {}).get("defaults", {}).get("unit", "none")
            yield Panel(str(one["title"]), str(unit), tuple(queries))


def shown(
    boards: Sequence[Board], prometheus: Prometheus, begin: float, end: float, *, scrape: float
) -> tuple[Shown, ...]:
    """Return what dashboards show between two moments, in seconds since 1970.

    Args:
        boards: what is asked.
        prometheus: who is asked, once it has looked after the end.
        begin: the first moment.
        end: the last moment.
        scrape: seconds between two looks of Prometheus.

    Raises:
        PrometheusFailed: where it gives no answer.
    """
    look_after(prometheus, end)
    interval = f"{SCRAPES * scrape:g}s"
    step = max(1, round((end - begin) / STEPS))

    def asked(query: str) -> Series:
        return prometheus.series(query.replace(RATE_INTERVAL, interval), begin, end, step)

    found = []
    for board in boards:
        drawn = [Drawn(one.title, one.unit, _lines(one, asked)) for one in board.panels]
        found.append(
            Shown(
                board.title,
                begin,
                tuple(one for one in drawn if one.lines),
                tuple(one.title for one in drawn if not one.lines),
            )
        )
    return tuple(found)


def look_after(prometheus: Prometheus, end: float) -> None:
    """Wait until the project was scraped after a moment; what never is, is shown without it."""
    deadline = time.monotonic() + SCRAPED_SECONDS
    while (prometheus.number(LAST_SCRAPE, time.time()) or 0.0) < end:
        if time.monotonic() > deadline:
            return
        time.sleep(LOOK_SECONDS)


def _lines(panel: Panel, asked: Callable[[str], Series]) -> dict[str, Sequence[Sample]]:
    found: dict[str, list[Sample]] = defaultdict(list)
    for query in panel.queries:
        for labels, samples in asked(query.expression):
            found[_named(query.legend, labels)] += samples
    return {name: sorted(samples) for name, samples in found.items()}


def _named(legend: str, labels: Labels) -> str:
    asked = LABEL.findall(legend)
    if asked and not any(labels.get(name) for name in asked):
        return "all"
    named = LABEL.sub(lambda match: labels.get(match[1], ""), legend).strip()
    return named or ", ".join(f"{name}={value}" for name, value in sorted(labels.items())) or "all"
