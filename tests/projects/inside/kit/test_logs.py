"""Log lines: one JSON object each, with trace ids, without secrets and personal data."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kit import logs
from kit.logs import _ADDRESS, Lines

FULL = Path("/dev/full")
PROGRAM = """
import logging, sys, structlog
from opentelemetry.trace import SpanKind
from kit.logs import configure_logging
from kit.tracing import outgoing_headers, span

configure_logging("INFO", sys.argv[1])
log = structlog.get_logger()
TRACE = "0af7651916cd43dd8448eb211c80319c"
with structlog.contextvars.bound_contextvars(request_id="r-1"):
    with span("x", SpanKind.SERVER, {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}):
        log.info("hello", user_email="ada@example.org", access_token="ey.secret", count=1)
        log.info("sent to ada@example.org")
        log.info("out", **outgoing_headers())
        route = "/internal/v1/reservations/{order_id}"
        log.info("request", method="PUT", route=route, status=200, duration_ms=38.46)
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


def lines(style: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, style], capture_output=True, text=True, check=True
    )
    for secret in ("ada@example.org", "ey.secret", "hunter2"):
        assert secret not in done.stdout
    return done.stdout.splitlines()


def test_lines_are_json_with_ids_and_without_secrets() -> None:
    said: list[dict[str, Any]] = [json.loads(line) for line in lines("json")]
    hello, sent, out, request, failed, library = said
    assert hello["request_id"] == "r-1"
    assert hello["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert (hello["event"], hello["level"], hello["count"]) == ("hello", "info", 1)
    assert hello["user_email"] == hello["access_token"] == "[redacted]"
    assert sent["event"] == "sent to [address]"
    assert out["traceparent"].split("-")[1] == hello["trace_id"]
    assert (request["event"], request["status"]) == ("request", 200)
    assert (request["request_id"], request["trace_id"]) == ("r-1", hello["trace_id"])
    assert failed["error"] == "RuntimeError: first line"
    assert failed["cause"] == "ValueError: Key (email)=([address])"
    assert failed["frames"]
    assert (library["event"], library["level"]) == ("from a library", "warning")
    assert len(library["trace_id"]) == 32


def test_an_address_is_looked_for_from_where_a_word_begins_and_nowhere_else() -> None:
    text = "a-word-of-no-address" * 100
    assert not any(_ADDRESS.match(text + "@example.org", start) for start in range(1, len(text)))
    assert _ADDRESS.sub("", f"<{text}@example.org>") == "<>"


def test_for_people_a_request_is_a_line_that_fits() -> None:
    hello, sent, _, request, failed, frame, library = lines("console")
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d PUT /internal/v1/reservations/\{order_id\} 200 38ms 0af7", request
    )
    # Behind a name, as `make dev` writes it.
    assert len(f"notifications | {request}") <= 80
    assert re.search(r"hello +access_token=\[redacted\] count=1 trace=0af7 user_email", hello)
    assert sent.endswith("sent to [address] trace=0af7")
    assert "[error] failed" in failed
    assert "error='RuntimeError: first line'" in failed
    assert frame.startswith("    <string>:")
    assert "[warning] from a library" in library


def test_a_reader_that_is_stuck_costs_lines_and_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_PATIENCE_SECONDS", 0.01)
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        log = Lines(stream)
        for number in range(3_000):  # more than any pipe holds
            # One is longer than a pipe takes at once.
            log.write(f"{number} {'x' * (5_000 if number == 1 else 100)}\n")
        read = os.read(reading, 1 << 20)
        log.write("at last\n")
        read += os.read(reading, 1 << 20)
        os.close(reading)
        log.write("nobody reads this\n")  # and nobody is killed by it
    *whole, lost, last = read.decode().splitlines()
    assert last == "at last"
    assert json.loads(lost)["lines"] == 3_000 - len(whole)


@pytest.mark.skipif(not FULL.exists(), reason="it is Linux's")
def test_a_full_disk_does_no_harm() -> None:
    with FULL.open("w") as stream:
        Lines(stream).write("a line\n")
