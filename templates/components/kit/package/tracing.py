"""W3C trace context: in from HTTP or a message, along through this process, out again.

Without a configured exporter no span is recorded, but identifiers still flow, so the log lines of
one request can be found together in every process that it touched.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)

_tracer = trace.get_tracer("kit")
_followed: ContextVar[Mapping[str, Mapping[str, str]] | None] = ContextVar("followed", default=None)


def configure_tracing(service: str, endpoint: str) -> TracerProvider:
    """Export spans by OTLP over HTTP to `endpoint`, a collector's base URL.

    OpenTelemetry's own environment variables (OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS, ...)
    apply. The caller shuts the provider down, which sends what is still buffered.
    """
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + "/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider


@contextmanager
def span(name: str, kind: SpanKind, headers: Mapping[str, str] | None = None) -> Iterator[Span]:
    """A span around the block, child of what `headers` name or else of the current one."""
    parent = extract(headers) if headers else context.get_current()
    started = _tracer.start_span(name, context=parent, kind=kind)
    if not started.get_span_context().is_valid:
        started = _unrecorded()
    token = context.attach(trace.set_span_in_context(started, parent))
    try:
        yield started
    except Exception as error:
        # The type alone: a message may hold personal data.
        started.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        context.detach(token)
        started.end()


@contextmanager
def following(headers_by_key: Mapping[str, Mapping[str, str]]) -> Iterator[None]:
    """Many messages are handled together: a message of the same key goes on with its trace."""
    token = _followed.set(headers_by_key)
    try:
        yield
    finally:
        _followed.reset(token)


def outgoing_headers(key: str | None = None) -> dict[str, str]:
    """`traceparent` (and `tracestate`) of the current span, for a message or a call.

    Those of the message of the same `key` where many messages are handled together.
    """
    followed = _followed.get()
    if followed and key and key in followed:
        return dict(followed[key])
    headers: dict[str, str] = {}
    inject(headers)
    return headers


def trace_ids() -> dict[str, str]:
    """The current trace's and span's identifiers in hexadecimal; empty outside of a span."""
    current = trace.get_current_span().get_span_context()
    if not current.is_valid:
        return {}
    return {
        "trace_id": trace.format_trace_id(current.trace_id),
        "span_id": trace.format_span_id(current.span_id),
    }


def _unrecorded() -> Span:
    return NonRecordingSpan(
        SpanContext(
            trace_id=secrets.randbits(128) or 1,
            span_id=secrets.randbits(64) or 1,
            is_remote=False,
            trace_flags=TraceFlags(TraceFlags.DEFAULT),
        )
    )
