"""<Dial>: other telephones are called, and the first who answers is connected with the caller."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.cli.carrier.exchange.addresses import NotAnAddress, read_address
from services.cli.carrier.exchange.call import Call, Direction, Listener, Status
from services.cli.carrier.exchange.handset import Connection
from services.cli.carrier.exchange.leg import Leg, ring
from services.cli.carrier.exchange.network import Network
from services.cli.carrier.exchange.twiml import Callee, Dial
from services.cli.carrier.exchange.waiting import cancel, first_of
from services.cli.carrier.exchange.web import Address

STAR = "*"

# Plays what a callee hears before they are connected; whether they stayed.
Whisper = Callable[[Leg, Address], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Dialed:
    """What became of a <Dial>: for DialCallStatus and its neighbours."""

    status: str
    leg: Call | None
    bridged: bool


class Dialing:
    """One <Dial>, run once. Cancelled, it hangs up on everybody whom it called."""

    def __init__(self, network: Network, parent: Leg, verb: Dial, whisper: Whisper) -> None:
        self.verb = verb
        self.legs: list[Leg] = []
        self._network = network
        self._parent = parent
        self._whisper = whisper
        self._chosen: Leg | None = None

    async def run(self, caller: Connection) -> Dialed:
        """Until the connection is over, or nobody could be reached."""
        attempts = [asyncio.create_task(self._attempt(callee)) for callee in self.verb.callees]
        try:
            self._chosen = await self._first_who_stays(attempts)
            if self._chosen is not None:
                await self._drop(attempts, but=self._chosen)
                await self._connect(caller, self._chosen)
        finally:
            await self._drop(attempts, but=None)
        return self.outcome()

    def outcome(self) -> Dialed:
        """As it stands."""
        leg = self._chosen or next(reversed(self.legs), None)
        if leg is None:
            return Dialed(Status.FAILED.value, None, bridged=False)
        # Whoever was taken out of it has completed it, and speaks on elsewhere.
        status = Status.COMPLETED if leg.moved.is_set() else leg.call.status
        return Dialed(status.value, leg.call, bridged=self._chosen is not None)

    async def _attempt(self, callee: Callee) -> Leg | None:
        leg = self._leg(callee)
        if leg is None or not await ring(leg, leg.call.from_, self.verb.timeout_s):
            return None
        if callee.whisper and not await self._whisper(leg, callee.whisper):
            leg.end(Status.COMPLETED)
        return leg if leg.call.is_live else None

    def _leg(self, callee: Callee) -> Leg | None:
        parent = self._parent.call
        try:
            address = read_address(callee.address)
        except NotAnAddress:
            return None
        call = self._network.open_call(
            self.verb.caller_id or parent.from_,
            address,
            Direction.OUTBOUND_DIAL,
            Listener(callee.told, callee.events),
            parent_sid=parent.sid,
        )
        leg = Leg(self._network, call, self._network.handset(address))
        self.legs.append(leg)
        return leg

    async def _first_who_stays(self, attempts: list[asyncio.Task[Leg | None]]) -> Leg | None:
        for attempt in asyncio.as_completed(attempts):
            leg = await attempt
            if leg is not None:
                return leg
        return None

    async def _connect(self, caller: Connection, chosen: Leg) -> None:
        callee = chosen.connection
        if callee is None or callee.gone.is_set():
            chosen.end(Status.COMPLETED)
            return
        self._parent.answer()
        caller.partners, callee.partners = (chosen.handset,), (self._parent.handset,)
        for handset in (self._parent.handset, chosen.handset):
            handset.note("A person is on the line")
        try:
            await first_of(
                callee.gone.wait(), chosen.moved.wait(), self._star(caller), asyncio.sleep(self.verb.limit_s)
            )
        finally:
            caller.partners = callee.partners = ()
            self._parent.handset.changes.ring()

    async def _star(self, caller: Connection) -> None:
        """Return when the caller has pressed * and that hangs up."""
        while await caller.keys.get() != STAR or not self.verb.hangs_up_on_star:
            pass

    async def _drop(self, attempts: list[asyncio.Task[Leg | None]], but: Leg | None) -> None:
        # The legs first: when both hang up at once, this is cancelled while it waits.
        for leg in self.legs:
            if leg is not but and not leg.moved.is_set():
                leg.end_by_answer()
        await cancel(*attempts)
