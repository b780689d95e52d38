"""A leg that lives: a call in the books, the telephone at its end, and who is told of its progress."""

import asyncio

from services.cli.carrier.exchange.call import Call, Status
from services.cli.carrier.exchange.call_fields import progress_fields
from services.cli.carrier.exchange.handset import By, Connection, Handset, Kind
from services.cli.carrier.exchange.manner import Habit
from services.cli.carrier.exchange.network import Network

SIP_CODES = {Status.BUSY: 486, Status.NO_ANSWER: 487, Status.CANCELED: 487, Status.FAILED: 404}
SIP_OK = 200
ENDED_BECAUSE = {
    Status.COMPLETED: "the call is over",
    Status.BUSY: "busy",
    Status.FAILED: "the number is not in service",
    Status.NO_ANSWER: "nobody answered",
    Status.CANCELED: "the caller hung up",
}


class Leg:
    """`moved`: a REST request has taken it out of the <Dial> that it was called by."""

    def __init__(self, network: Network, call: Call, handset: Handset) -> None:
        self.call = call
        self.handset = handset
        self.connection: Connection | None = None
        self.moved = asyncio.Event()
        self._network = network

    def begin(self, with_: str, *, incoming: bool) -> Connection:
        """Its telephone dials, or rings."""
        self.connection = self.handset.begin(self.call.sid, with_, incoming=incoming)
        return self.connection

    def progress(self, event: str) -> None:
        """Tell whoever listens to this event; what is told is numbered."""
        call, network = self.call, self._network
        listener = call.listener
        if listener.where and event in listener.events:
            fields = progress_fields(call, network.outbox.account.sid, event, network.clock.wall_ms())
            network.outbox.tell(call.sid, listener.where, fields)
            call.told += 1

    def rings(self) -> None:
        """The other end hears it ring."""
        self._become(Status.RINGING)
        self.progress("ringing")

    def answer(self) -> None:
        """It is answered; nothing happens when it was before."""
        if self.call.answered_ms is not None:
            return
        self.call.answered_ms = self._network.clock.wall_ms()
        self._become(Status.IN_PROGRESS)
        self.handset.connected()
        self.progress("answered")

    def end(self, status: Status, because: str = "") -> None:
        """It is over; nothing happens when it was before."""
        if not self.call.is_live:
            return
        self.call.ended_ms = self._network.clock.wall_ms()
        self.call.sip_code = SIP_CODES.get(status, SIP_OK)
        self._become(status)
        if self.connection is not None:
            self.handset.disconnected(self.connection, because or ENDED_BECAUSE[status])
        self.progress("completed")

    def end_by_answer(self, unanswered: Status = Status.CANCELED) -> None:
        """Over: completed if it was answered, else as `unanswered` says."""
        self.end(unanswered if self.call.answered_ms is None else Status.COMPLETED)

    def hear(self, kind: Kind, text: str, language: str = "") -> None:
        """The carrier's machine is heard."""
        self.handset.hear(By.CARRIER, kind, text, language)

    def _become(self, status: Status) -> None:
        self.call.status = status
        self.call.updated_ms = self._network.clock.wall_ms()


async def ring(leg: Leg, shown: str, timeout_s: int) -> bool:
    """Call a telephone that shows `shown`, until it is answered (True) or it has ended otherwise (False)."""
    manner, handset = leg.handset.manner, leg.handset
    leg.progress("initiated")
    if manner.habit is Habit.UNKNOWN:
        leg.end(Status.FAILED)
    elif manner.habit is Habit.BUSY or not handset.is_free:
        leg.end(Status.BUSY)
    else:
        connection = leg.begin(shown, incoming=True)
        leg.rings()
        await _reaction(leg, connection, timeout_s)
    return leg.call.is_live


async def _reaction(leg: Leg, connection: Connection, timeout_s: int) -> None:
    manner, loop = leg.handset.manner, asyncio.get_running_loop()
    by_itself = {Habit.ANSWERS: connection.answered, Habit.REJECTS: connection.gone}.get(manner.habit)
    timer = loop.call_later(manner.after_ms / 1000, by_itself.set) if by_itself else None
    try:
        async with asyncio.timeout(timeout_s):
            await connection.reacted()
    except TimeoutError:
        leg.end(Status.NO_ANSWER)
    else:
        _after_reaction(leg, connection)
    finally:
        if timer is not None:
            timer.cancel()


def _after_reaction(leg: Leg, connection: Connection) -> None:
    if connection.gone.is_set():
        leg.end(Status.BUSY, "rejected")
        return
    leg.answer()
    if leg.handset.manner.hangs_up_after_ms:
        delay_s = leg.handset.manner.hangs_up_after_ms / 1000
        asyncio.get_running_loop().call_later(delay_s, connection.gone.set)
