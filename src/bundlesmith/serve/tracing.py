"""Spans of OpenTelemetry: one a request, and in it what ranks, decodes, explains and stores. Off, they cost nothing.

    trace_to(exporter)              # once; without it nothing is imported and `span` does nothing
    with request_span(headers) as seen: ...
    with span("rank"): ...

A span begins and ends by itself, and is no context of its own: so one may be open in a generator, or in two tasks.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from bundlesmith.errors import need

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

Seen = Callable[[Mapping[str, Any], bool], str]
"""Adds what became of a request, and whether it failed, to its span; returns the trace's id, "" without one."""
_NOTHING: AbstractContextManager[None] = nullcontext()
_tracer: "Tracer | None" = None


def trace_to(exporter: "SpanExporter | None" = None) -> Callable[[], None]:
    """Send spans from now on.

    Args:
        exporter: to where; by default by OTLP over HTTP, as OpenTelemetry's own variables say (`OTEL_EXPORTER_…`).

    Returns:
        What sends the rest, and ends it.
    """
    global _tracer
    need("opentelemetry.sdk", "bundlesmith serve --traces", "traces")
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    if exporter is None:
        need("opentelemetry.exporter.otlp.proto.http", "bundlesmith serve --traces", "traces")
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter()
    provider = TracerProvider(
        resource=Resource.create({"service.name": "bundlesmith"})
    )  # OTEL_SERVICE_NAME goes before
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("bundlesmith")

    def end() -> None:
        global _tracer
        _tracer = None
        provider.shutdown()

    return end


def span(name: str) -> AbstractContextManager[None]:
    """A part of the request that is being answered, as long as the block is open."""
    return _NOTHING if _tracer is None else _part(_tracer.start_span(name))


@contextmanager
def _part(part: "Span") -> Iterator[None]:
    from opentelemetry.trace import Status, StatusCode

    try:
        yield
    except BaseException as error:
        part.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        part.end()


@contextmanager
def request_span(headers: Mapping[str, str]) -> Iterator[Seen]:
    """A request, from its first byte to the last of its answer; part of the trace that its `traceparent` names."""
    if _tracer is None:
        yield lambda values, failed: ""
        return
    from opentelemetry import context, trace
    from opentelemetry.trace import SpanKind, Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    parent = TraceContextTextMapPropagator().extract(headers, context.Context())
    whole = _tracer.start_span("request", parent, SpanKind.SERVER)
    token = context.attach(trace.set_span_in_context(whole))

    def seen(values: Mapping[str, Any], failed: bool) -> str:
        whole.set_attributes(dict(values))
        whole.update_name(f"{values['http.request.method']} {values['http.route']}")
        if failed:
            whole.set_status(Status(StatusCode.ERROR))
        return trace.format_trace_id(whole.get_span_context().trace_id)

    try:
        yield seen
    finally:
        context.detach(token)
        whole.end()
