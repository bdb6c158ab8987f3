"""Log lines: one JSON object each, with trace ids, without secrets and personal data."""

import json
import subprocess
import sys
from typing import Any

PROGRAM = """
import logging, structlog
from opentelemetry.trace import SpanKind
from kit.logs import configure_logging
from kit.tracing import outgoing_headers, span

configure_logging("INFO", "json")
log = structlog.get_logger()
TRACE = "0af7651916cd43dd8448eb211c80319c"
with structlog.contextvars.bound_contextvars(request_id="r-1"):
    with span("x", SpanKind.SERVER, {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}):
        log.info("hello", user_email="ada@example.org", access_token="ey.secret", count=1)
        log.info("sent to ada@example.org")
        log.info("out", **outgoing_headers())
log.debug("not shown")
try:
    try:
        raise ValueError("Key (email)=(ada@example.org)")
    except ValueError as error:
        raise RuntimeError("first line\\nDETAIL: password=hunter2") from error
except RuntimeError:
    log.exception("failed")
with span("y", SpanKind.INTERNAL):
    logging.getLogger("library").warning("from %s", "a library")
"""


def lines() -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    for secret in ("ada@example.org", "ey.secret", "hunter2"):
        assert secret not in done.stdout
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_lines_are_json_with_ids_and_without_secrets() -> None:
    hello, sent, out, failed, library = lines()
    assert hello["request_id"] == "r-1"
    assert hello["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert (hello["event"], hello["level"], hello["count"]) == ("hello", "info", 1)
    assert hello["user_email"] == hello["access_token"] == "[redacted]"
    assert sent["event"] == "sent to [address]"
    assert out["traceparent"].split("-")[1] == hello["trace_id"]
    assert failed["error"] == "RuntimeError: first line"
    assert failed["cause"] == "ValueError: Key (email)=([address])"
    assert failed["frames"]
    assert (library["event"], library["level"]) == ("from a library", "warning")
    assert len(library["trace_id"]) == 32
