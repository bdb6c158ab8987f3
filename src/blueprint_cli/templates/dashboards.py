"""What a project's dashboards show: one of the whole, one of its servers, one of each context.

What they ask Prometheus for is what the runbook's table of metrics names. What counts something
that may never happen begins at nothing: a panel without data is a mistake.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.patterns import ARCHITECTURES
from blueprint_cli.templates.grafana import Panel, Query, Row, dashboard
from blueprint_cli.templates.servers import server_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.described.contexts import ContextView

WHOLE: Final = "the-whole"
SERVERS: Final = "the-servers"
# What clients ask, and no operator.
_ASKED: Final = 'route!~"/(livez|readyz|metrics)"'
# The share of answers that may be slow, where slo says of 95% what they may take.
_SLOW: Final = 0.05
_PROCESS: Final = "{{job}} {{instance}}"
_INTERVAL: Final = "[$__rate_interval]"


@dataclass(frozen=True)
class Dashboards:
    """The dashboards of one project; ``contexts`` is what templates read of each."""

    spec: Spec
    contexts: Mapping[str, Mapping[str, Any]]
    described: Mapping[str, ContextView] = field(repr=False)

    @property
    def whole(self) -> str:
        """What the whole project does, and what all of it needs."""
        rows = [
            self._promised,
            self._budgets,
            _requests("job", _ASKED),
            *self._resources(""),
            *self._messages,
        ]
        return dashboard(WHOLE, self.spec.project.name, rows)

    @property
    def servers(self) -> str:
        """What the project stands on."""
        return dashboard(SERVERS, f"{self.spec.project.name}: servers", server_rows(self.spec))

    @cached_property
    def of(self) -> dict[str, str]:
        """What each context does, by its name."""
        return {
            name: dashboard(name, f"{self.spec.project.name}: {name}", list(self._of(name)))
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
                    (Query(_rate("http_requests_total", _ASKED, ""), "requests"),),
                    f"Promised up to {slo.throughput_rps:g} a second: slo.throughput_rps.",
                    "stat",
                ),
                Panel(
                    "95% answered within",
                    "s",
                    (Query(_quantile("http_request_duration_seconds", _ASKED, "le"), "p95"),),
                    f"Promised: {slo.p95_ms:g} ms, slo.p95_ms.",
                    "stat",
                    limit=slo.p95_ms / 1000,
                ),
                Panel(
                    "Errors of its own",
                    "percent",
                    (Query(_errors(_ASKED, ""), "errors"),),
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

    @property
    def _budgets(self) -> Row:
        """How fast what may fail is used up, by the recording rules that the alerts ask, too."""
        may_fail = max(self.spec.slo.error_rate_percent, 0.001) / 100
        hour = "1 uses up the budget of 30 days in 30 days, 14.4 in two: then it rings."
        return Row(
            "Budgets",
            tuple(
                Panel(
                    title,
                    "none",
                    (Query(f"{recorded} / {share:g}", "{{job}}"),),
                    f"Of the last hour: {hour}",
                    limit=1,
                )
                for title, recorded, share in (
                    ("Budget of errors", "job:http_errors:ratio_rate1h", may_fail),
                    ("Budget of slow answers", "job:http_slow:ratio_rate1h", _SLOW),
                )
            ),
            in_a_line=2,
        )

    def _resources(self, selected: str) -> Iterator[Row]:
        """USE: how much is used of each thing, how much waits for it, what fails."""
        labels, each = _labels(selected), "job, instance"
        yield Row(
            "Processes",
            (
                Panel(
                    "Processor",
                    "percentunit",
                    (
                        Query(
                            _rate("process_cpu_seconds_total", selected, each),
                            _PROCESS,
                        ),
                    ),
                    "Of one core, of all workers together.",
                ),
                Panel(
                    "Memory",
                    "bytes",
                    (Query(f"process_resident_memory_bytes{labels}", _PROCESS),),
                    "Resident, of all workers together. What only grows is a leak.",
                ),
                Panel(
                    "Delay of the event loop",
                    "s",
                    (
                        Query(
                            _rate("event_loop_delay_seconds_sum", selected, each)
                            + " / "
                            + _rate("event_loop_delay_seconds_count", selected, each),
                            _PROCESS,
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
                            f"process_open_fds{labels} / process_max_fds{labels}",
                            _PROCESS,
                        ),
                    ),
                    "Of those that the process may have.",
                    most=1,
                ),
                Panel(
                    "Requests in progress",
                    "none",
                    (Query(f"http_requests_in_progress{labels}", _PROCESS),),
                    "Not answered yet; from MAX_CONCURRENT_REQUESTS on with 503.",
                ),
                Panel(
                    "Answers",
                    "none",
                    (Query(f"up{labels}", _PROCESS),),
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
                            f"database_connections_in_use{labels}"
                            f" / database_connections_limit{labels}",
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
                    (
                        Query(
                            f"database_connections_waiting{labels}", "{{job}} {{instance}} {{pool}}"
                        ),
                    ),
                    "Requests and tasks that a pool has nothing for.",
                    limit=1,
                ),
                Panel(
                    "Database answers",
                    "none",
                    (Query(f"database_up{labels}", _PROCESS),),
                    "1 while it does.",
                    most=1,
                ),
            ),
        )

    @property
    def _messages(self) -> Iterator[Row]:
        if any(one["publishes"] for one in self.contexts.values()):
            yield _outbox("")
        if self._handling:
            yield self._consumers("")
        if "notifications" in self.contexts:
            yield _email()

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
            yield from self._resources(_job(name))
        if one["publishes"]:
            storage = described.described.storage if described else name
            yield _outbox(f'outbox=~"{storage}\\\\..+"')
        if one["handles"]:
            yield self._consumers(f'consumer=~"{name}(_.+)?"')
        if name == "notifications":
            yield _email()

    def _requests_of(self, name: str) -> str:
        """Return which requests a context answers: its process's, or those of its routes."""
        if self._apart:
            return _job(name)
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
            refused = _rate(f"{name}_reactions_refused_total", "", "reaction, code")
            panels.append(
                Panel(
                    "Reactions refused",
                    "cps",
                    (Query(_or_nothing(refused), "{{reaction}} {{code}}"),),
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
        labels = _labels(selected)
        panels = [
            Panel(
                "95% of events handled within",
                "s",
                (
                    Query(
                        _or_nothing(
                            _quantile("consumer_event_age_seconds", selected, "consumer, le")
                        ),
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
                        _or_nothing(
                            _rate("consumer_event_age_seconds_count", selected, "consumer")
                        ),
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
                            f"(max by (consumer, topic, partition) (consumer_lag_events{labels}))",
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
                            _or_nothing(
                                _rate("consumer_events_total", selected, "consumer, outcome")
                            ),
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
                            f"(increase(dead_letters_total{labels}[1h])) or vector(0)",
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
                            f"max by (consumer) (consumer_waiting_retries{labels})",
                            "{{consumer}} waiting",
                        ),
                        Query(
                            f"max by (consumer) (consumer_paused{labels})", "{{consumer}} paused"
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
    problems = _or_nothing(_rate("http_problems_total", selected, "code"))
    panels = [
        Panel(
            "Requests",
            "reqps",
            (Query(_rate("http_requests_total", selected, by), legend),),
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
    labels = _labels(selected)
    return Row(
        "Outbox and relay",
        (
            Panel(
                "Oldest message",
                "s",
                (Query(f"max by (outbox) (outbox_oldest_message_seconds{labels})", "{{outbox}}"),),
                "Age of the oldest one that is not delivered.",
                limit=60,
            ),
            Panel(
                "Messages not delivered",
                "none",
                (
                    Query(
                        f"max by (outbox) (outbox_waiting_messages{labels})", "{{outbox}} waiting"
                    ),
                    Query(
                        f"max by (outbox) (outbox_parked_messages{labels})", "{{outbox}} given up"
                    ),
                ),
                "Waiting, and those that nobody tries again.",
            ),
            Panel(
                "Delivered",
                "cps",
                (
                    Query(
                        _or_nothing(
                            _rate("relay_messages_total", selected, "outbox, consumer, outcome")
                        ),
                        "{{outbox}} to {{consumer}} {{outcome}}",
                    ),
                ),
                "What the relay has handed over, and what failed and is tried again.",
            ),
        ),
    )


def _email() -> Row:
    return Row(
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
                (Query(_or_nothing(_rate("mail_attempts_total", "", "outcome")), "{{outcome}}"),),
                "Sent, failed and due again, given up.",
            ),
        ),
        in_a_line=2,
    )


def _labels(selected: str) -> str:
    return f"{{{selected}}}" if selected else ""


def _job(name: str) -> str:
    """Select a context's processes, where each role of it may be a job of its own."""
    return f'job=~"{name}(-.+)?"'


def _rate(metric: str, selected: str, by: str) -> str:
    """Return how fast a counter grows, in its unit a second."""
    grouped = f"sum by ({by})" if by else "sum"
    return f"{grouped} (rate({metric}{_labels(selected)}{_INTERVAL}))"


def _or_nothing(expression: str) -> str:
    """Return what is 0 where nothing of it has happened yet."""
    return f"{expression} or vector(0)"


def _quantile(metric: str, selected: str, by: str, share: float = 0.95) -> str:
    return f"histogram_quantile({share}, {_rate(f'{metric}_bucket', selected, by)})"


def _errors(selected: str, by: str) -> str:
    """Return which part of the answers are the server's errors: 0 where there has been none."""
    every = _rate("http_requests_total", selected, by)
    wrong = ", ".join(one for one in (selected, 'status=~"5.."') if one)
    return f"100 * ({_rate('http_requests_total', wrong, by)} or 0 * {every}) / {every}"
