"""Structured logs: one JSON object a line, with request and trace ids and no personal data.

For people there is a line for each request, as short as it can be.
"""

import logging
import os
import re
import select
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import msgspec
import structlog
from structlog.typing import EventDict, Processor

from kit.tracing import trace_ids

_PATIENCE_SECONDS = 0.25
"""A reader that takes nothing for so long is stuck, and not waited for until it reads again."""
_AT_ONCE = 4096
"""A pipe that is ready takes so many bytes without waiting: Linux's PIPE_BUF."""
_SECRET = re.compile(r"password|token|secret|authorization|cookie|e?mail|address", re.IGNORECASE)
_PART = r"[^\s@<>\"'=(),;:]"
# Only from the beginning of a word: from each of its letters would take the square of its length.
_ADDRESS = re.compile(rf"(?<!{_PART}){_PART}+@{_PART}+")
_LONGEST_ERROR = 500
_TRACE_DIGITS = 4
"""Enough to see which lines of a terminal belong together."""
REQUEST = "request"
"""The event of a request's line; with method, route, status, and duration_ms."""


class Lines:
    """Writes whole lines to the stream; what it does not take is lost, and counted in the log."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        try:
            self._descriptor = stream.fileno()
        except OSError:  # not a file: a test reads it
            self._descriptor = -1
        self._stuck = False
        self._lost = 0
        self._cut = False

    def write(self, text: str) -> int:
        """Never raises for what the stream is, and waits at most once."""
        if self._descriptor < 0:
            return self._stream.write(text)
        left = (self._note() + text).encode(errors="backslashreplace")
        lost, begun = self._lost, False
        try:
            while left and self._ready():
                left = left[os.write(self._descriptor, left[:_AT_ONCE]) :]
                begun = True
        except OSError:  # nobody reads any more, or the disk is full
            pass
        self._lost = lost + 1 if left else 0
        self._cut = bool(left) and (begun or self._cut)
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""

    def _note(self) -> str:
        if not self._lost:
            return ""
        said = f'{{"level":"warning","event":"log lines lost","lines":{self._lost}}}\n'
        return f"\n{said}" if self._cut else said

    def _ready(self) -> bool:
        patience = 0 if self._stuck else _PATIENCE_SECONDS
        self._stuck = not select.select([], [self._descriptor], [], patience)[1]
        return not self._stuck


def configure_logging(level: str = "INFO", style: str = "json") -> None:
    """Send structlog's and the standard library's records to stdout: `json` or `console`."""
    for_people = style == "console"
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_trace_ids,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(
            fmt="%H:%M:%S" if for_people else "iso", utc=not for_people, key="time"
        ),
        _exception_without_values,
        _redact,
    ]
    renderers: list[Processor] = (
        [_abridge, _console_renderer()]
        if for_people
        else [structlog.processors.JSONRenderer(serializer=_dumps)]
    )
    # Neither a request nor the end of the process waits for whoever reads the log.
    lines = cast("TextIO", Lines(sys.stdout))
    structlog.configure(
        processors=[*shared, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(lines),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(lines)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # Each would write lines for a request or a look at the schema.
    for chatty in ("httpx", "httpcore", "alembic.runtime.migration"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def describe(error: BaseException) -> str:
    """An error for a log or a table: its type and first line, without addresses.

    The lines after a PostgreSQL error's first one hold the values of the row.
    """
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(describe(each) for each in error.exceptions)
    lines = str(error).splitlines()
    first = _ADDRESS.sub("[address]", lines[0]) if lines else ""
    return f"{type(error).__name__}: {first}"[:_LONGEST_ERROR]


def _add_trace_ids(_: object, __: str, event: EventDict) -> EventDict:
    event.update(trace_ids())
    return event


def _exception_without_values(_: object, __: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    if not info:
        return event
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = describe(error)
        event["frames"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        if error.__cause__ is not None:
            event["cause"] = describe(error.__cause__)
    return event


def _redact(_: object, __: str, event: EventDict) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if _SECRET.search(key):
            event[key] = "[redacted]"
        elif isinstance(value, str) and "@" in value:
            event[key] = _ADDRESS.sub("[address]", value)
    return event


def _abridge(_: object, __: str, event: EventDict) -> EventDict:
    """What people read, shortest for what is logged most; the ids are in the JSON lines."""
    trace = str(event.pop("trace_id", ""))[:_TRACE_DIGITS]
    event.pop("span_id", None)
    event.pop("request_id", None)
    if event.get("level") == "info":
        del event["level"]
    if event.get("event") == REQUEST:
        method, route, status = (event.pop(key) for key in ("method", "route", "status"))
        milliseconds = round(event.pop("duration_ms"))
        event["event"] = f"{method} {route} {status} {milliseconds}ms {trace}"
    elif trace:
        event["trace"] = trace
    if frames := event.pop("frames", None):
        event["exception"] = "\n".join(f"    {frame}" for frame in frames)
    return event


def _console_renderer() -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stdout.isatty(),
        exception_formatter=structlog.dev.plain_traceback,  # they are lines already
        pad_event_to=0,
        pad_level=False,
        timestamp_key="time",
    )


def _dumps(value: object, **_: object) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()
