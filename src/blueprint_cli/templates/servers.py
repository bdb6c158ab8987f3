"""What the servers show that a project stands on: its databases and its gateway.

Their exporters' names for it, and HAProxy's own. Kafka's brokers are not asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.templates.grafana import Panel, Query, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.spec.model import Spec

_INTERVAL: Final = "[$__rate_interval]"
_POSTGRESQL: Final = Row(
    "PostgreSQL",
    (
        Panel(
            "Connections of PostgreSQL",
            "percentunit",
            (
                Query(
                    "sum by (job, instance) (pg_stat_database_numbackends) / on (job, instance)"
                    " max by (job, instance) (pg_settings_max_connections)",
                    "{{instance}}",
                ),
            ),
            "Of those that the server allows, of everybody. At all of them nobody gets one.",
            limit=0.9,
            most=1,
        ),
        Panel(
            "Transactions",
            "ops",
            (
                Query(
                    f"sum by (datname) (rate(pg_stat_database_xact_commit{_INTERVAL}))",
                    "{{datname}}",
                ),
                Query(
                    f"sum by (datname) (rate(pg_stat_database_xact_rollback{_INTERVAL}))",
                    "{{datname}} rolled back",
                ),
            ),
            "By database; what was rolled back was refused or failed.",
        ),
        Panel(
            "Deadlocks",
            "none",
            (
                Query(
                    "sum by (datname) (increase(pg_stat_database_deadlocks[1h]))",
                    "{{datname}}",
                ),
            ),
            "Of the last hour; one of two transactions was undone, and ran anew.",
            limit=1,
        ),
        Panel(
            "Size on disk",
            "bytes",
            (Query("max by (datname) (pg_database_size_bytes)", "{{datname}}"),),
            "By database.",
        ),
    ),
    in_a_line=4,
)
_MYSQL: Final = Row(
    "MySQL",
    (
        Panel(
            "Connections of MySQL",
            "percentunit",
            (
                Query(
                    "mysql_global_status_threads_connected"
                    " / mysql_global_variables_max_connections",
                    "{{instance}}",
                ),
            ),
            "Of those that the server allows, of everybody.",
            limit=0.9,
            most=1,
        ),
        Panel(
            "Statements",
            "ops",
            (
                Query(
                    f"sum by (instance) (rate(mysql_global_status_queries{_INTERVAL}))",
                    "{{instance}}",
                ),
            ),
            "By server, of everybody.",
        ),
        Panel(
            "Waits for rows",
            "ops",
            (
                Query(
                    "sum by (instance)"
                    f" (rate(mysql_global_status_innodb_row_lock_waits{_INTERVAL}))",
                    "{{instance}}",
                ),
            ),
            "Statements that waited for a row that another transaction held.",
        ),
    ),
)
_NGINX: Final = Row(
    "Gateway",
    (
        Panel(
            "Requests at the gateway",
            "reqps",
            (Query(f"sum(rate(nginx_http_requests_total{_INTERVAL}))", "requests"),),
            "Those too that it answers by itself.",
        ),
        Panel(
            "Connections at the gateway",
            "none",
            (
                Query("sum(nginx_connections_active)", "open"),
                Query("sum(nginx_connections_waiting)", "of them idle"),
            ),
            "Of clients.",
        ),
        Panel(
            "Connections dropped",
            "ops",
            (
                Query(
                    f"sum(rate(nginx_connections_accepted{_INTERVAL}))"
                    f" - sum(rate(nginx_connections_handled{_INTERVAL}))",
                    "dropped",
                ),
            ),
            "It had none left, or could open no more files.",
        ),
    ),
)
_HAPROXY: Final = Row(
    "Gateway",
    (
        Panel(
            "Requests at the gateway",
            "reqps",
            (
                Query(
                    f"sum by (proxy) (rate(haproxy_frontend_http_requests_total{_INTERVAL}))",
                    "{{proxy}}",
                ),
            ),
            "Those too that it answers by itself.",
        ),
        Panel(
            "Connections at the gateway",
            "none",
            (Query("sum by (proxy) (haproxy_frontend_current_sessions)", "{{proxy}}"),),
            "Of clients.",
        ),
        Panel(
            "Requests that wait for a server",
            "none",
            (Query("sum by (proxy) (haproxy_backend_current_queue)", "{{proxy}}"),),
            "No server had a connection left for them.",
            limit=1,
        ),
    ),
)


def server_rows(spec: Spec) -> Iterator[Row]:
    """Yield what the servers of a project show."""
    yield _POSTGRESQL
    if any(one.store == "mysql" for one in spec.domain.contexts):
        yield _MYSQL
    yield _NGINX if spec.platform.gateway == "nginx" else _HAPROXY
