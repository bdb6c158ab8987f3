"""Grafana's dashboards as JSON: panels with their queries, in rows under headings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Json = dict[str, Any]
Kind = Literal["timeseries", "stat"]

_SCHEMA_VERSION: Final = 42
_SOURCE: Final = {"type": "prometheus", "uid": "prometheus"}
# Grafana's grid has so many columns.
_COLUMNS: Final = 24
_HEIGHT: Final = 8
_HEIGHT_OF_STAT: Final = 4


@dataclass(frozen=True, slots=True)
class Query:
    """What Prometheus is asked, and how a series of its answer is called."""

    expression: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A picture of some queries. From ``limit`` on a value is a bad one."""

    title: str
    unit: str
    queries: tuple[Query, ...]
    description: str
    kind: Kind = "timeseries"
    limit: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a heading, in a line of so many."""

    title: str
    panels: tuple[Panel, ...]
    in_a_line: int = 3


def dashboard(uid: str, title: str, rows: Iterable[Row]) -> str:
    """Return a dashboard as a file."""
    document = {
        "uid": uid.replace("_", "-"),
        "title": title,
        "tags": ["blueprint"],
        "schemaVersion": _SCHEMA_VERSION,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": []},
        "templating": {"list": []},
        "links": [_LINK],
        "panels": list(_placed(rows)),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


_LINK: Final[Json] = {
    "type": "dashboards",
    "title": "Dashboards",
    "tags": ["blueprint"],
    "asDropdown": True,
    "icon": "",
    "tooltip": "",
    "includeVars": False,
    "keepTime": True,
    "targetBlank": False,
}


def _placed(rows: Iterable[Row]) -> Iterator[Json]:
    """Yield headings and panels, each with its number and its place."""
    number = top = 0
    for row in rows:
        number += 1
        place = {"x": 0, "y": top, "w": _COLUMNS, "h": 1}
        yield {
            "type": "row",
            "id": number,
            "title": row.title,
            "collapsed": False,
            "gridPos": place,
            "panels": [],
        }
        top += 1
        width = _COLUMNS // row.in_a_line
        for begin in range(0, len(row.panels), row.in_a_line):
            line = row.panels[begin : begin + row.in_a_line]
            height = max(_HEIGHT_OF_STAT if one.kind == "stat" else _HEIGHT for one in line)
            for column, panel in enumerate(line):
                number += 1
                place = {"x": column * width, "y": top, "w": width, "h": height}
                yield _panel(panel, number, place)
            top += height


def _panel(panel: Panel, number: int, place: Json) -> Json:
    steps: list[Json] = [{"value": None, "color": "green"}]
    if panel.limit is not None:
        steps.append({"value": panel.limit, "color": "red"})
    defaults: Json = {
        "unit": panel.unit,
        "min": 0,
        **({} if panel.most is None else {"max": panel.most}),
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    if panel.kind == "timeseries":
        style = "off" if panel.limit is None else "dashed"
        defaults["custom"] = {
            "fillOpacity": 10,
            "showPoints": "never",
            "thresholdsStyle": {"mode": style},
        }
    return {
        "type": panel.kind,
        "id": number,
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _OPTIONS[panel.kind],
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": _SOURCE,
                "expr": query.expression,
                "legendFormat": query.legend,
                "range": True,
            }
            for place, query in enumerate(panel.queries)
        ],
    }


_OPTIONS: Final[Mapping[Kind, Json]] = {
    "timeseries": {
        "legend": {
            "displayMode": "list",
            "placement": "bottom",
            "showLegend": True,
            "calcs": [],
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {
        "colorMode": "value",
        "graphMode": "area",
        "justifyMode": "auto",
        "orientation": "auto",
        "textMode": "auto",
        "wideLayout": True,
        "showPercentChange": False,
        "percentChangeColorMode": "standard",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    },
}
