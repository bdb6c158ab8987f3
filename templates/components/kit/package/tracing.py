"""W3C trace context: in from HTTP or a message, along through this process, out again.

Without a configured exporter no span is recorded, but identifiers still flow, so the log lines of
one request can be found together in every process that it touched.
"""

import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
)
from opentelemetry.util.types import Attributes

_STRANGER = context.create_key("stranger")
_tracer = trace.get_tracer("kit")
_followed: ContextVar[Mapping[str, Mapping[str, str]] | None] = ContextVar("followed", default=None)


class DecideOnce(Sampler):
    """Records this share of the traces that begin here, and of others what was decided for them.

    A trace whose beginning is a stranger's begins here: they may name it, and not have it recorded.
    """

    def __init__(self, ratio: float) -> None:
        self._ratio = ratio
        self._decided = ParentBased(TraceIdRatioBased(ratio))

    def should_sample(  # noqa: PLR0917 - OpenTelemetry calls it so
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        if not context.get_value(_STRANGER, parent_context):
            return self._decided.should_sample(
                parent_context, trace_id, name, kind, attributes, links, trace_state
            )
        # Not by the identifier, as OpenTelemetry does: the stranger chose it.
        recorded = random.random() < self._ratio  # noqa: S311 - a share, no secret
        decision = Decision.RECORD_AND_SAMPLE if recorded else Decision.DROP
        return SamplingResult(decision, attributes, trace_state)

    def get_description(self) -> str:
        return f"DecideOnce{{{self._ratio}}}"


def configure_tracing(service: str, endpoint: str, ratio: float) -> TracerProvider:
    """Export spans by OTLP over HTTP to `endpoint`, a collector's base URL.

    `ratio` is the share of traces that is recorded, 0 to 1. OpenTelemetry's variables for exporters
    (OTEL_EXPORTER_OTLP_HEADERS, ...) apply. The caller shuts the provider down, which sends what is
    still buffered.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - a sixteenth of a start's time, for those who export
        OTLPSpanExporter,
    )

    resource = Resource.create({"service.name": service})
    provider = TracerProvider(sampler=DecideOnce(ratio), resource=resource)
    exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + "/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider


@contextmanager
def span(
    name: str,
    kind: SpanKind,
    headers: Mapping[str, str] | None = None,
    *,
    stranger: bool = False,
    attributes: Attributes = None,
) -> Iterator[Span]:
    """A span around the block, child of what `headers` name or else of the current one.

    Whether it is recorded is not for a `stranger` to say.
    """
    parent = extract(headers) if headers else context.get_current()
    beginning = parent
    if headers and stranger:
        parent = _not_recorded(parent)
        beginning = context.set_value(_STRANGER, value=True, context=parent)
    started = _tracer.start_span(name, context=beginning, kind=kind, attributes=attributes)
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


def _not_recorded(parent: Context) -> Context:
    """The same trace, without its `sampled` flag."""
    theirs = trace.get_current_span(parent).get_span_context()
    if not theirs.is_valid:
        return parent
    named = SpanContext(theirs.trace_id, theirs.span_id, is_remote=True, trace_flags=TraceFlags(0))
    return trace.set_span_in_context(NonRecordingSpan(named), parent)


def _unrecorded() -> Span:
    return NonRecordingSpan(
        SpanContext(
            trace_id=secrets.randbits(128) or 1,
            span_id=secrets.randbits(64) or 1,
            is_remote=False,
            trace_flags=TraceFlags(TraceFlags.DEFAULT),
        )
    )
