"""The front door, with its traffic traced: the way of a contact from the edge into contacts.inbound."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.ingest.edge_time import began_ms
from services.ingest.envelopes import Arrived, Envelope
from services.ingest.metrics import CountedDoor
from services.shared.clock import Clock, SystemClock
from services.shared.traces import ROOT, NoTraces, Span, Traces


@dataclass(frozen=True)
class TracedDoor(CountedDoor):
    """Tells of each envelope that was appended. A redelivery tells of the same span again."""

    traces: Traces = field(default_factory=NoTraces)
    clock: Clock = field(default_factory=SystemClock)

    async def put(self, envelope: Envelope) -> None:
        """Append; see FrontDoor."""
        appending_ms = self.clock.wall_ms()
        await super().put(envelope)
        if self.traces.wanted:
            for span in _spans(envelope, began_ms(appending_ms), appending_ms, self.clock.wall_ms()):
                self.traces.tell(span)


def _spans(envelope: Envelope, came_ms: int, appending_ms: int, appended_ms: int) -> Iterator[Span]:
    place = ROOT if isinstance(envelope.what, Arrived) else envelope.event_id
    attributes = {"switchroom.company": envelope.company}
    if isinstance(envelope.what, Arrived):
        attributes["switchroom.channel"] = envelope.what.channel.value
    kind = type(envelope.what).__name__
    tenant, contact_id = envelope.tenant, envelope.contact_id
    yield Span(tenant, contact_id, place, f"receive {kind}", came_ms, appended_ms, attributes=attributes)
    append = f"append {envelope.event_id}"
    yield Span(tenant, contact_id, append, "append to contacts.inbound", appending_ms, appended_ms, place)
