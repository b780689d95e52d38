"""The carrier without its HTTP: what people do with their telephones, and what the application orders.

Time is the event loop's, so that in a loop with virtual time thousands of calls take moments.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import InitVar, dataclass, field
from typing import Any

import structlog

from services.cli.carrier.exchange.addresses import NotAnAddress, in_ascii, read_address
from services.cli.carrier.exchange.call import NOBODY, Call, Direction, Listener, Status
from services.cli.carrier.exchange.call_flow import CallFlow, Order
from services.cli.carrier.exchange.handset import By, Connection, Handset, Kind
from services.cli.carrier.exchange.leg import Leg, ring
from services.cli.carrier.exchange.manner import AT_ONCE, Manner
from services.cli.carrier.exchange.message import Message, TextDirection
from services.cli.carrier.exchange.misbehaviour import FAITHFUL, Chance, Misbehaviour
from services.cli.carrier.exchange.network import HUMAN, Network, NetworkFull, Pace
from services.cli.carrier.exchange.numbers import Numbers
from services.cli.carrier.exchange.outbox import Outbox
from services.cli.carrier.exchange.refusals import Refused
from services.cli.carrier.exchange.script import Source
from services.cli.carrier.exchange.sids import NewSid, random_sid
from services.cli.carrier.exchange.texting import BODY_CHARACTERS_MAX, Texting
from services.cli.carrier.exchange.twiml import KEYS
from services.cli.carrier.exchange.web import NOWHERE, Account, Address, Application
from services.shared.clock import Clock, SystemClock

WORDS_CHARACTERS_MAX = 1_000

log = structlog.get_logger(__name__)


class NotPossible(Exception):
    """What a person wants to do can't be done with their telephone now; the words say why and what to do."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the carrier is: by default quick and faithful."""

    misbehaviour: Misbehaviour = FAITHFUL
    pace: Pace = HUMAN
    # What telephones do of which nobody has said anything.
    default_manner: Manner = AT_ONCE
    # Each hop of a short message, and the time until a dialed number answers.
    transit_ms: int = 0
    handles_stop: bool = True


BY_DEFAULT = Behaviour()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that the application orders."""

    to: str
    from_: str
    source: Source
    fallback: Address = NOWHERE
    listener: Listener = NOBODY
    timeout_s: int = 60


@dataclass(slots=True)
class Exchange:
    """The core of the simulated carrier."""

    account: Account
    application: Application
    numbers: InitVar[Numbers]
    behaviour: Behaviour = BY_DEFAULT
    clock: Clock = field(default_factory=SystemClock)
    new_sid: NewSid = random_sid
    network: Network = field(init=False)
    texting: Texting = field(init=False)
    _flows: dict[str, CallFlow] = field(init=False, default_factory=dict)
    _running: set[asyncio.Task[None]] = field(init=False, default_factory=set)

    def __post_init__(self, numbers: Numbers) -> None:
        how = self.behaviour
        outbox = Outbox(self.account, self.application, how.misbehaviour)
        self.network = Network(outbox, self.clock, numbers, how.pace, how.default_manner, self.new_sid)
        self.texting = Texting(self.network, how.transit_ms, handles_stop=how.handles_stop)

    # What people do.

    def handset(self, address: str) -> Handset:
        """The telephone. Raises NotPossible."""
        try:
            return self.network.handset(read_address(address))
        except NotAnAddress as error:
            raise NotPossible(f"{address[:40]!r} is no number: {error}") from None
        except NetworkFull:
            raise NotPossible("there are no more telephones: try again later") from None

    def place_call(self, from_: str, to: str, forwarded_from: str = "", caller_name: str = "") -> Call | None:
        """Dial. None when the number dialed is nobody's: the telephone says so. Raises NotPossible."""
        caller, callee = self.handset(from_), self.handset(to)
        if not caller.is_free:
            raise NotPossible("this telephone is in a call: hang up first")
        number = self.network.numbers.find(callee.address)
        if number is None or not number.voice:
            caller.disconnected(caller.begin("", callee.address, incoming=False), "the number is not in service")
            return None
        call = self._open(caller.address, callee.address, Direction.INBOUND, Listener(number.status))
        call.forwarded_from, call.caller_name = forwarded_from, caller_name
        leg = Leg(self.network, call, caller)
        leg.begin(callee.address, incoming=False)
        call.status = Status.RINGING
        self._start(self._flow(CallFlow(self.network, leg, Source(number.voice), number.fallback)))
        return call

    def press(self, address: str, keys: str) -> None:
        """Press keys, of any script's digits. Raises NotPossible."""
        handset, connection = self._in_call(address)
        pressed = in_ascii(keys)
        if not pressed or not set(pressed) <= KEYS or len(pressed) > connection.keys.maxsize:
            raise NotPossible("keys are 0 to 9, * and #, at most 64 at once")
        handset.hear(By.ME, Kind.KEYS, pressed)
        for key in pressed:
            if not connection.keys.full():
                connection.keys.put_nowait(key)
        for partner in connection.partners:
            partner.hear(By.OTHER, Kind.KEYS, pressed)

    def say(self, address: str, words: str, language: str = "") -> None:
        """Say something: whom one speaks with hears it, the carrier's machine does not. Raises NotPossible."""
        handset, connection = self._in_call(address)
        spoken = words.strip()
        if not spoken or len(spoken) > WORDS_CHARACTERS_MAX:
            raise NotPossible(f"say something, of at most {WORDS_CHARACTERS_MAX} characters")
        handset.hear(By.ME, Kind.SPEECH, spoken, language)
        for partner in connection.partners:
            partner.hear(By.OTHER, Kind.SPEECH, spoken, language)

    def answer(self, address: str) -> None:
        """Take the call that rings. Raises NotPossible."""
        self._ringing(address).answered.set()

    def reject(self, address: str) -> None:
        """Send the call away that rings. Raises NotPossible."""
        self._ringing(address).gone.set()

    def hang_up(self, address: str) -> None:
        """End the call, whatever it is at; nothing happens when there is none. Raises NotPossible."""
        connection = self.handset(address).connection
        if connection is not None:
            connection.gone.set()

    def text(self, from_: str, to: str, body: str) -> Message:
        """Send a short message from a telephone. Raises NotPossible."""
        sender, recipient = self.handset(from_), self.handset(to)
        if not body.strip() or len(body) > BODY_CHARACTERS_MAX:
            raise NotPossible(f"a message has text, of at most {BODY_CHARACTERS_MAX} characters")
        message = self.texting.open(sender.address, recipient.address, body, TextDirection.INBOUND, NOWHERE)
        sender.show_text(message.sid, recipient.address, body, mine=True)
        self._start(self.texting.arrive(message))
        return message

    def set_up(self, numbers: Numbers) -> None:
        """From now on these are the application's numbers."""
        self.network.numbers = numbers

    def misbehave(self, misbehaviour: Misbehaviour) -> None:
        """From now on so."""
        self.network.outbox.chance = Chance(misbehaviour)

    # What the application orders.

    def create_call(self, wanted: Wanted) -> Call:
        """Call somebody; addresses are read already. Raises Refused."""
        if self.network.numbers.find(wanted.from_) is None:
            raise Refused(21210, wanted.from_)
        call = self._open(wanted.from_, wanted.to, Direction.OUTBOUND_API, wanted.listener)
        leg = Leg(self.network, call, self.network.handset(wanted.to))
        flow = CallFlow(self.network, leg, wanted.source, wanted.fallback)
        self._start(self._ring_then_flow(flow, wanted.timeout_s))
        return call

    def update_call(self, sid: str, order: Order, *, only_unanswered: bool = False) -> Call:
        """End a call or send it elsewhere. `only_unanswered`: the order was to cancel. Raises Refused."""
        call = self.network.calls.get(sid)
        if call is None:
            raise Refused(20404, sid)
        if not call.is_live or (only_unanswered and call.answered_ms is not None):
            raise Refused(21220)
        if order.source is not None and call.answered_ms is None:
            raise Refused(21220)
        flow = self._flows.get(sid)
        if flow is not None:
            flow.order(order)
        else:
            self._update_dialed(call, order)
        return call

    def create_message(self, from_: str, to: str, body: str, told: Address) -> Message:
        """Send a short message; addresses are read already. Raises Refused."""
        if self.network.numbers.find(from_) is None:
            raise Refused(21606, from_)
        self.texting.may_send(from_, to)
        message = self.texting.open(from_, to, body, TextDirection.OUTBOUND_API, told)
        self._start(self.texting.send(message))
        return message

    # Its own life.

    async def quiet(self) -> None:
        """Wait until no call is alive and everything has been told."""
        while self._running:
            await asyncio.wait(set(self._running))
        await self.network.outbox.quiet()

    async def stop(self) -> None:
        """Cut everything off; nothing more is told."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.network.outbox.stop()

    def _open(self, from_: str, to: str, direction: Direction, listener: Listener) -> Call:
        try:
            return self.network.open_call(from_, to, direction, listener)
        except NetworkFull:
            raise Refused(20429) from None

    def _in_call(self, address: str) -> tuple[Handset, Connection]:
        handset = self.handset(address)
        if handset.connection is None:
            raise NotPossible("this telephone is in no call: dial first")
        return handset, handset.connection

    def _ringing(self, address: str) -> Connection:
        _, connection = self._in_call(address)
        if not connection.incoming or connection.answered.is_set():
            raise NotPossible("this telephone does not ring")
        return connection

    def _update_dialed(self, call: Call, order: Order) -> None:
        """A call that a <Dial> made: it ends, or leaves the <Dial> and goes its own way."""
        parent = self._flows.get(call.parent_sid)
        legs = parent.dialing.legs if parent is not None and parent.dialing is not None else []
        leg = next((leg for leg in legs if leg.call is call), None)
        if leg is None or leg.connection is None:
            raise Refused(21220)
        if order.source is None:
            leg.connection.gone.set()
        else:
            leg.moved.set()
            self._start(self._flow(CallFlow(self.network, leg, order.source)))

    async def _ring_then_flow(self, flow: CallFlow, timeout_s: int) -> None:
        leg = flow.leg
        self._flows[leg.call.sid] = flow
        ringing = asyncio.create_task(ring(leg, leg.call.from_, timeout_s))
        try:
            if await flow.unless_ended(ringing):
                await flow.run()
        finally:
            del self._flows[leg.call.sid]

    async def _flow(self, flow: CallFlow) -> None:
        self._flows[flow.leg.call.sid] = flow
        try:
            await flow.run()
        finally:
            del self._flows[flow.leg.call.sid]

    def _start(self, running: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._watched(running))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _watched(self, running: Coroutine[Any, Any, None]) -> None:
        try:
            await running
        except Exception:  # the top of a task: one call's trouble must not stay unseen, nor end the others
            log.exception("carrier_call_failed")
