"""Streams to the router, with the offers that are new on a desk told to traces."""

from collections.abc import AsyncIterator, Callable, Iterator

from services.agents.desk import AgentDesk, DeskRequest, DeskUpdate, WorkState
from services.agents.desk_link import DeskStream
from services.shared.clock import Clock
from services.shared.traces import Span, Traces, offer_place


class TracedDesks:
    """Makes them, and knows what was last on each desk, whichever stream told of it."""

    def __init__(self, connect: Callable[[], DeskStream], traces: Traces, clock: Clock) -> None:
        self._connect = connect
        self._traces = traces
        self._clock = clock
        self._last: dict[tuple[str, str], AgentDesk] = {}

    def connect(self) -> DeskStream:
        """A new stream."""
        return _TracedStream(self._connect(), self._heard)

    def _heard(self, update: DeskUpdate) -> None:
        for desk in update.desks:
            before = self._last.get((desk.tenant, desk.agent))
            self._last[desk.tenant, desk.agent] = desk
            for span in _new_offers(before, desk, self._clock.wall_ms()):
                self._traces.tell(span)


class _TracedStream:
    def __init__(self, stream: DeskStream, heard: Callable[[DeskUpdate], None]) -> None:
        self._stream = stream
        self._heard = heard

    def send(self, request: DeskRequest) -> None:
        self._stream.send(request)

    async def updates(self) -> AsyncIterator[DeskUpdate]:
        async for update in self._stream.updates():
            self._heard(update)
            yield update

    def cancel(self) -> None:
        self._stream.cancel()


def _new_offers(before: AgentDesk | None, desk: AgentDesk, now_ms: int) -> Iterator[Span]:
    """Offers that were not there before. A first desk is told anew by the router: what is on it may be old."""
    if before is None:
        return
    known = {item.offer_id for item in before.items}
    for item in desk.items:
        if item.state is WorkState.OFFERED and item.offer_id not in known:
            offer = offer_place(item.offer_id)
            yield Span(desk.tenant, item.contact_id, f"desk {item.offer_id}", "reach the desk", now_ms, now_ms, offer)
