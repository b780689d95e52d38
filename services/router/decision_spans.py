"""What the router tells to traces: of its own decisions, once they are certain, and of nothing that it only follows."""

from collections.abc import Iterator

from services.router.batch import Batch, Request
from services.router.core.events import ContactEnded, ContactOffered, ContactQueued, Event, OfferAccepted
from services.shared.traces import Span, offer_place


def spans_of(batch: Batch, partition: int, offset: int, now_ms: int) -> Iterator[Span]:
    """Of a batch that has just become certain, and stands there in router.log; `now_ms` by the wall clock."""
    place = {"switchroom.partition": partition, "switchroom.offset": offset}
    for request, events in batch.decisions:
        if request.contact_id:
            yield _decision(request, events, now_ms, place)
        for event in events:
            yield from _event(request.tenant, event, batch.at_ms, now_ms)


def _decision(request: Request, events: tuple[Event, ...], now_ms: int, attributes: dict[str, int]) -> Span:
    """From the moment that the log of what comes in had it."""
    began_ms = min(request.arrived_at_ms, now_ms)
    queues = [event.queue for event in events if isinstance(event, ContactQueued)]
    more = {"switchroom.queue": queues[-1]} if queues else {}
    place = f"decide {request.id}"
    return Span(
        request.tenant, request.contact_id, place, "decide", began_ms, now_ms, attributes={**attributes, **more}
    )


def _event(tenant: str, event: Event, at_ms: int, now_ms: int) -> Iterator[Span]:
    began_ms = min(at_ms, now_ms)
    match event:
        case ContactOffered(contact_id=contact_id, offer_id=offer_id):
            queue = {"switchroom.queue": event.why.queue}
            yield Span(tenant, contact_id, offer_place(offer_id), "offer", began_ms, now_ms, attributes=queue)
        case OfferAccepted(contact_id=contact_id, offer_id=offer_id):
            yield Span(
                tenant, contact_id, f"accept {offer_id}", "accept", began_ms, now_ms, parent=offer_place(offer_id)
            )
        case ContactEnded(contact_id=contact_id):
            how = {"switchroom.outcome": event.outcome.value}
            yield Span(tenant, contact_id, "end", "end", began_ms, now_ms, attributes=how)
        case _:
            return
