"""One call from beginning to end: its script, and what interrupts it: the caller hangs up, a REST request moves it."""

import asyncio
from dataclasses import dataclass

from services.cli.carrier.exchange.attending import Attending
from services.cli.carrier.exchange.call import Direction, Status
from services.cli.carrier.exchange.call_fields import call_fields, dial_fields
from services.cli.carrier.exchange.dialing import Dialed, Dialing
from services.cli.carrier.exchange.handset import Connection
from services.cli.carrier.exchange.leg import Leg
from services.cli.carrier.exchange.network import Network
from services.cli.carrier.exchange.script import Script, Source
from services.cli.carrier.exchange.twiml import Dial
from services.cli.carrier.exchange.waiting import cancel, first_of
from services.cli.carrier.exchange.web import NOWHERE, Address


@dataclass(frozen=True, slots=True)
class Order:
    """What a REST request wants: another source, or (None) the end."""

    source: Source | None


class CallFlow:
    """Runs once."""

    def __init__(self, network: Network, leg: Leg, first: Source, fallback: Address = NOWHERE) -> None:
        self.leg = leg
        self.dialing: Dialing | Attending | None = None
        self._network = network
        self._first = first
        self._script = Script(network, leg, fallback, self._dial)
        self._orders: asyncio.Queue[Order] = asyncio.Queue()

    def order(self, order: Order) -> None:
        """Interrupt it."""
        self._orders.put_nowait(order)

    async def run(self) -> None:
        """From the first document until the call is over. The leg has a connection."""
        source: Source | None = self._first
        try:
            while source is not None:
                source = await self._until_interrupted(source)
        finally:
            self.leg.end_by_answer(self._unanswered())

    async def unless_ended(self, ringing: asyncio.Task[bool]) -> bool:
        """Whether the call that still rings was answered, and not ended by a REST request before."""
        ordered = asyncio.create_task(self._orders.get())
        try:
            await asyncio.wait([ringing, ordered], return_when=asyncio.FIRST_COMPLETED)
        finally:
            was_ringing = not ringing.done()
            await cancel(ringing, ordered)
        if was_ringing:
            self.leg.end_by_answer()
        return self.leg.call.is_live

    async def _until_interrupted(self, source: Source) -> Source | None:
        connection = self.leg.connection
        if connection is None:
            return None
        self.dialing = None
        playing = asyncio.create_task(self._script.play(source))
        gone, ordered = asyncio.create_task(connection.gone.wait()), asyncio.create_task(self._orders.get())
        try:
            await asyncio.wait([playing, gone, ordered], return_when=asyncio.FIRST_COMPLETED)
        finally:
            finished = playing.done()
            order = ordered.result() if ordered.done() and not ordered.cancelled() else None
            await cancel(playing, gone, ordered)
        if finished:
            playing.result()
        if connection.gone.is_set():
            self._tell_dial_is_over()
            self._script.tell_recording_is_over()
            return None
        return order.source if order is not None else None

    def _unanswered(self) -> Status:
        return Status.NO_ANSWER if self.leg.call.direction is Direction.INBOUND else Status.CANCELED

    async def _dial(self, leg: Leg, caller: Connection, verb: Dial) -> Dialed:
        if verb.conference is not None:
            self.dialing = Attending(self._network, leg, verb, verb.conference)
        else:
            self.dialing = Dialing(self._network, leg, verb, self._whisper)
        dialed = await self.dialing.run(caller)
        self.dialing = None
        return dialed

    async def _whisper(self, leg: Leg, where: Address) -> bool:
        connection = leg.connection
        if connection is None:
            return False
        heard: list[bool] = []

        async def play() -> None:
            heard.append(await Script(self._network, leg, NOWHERE, None).play(Source(where)))

        await first_of(play(), connection.gone.wait())
        return heard == [True] and not connection.gone.is_set()

    def _tell_dial_is_over(self) -> None:
        """The caller has hung up in the middle of a <Dial>: its action is told, and the answer ignored."""
        if self.dialing is None or not self.dialing.verb.action:
            return
        self.leg.end_by_answer(self._unanswered())
        dialed, account = self.dialing.outcome(), self._network.outbox.account
        fields = call_fields(self.leg.call, account.sid)
        fields |= dial_fields(dialed.status, dialed.leg, bridged=dialed.bridged)
        self._network.outbox.tell(f"{self.leg.call.sid} dial", self.dialing.verb.action, fields)
