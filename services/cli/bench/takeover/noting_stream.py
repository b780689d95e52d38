"""A desk stream to one of several routers, which notes what it shows before anybody acts on it."""

from collections.abc import AsyncIterator, Sequence
from itertools import count

from services.agents.desk import DeskRequest, DeskUpdate, WorkState
from services.agents.desk_link import DeskStream
from services.agents.grpc_client import RouterChannel
from services.cli.bench.takeover.committed import ContactKey
from services.cli.bench.takeover.seen import Seen, SeenOffer
from services.shared.clock import SystemClock


class NotingStream:
    """One stream; see `services/agents/desk_link.py` for what is done with it."""

    def __init__(self, stream: DeskStream, seen: Seen) -> None:
        self._stream = stream
        self._seen = seen
        self._clock = SystemClock()

    def send(self, request: DeskRequest) -> None:
        """A command up."""
        self._stream.send(request)

    async def updates(self) -> AsyncIterator[DeskUpdate]:
        """What the router says. Raises LinkLost."""
        async for update in self._stream.updates():
            self._note(update)
            yield update

    def cancel(self) -> None:
        """End it."""
        self._stream.cancel()

    def _note(self, update: DeskUpdate) -> None:
        now_ms = self._clock.wall_ms()
        for desk in update.desks:
            for item in desk.items:
                if item.state is WorkState.OFFERED:
                    key = ContactKey(desk.tenant, item.contact_id)
                    place = (update.partition, update.epoch, update.offset)
                    self._seen.offer(SeenOffer(key, desk.agent, item.offer_id, *place), now_ms)


class Doors:
    """The ways to all routers. Each stream goes to the next one: whoever lost one router tries another."""

    def __init__(self, addresses: Sequence[str], seen: Seen) -> None:
        self._channels = [RouterChannel(address) for address in addresses]
        self._seen = seen
        self._turns = count()

    def connect(self) -> DeskStream:
        """A new stream."""
        channel = self._channels[next(self._turns) % len(self._channels)]
        return NotingStream(channel.connect(), self._seen)

    async def close(self) -> None:
        """Close the connections."""
        for channel in self._channels:
            await channel.stop()
