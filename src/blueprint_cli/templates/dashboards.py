"""Grafana's dashboards of a project: one of the whole, and one of each context.

What they ask Prometheus for is what the runbook's table of metrics names. What counts something
that may never happen begins at nothing: a panel without data is a mistake.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from blueprint_cli.patterns import ARCHITECTURES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.described.contexts import ContextView

Json = dict[str, Any]
Kind = Literal["timeseries", "stat"]

WHOLE: Final = "the-whole"
_SCHEMA_VERSION: Final = 42
_SOURCE: Final = {"type": "prometheus", "uid": "prometheus"}
# Grafana's grid has so many columns.
_COLUMNS: Final = 24
_HEIGHT: Final = 8
_HEIGHT_OF_STAT: Final = 4
_RATE: Final = "[$__rate_interval]"


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


@dataclass(frozen=True)
class Dashboards:
    """The dashboards of one project; ``contexts`` is what templates read of each."""

    spec: Spec
    contexts: Mapping[str, Mapping[str, Any]]
    described: Mapping[str, ContextView] = field(repr=False)

    @property
    def whole(self) -> str:
        """What the whole project does, and what all of it needs."""
        rows = [self._promised, _requests("job", ""), *self._resources(""), *self._messages]
        return _text(WHOLE, self.spec.project.name, rows)

    @cached_property
    def of(self) -> dict[str, str]:
        """What each context does, by its name."""
        return {
            name: _text(name, f"{self.spec.project.name}: {name}", list(self._of(name)))
            for name in self.contexts
        }

    @property
    def _apart(self) -> bool:
        return any(
            one.process_per_context
            for one in ARCHITECTURES.values()
            if one.pattern == self.spec.pattern
        )

    @property
    def _by_events(self) -> bool:
        return any(one.broker for one in ARCHITECTURES.values() if one.pattern == self.spec.pattern)

    @property
    def _promised(self) -> Row:
        slo = self.spec.slo
        return Row(
            "Promised",
            (
                Panel(
                    "Requests a second",
                    "reqps",
                    (Query(f"sum(rate(http_requests_total{_RATE}))", "requests"),),
                    f"Promised up to {slo.throughput_rps:g} a second: slo.throughput_rps.",
                    "stat",
                ),
                Panel(
                    "95% answered within",
                    "s",
                    (Query(_quantile("http_request_duration_seconds", "", "le"), "p95"),),
                    f"Promised: {slo.p95_ms:g} ms, slo.p95_ms.",
                    "stat",
                    limit=slo.p95_ms / 1000,
                ),
                Panel(
                    "Errors of its own",
                    "percent",
                    (Query(_errors("", ""), "errors"),),
                    f"Promised: at most {slo.error_rate_percent:g}%, slo.error_rate_percent.",
                    "stat",
                    limit=slo.error_rate_percent,
                ),
                Panel(
                    "Alerts",
                    "none",
                    (
                        Query(
                            'count(ALERTS{alertstate="firing"}) or vector(0)',
                            "firing",
                        ),
                    ),
                    "How many ring now; docs/runbook.md says what to do about each.",
                    "stat",
                    limit=1,
                ),
            ),
            in_a_line=4,
        )

    def _resources(self, selected: str) -> Iterator[Row]:
        """USE: how much is used of each thing, how much waits for it, what fails."""
        cpu = _labels(selected, "")
        yield Row(
            "Processes",
            (
                Panel(
                    "Processor",
                    "percentunit",
                    (
                        Query(
                            f"sum by (job, instance) (rate(process_cpu_seconds_total{cpu}{_RATE}))",
                            "{{job}} {{instance}}",
                        ),
                    ),
                    "Of one core, of all workers together.",
                ),
                Panel(
                    "Memory",
                    "bytes",
                    (Query(f"process_resident_memory_bytes{cpu}", "{{job}} {{instance}}"),),
                    "Resident, of all workers together. What only grows is a leak.",
                ),
                Panel(
                    "Delay of the event loop",
                    "s",
                    (
                        Query(
                            "sum by (job, instance) "
                            f"(rate(event_loop_delay_seconds_sum{cpu}{_RATE})) / sum by "
                            f"(job, instance) (rate(event_loop_delay_seconds_count{cpu}{_RATE}))",
                            "{{job}} {{instance}}",
                        ),
                    ),
                    "How long what is ready waits for its turn: more than milliseconds is too "
                    "much work for one core, or a call that blocks.",
                ),
                Panel(
                    "Open files and sockets",
                    "percentunit",
                    (
                        Query(
                            f"process_open_fds{cpu} / process_max_fds{cpu}", "{{job}} {{instance}}"
                        ),
                    ),
                    "Of those that the process may have.",
                    most=1,
                ),
                Panel(
                    "Requests in progress",
                    "none",
                    (Query(f"http_requests_in_progress{cpu}", "{{job}} {{instance}}"),),
                    "Not answered yet; from MAX_CONCURRENT_REQUESTS on with 503.",
                ),
                Panel(
                    "Answers",
                    "none",
                    (Query(_up(selected, self._jobs), "{{job}} {{instance}}"),),
                    "1 while Prometheus reaches the process.",
                    most=1,
                ),
            ),
        )
        yield Row(
            "Database",
            (
                Panel(
                    "Connections in use",
                    "percentunit",
                    (
                        Query(
                            f"database_connections_in_use{cpu} / database_connections_limit{cpu}",
                            "{{job}} {{instance}} {{pool}}",
                        ),
                    ),
                    "Of those of a pool. At all of them requests wait.",
                    limit=0.9,
                    most=1,
                ),
                Panel(
                    "Waiting for a connection",
                    "none",
                    (Query(f"database_connections_waiting{cpu}", "{{job}} {{instance}} {{pool}}"),),
                    "Requests and tasks that a pool has nothing for.",
                    limit=1,
                ),
                Panel(
                    "Database answers",
                    "none",
                    (Query(f"database_up{cpu}", "{{job}} {{instance}}"),),
                    "1 while it does.",
                    most=1,
                ),
            ),
        )

    @property
    def _jobs(self) -> str:
        """A regular expression: the jobs of this project in deploy/observability."""
        return "|".join(self.contexts) if self._apart else self.spec.project.name

    @property
    def _messages(self) -> Iterator[Row]:
        if any(one["publishes"] for one in self.contexts.values()):
            yield _outbox("")
        if self._handling:
            yield self._consumers("")
        if "notifications" in self.contexts:
            yield _EMAIL

    @property
    def _handling(self) -> bool:
        return any(one["handles"] for one in self.contexts.values())

    def _of(self, name: str) -> Iterator[Row]:
        one = self.contexts[name]
        described = self.described.get(name)
        if one["routes"]:
            yield _requests("method, route", self._requests_of(name), refusals=True)
        yield from self._numbers(name)
        if self._apart:
            yield from self._resources(f'job="{name}"')
        if one["publishes"]:
            storage = described.described.storage if described else name
            yield _outbox(f'outbox=~"{storage}\\\\..+"')
        if one["handles"]:
            yield self._consumers(f'consumer=~"{name}(_.+)?"')
        if name == "notifications":
            yield _EMAIL

    def _requests_of(self, name: str) -> str:
        """Return which requests a context answers: its process's, or those of its routes."""
        if self._apart:
            return f'job="{name}"'
        paths = "|".join(route["path"] for route in self.contexts[name]["routes"])
        return f'route=~"({paths})(/.*)?"'

    def _numbers(self, name: str) -> Iterator[Row]:
        """The domain's own: rows by state, how long they stand, reactions that were refused."""
        panels: list[Panel] = []
        described = self.described.get(name)
        states = name == "orders" or (described and any(one.states for one in described.all))
        if states:
            panels.append(
                Panel(
                    "Rows by state",
                    "none",
                    (
                        Query(
                            f"max by (entity, state) ({name}_rows)",
                            "{{entity}} {{state}}",
                        ),
                    ),
                    "Counted once a minute.",
                )
            )
        if states and described:
            panels.append(
                Panel(
                    "Longest in a state",
                    "s",
                    (
                        Query(
                            f"max by (entity, state) ({name}_oldest_row_seconds)",
                            "{{entity}} {{state}}",
                        ),
                    ),
                    "How long one row has stood in its state.",
                )
            )
        if described and described.handles:
            refused = f"sum by (reaction, code) (rate({name}_reactions_refused_total{_RATE}))"
            panels.append(
                Panel(
                    "Reactions refused",
                    "cps",
                    (Query(f"{refused} or vector(0)", "{{reaction}} {{code}}"),),
                    "Events whose command the domain refused, by the code of the refusal.",
                )
            )
        if name == "orders":
            panels.append(
                Panel(
                    "Orders not decided",
                    "none",
                    (Query("max(orders_pending)", "pending"),),
                    "Neither confirmed nor rejected yet.",
                )
            )
            panels.append(
                Panel(
                    "Oldest order not decided",
                    "s",
                    (Query("max(orders_oldest_pending_seconds)", "oldest"),),
                    "Rejected after ORDER_TIMEOUT_SECONDS where nobody answers.",
                )
            )
        if name == "analytics":
            panels.append(
                Panel(
                    "95% confirmed within",
                    "s",
                    (Query(_quantile("order_confirmation_seconds", "", "le"), "p95"),),
                    "From an order's placement to its confirmation.",
                )
            )
        if panels:
            yield Row("Domain", tuple(panels), in_a_line=min(len(panels), 3))

    def _consumers(self, selected: str) -> Row:
        chosen = _labels(selected, "")
        panels = [
            Panel(
                "95% of events handled within",
                "s",
                (
                    Query(
                        _quantile("consumer_event_age_seconds", selected, "consumer, le"),
                        "{{consumer}}",
                    ),
                ),
                "From an event's happening to the end of its handling: what is late.",
            ),
            Panel(
                "Events handled",
                "cps",
                (
                    Query(
                        "sum by (consumer) "
                        f"(rate(consumer_event_age_seconds_count{chosen}{_RATE}))",
                        "{{consumer}}",
                    ),
                ),
                "Each once, whatever else was delivered.",
            ),
        ]
        if self._by_events:
            panels += [
                Panel(
                    "Behind",
                    "none",
                    (
                        Query(
                            "sum by (consumer, topic) "
                            f"(max by (consumer, topic, partition) (consumer_lag_events{chosen}))",
                            "{{consumer}} {{topic}}",
                        ),
                    ),
                    "Events that a consumer has not handled.",
                ),
                Panel(
                    "What became of events",
                    "cps",
                    (
                        Query(
                            "sum by (consumer, outcome) "
                            f"(rate(consumer_events_total{chosen}{_RATE}))",
                            "{{consumer}} {{outcome}}",
                        ),
                    ),
                    "Handled, duplicate, ignored, retried, dead.",
                ),
                Panel(
                    "Dead letters",
                    "none",
                    (
                        Query(
                            "sum by (consumer, reason) "
                            f"(increase(dead_letters_total{chosen}[1h])) or vector(0)",
                            "{{consumer}} {{reason}}",
                        ),
                    ),
                    "Events that were given up in the last hour; make dead-letters lists them.",
                    limit=1,
                ),
                Panel(
                    "Waiting or paused",
                    "none",
                    (
                        Query(
                            f"max by (consumer) (consumer_waiting_retries{chosen})",
                            "{{consumer}} waiting",
                        ),
                        Query(
                            f"max by (consumer) (consumer_paused{chosen})", "{{consumer}} paused"
                        ),
                    ),
                    "Events that are tried again later; 1 where nothing is handled until a "
                    "database or brokers are back.",
                ),
            ]
        return Row("Consumers", tuple(panels), in_a_line=min(len(panels), 3))


def _requests(by: str, selected: str, *, refusals: bool = False) -> Row:
    """RED: how many requests, how many of them fail, how long they take."""
    legend = " ".join(f"{{{{{label}}}}}" for label in by.split(", "))
    chosen = _labels(selected, "")
    problems = f"sum by (code) (rate(http_problems_total{chosen}{_RATE})) or vector(0)"
    panels = [
        Panel(
            "Requests",
            "reqps",
            (Query(f"sum by ({by}) (rate(http_requests_total{chosen}{_RATE}))", legend),),
            "Answered, whatever the answer was.",
        ),
        Panel(
            "Errors",
            "percent",
            (Query(_errors(selected, by), legend),),
            "Answers of 500 and above, of a hundred.",
            limit=1,
        ),
        Panel(
            "95% answered within",
            "s",
            (Query(_quantile("http_request_duration_seconds", selected, f"{by}, le"), legend),),
            "From a request's first byte to its answer's last.",
        ),
    ]
    if refusals:
        panels += [
            Panel(
                "Half answered within",
                "s",
                (
                    Query(
                        _quantile("http_request_duration_seconds", selected, f"{by}, le", 0.5),
                        legend,
                    ),
                ),
                "What is usual.",
            ),
            Panel(
                "99% answered within",
                "s",
                (
                    Query(
                        _quantile("http_request_duration_seconds", selected, f"{by}, le", 0.99),
                        legend,
                    ),
                ),
                "What the unlucky see.",
            ),
        ]
    panels.append(
        Panel(
            "Refused",
            "reqps",
            (Query(problems, "{{code}}"),),
            "By the problem's code: what the domain, a limit or a schema refused.",
        )
    )
    return Row("Requests", tuple(panels), in_a_line=3 if refusals else 4)


def _outbox(selected: str) -> Row:
    chosen = _labels(selected, "")
    return Row(
        "Outbox and relay",
        (
            Panel(
                "Oldest message",
                "s",
                (Query(f"max by (outbox) (outbox_oldest_message_seconds{chosen})", "{{outbox}}"),),
                "Age of the oldest one that is not delivered.",
                limit=60,
            ),
            Panel(
                "Messages not delivered",
                "none",
                (
                    Query(
                        f"max by (outbox) (outbox_waiting_messages{chosen})", "{{outbox}} waiting"
                    ),
                    Query(
                        f"max by (outbox) (outbox_parked_messages{chosen})", "{{outbox}} given up"
                    ),
                ),
                "Waiting, and those that nobody tries again.",
            ),
            Panel(
                "Delivered",
                "cps",
                (
                    Query(
                        "sum by (outbox, consumer, outcome) "
                        f"(rate(relay_messages_total{chosen}{_RATE}))",
                        "{{outbox}} to {{consumer}} {{outcome}}",
                    ),
                ),
                "What the relay has handed over, and what failed and is tried again.",
            ),
        ),
    )


_EMAIL: Final = Row(
    "E-mail",
    (
        Panel(
            "E-mails waiting",
            "none",
            (
                Query("max(mail_waiting)", "waiting"),
                Query("max(mail_given_up)", "given up"),
            ),
            "To be sent, and those that never got through.",
        ),
        Panel(
            "E-mails tried",
            "cps",
            (Query(f"sum by (outcome) (rate(mail_attempts_total{_RATE}))", "{{outcome}}"),),
            "Sent, failed and due again, given up.",
        ),
    ),
    in_a_line=2,
)


def _labels(*matchers: str) -> str:
    found = ", ".join(one for one in matchers if one)
    return f"{{{found}}}" if found else ""


def _up(selected: str, jobs: str) -> str:
    return f"up{_labels(selected or f'job=~{json.dumps(jobs)}')}"


def _quantile(metric: str, selected: str, by: str, share: float = 0.95) -> str:
    bucket = f"{metric}_bucket{_labels(selected)}{_RATE}"
    return f"histogram_quantile({share}, sum by ({by}) (rate({bucket})))"


def _errors(selected: str, by: str) -> str:
    """Return which part of the answers are the server's errors: 0 where there has been none."""
    grouped = f"sum by ({by})" if by else "sum"
    every = f"{grouped} (rate(http_requests_total{_labels(selected)}{_RATE}))"
    wrong = _labels(selected, 'status=~"5.."')
    failed = f"{grouped} (rate(http_requests_total{wrong}{_RATE}))"
    return f"100 * ({failed} or 0 * {every}) / {every}"


def _text(uid: str, title: str, rows: list[Row]) -> str:
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


def _placed(rows: list[Row]) -> Iterator[Json]:
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
