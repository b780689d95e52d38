"""Traces by OTLP over HTTP, as OpenTelemetry's own variables say: endpoint, headers, certificates, batches."""

import threading

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, TraceFlags

from services.shared.traces import Span

NS_PER_MS = 1_000_000
TRACE_BITS = 2**64 - 1
CLOSE_WITHIN_S = 2.0
SCOPE = InstrumentationScope("switchroom")
SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class OtlpTraces:
    """Sends spans in the background, in a thread of the library; what can't be sent is dropped, with a warning."""

    wanted = True

    def __init__(self, service: str, share: float) -> None:
        """`share` of all contacts, from 0 to 1, are traced; it is the same ones in every service of that share."""
        self._resource = Resource.create({SERVICE_NAME: service, SERVICE_NAMESPACE: "switchroom"})
        self._bound = TraceIdRatioBased.get_bound_for_rate(share)
        self._batches = BatchSpanProcessor(OTLPSpanExporter())

    def tell(self, span: Span) -> None:
        """Queue it."""
        if span.trace_id & TRACE_BITS < self._bound:
            self._batches.on_end(self._readable(span))

    def close(self) -> None:
        """Send what waits, for CLOSE_WITHIN_S at most: a collector that is away must not keep a process from ending."""
        closing = threading.Thread(target=self._batches.shutdown, name="close traces", daemon=True)
        closing.start()
        closing.join(CLOSE_WITHIN_S)

    def _readable(self, span: Span) -> ReadableSpan:
        parent_id = span.parent_id
        return ReadableSpan(
            name=span.name,
            context=SpanContext(span.trace_id, span.span_id, is_remote=False, trace_flags=SAMPLED),
            parent=None
            if parent_id is None
            else SpanContext(span.trace_id, parent_id, is_remote=True, trace_flags=SAMPLED),
            resource=self._resource,
            attributes={"switchroom.tenant": span.tenant, "switchroom.contact": span.contact_id, **span.attributes},
            start_time=span.began_ms * NS_PER_MS,
            end_time=span.ended_ms * NS_PER_MS,
            instrumentation_scope=SCOPE,
        )
