"""What all calls share: the telephones, the books, the clock, the way to the application, and how fast things go."""

from collections import OrderedDict
from dataclasses import dataclass, field

from services.cli.carrier.exchange.call import Call, Direction, Listener, Status
from services.cli.carrier.exchange.conference import Conference
from services.cli.carrier.exchange.handset import Handset
from services.cli.carrier.exchange.manner import AT_ONCE, Manner
from services.cli.carrier.exchange.numbers import Numbers
from services.cli.carrier.exchange.outbox import Outbox
from services.cli.carrier.exchange.sids import CALL, NewSid, random_sid
from services.shared.clock import Clock

HANDSETS_MAX = 20_000
CALLS_KEPT = 20_000


class NetworkFull(Exception):
    """There are more telephones in use, or more calls alive, than there is room for."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take, and how often a call may ask the application in a minute before that is an error."""

    speech_ms_per_character: int = 60
    recording_ms: int = 3_000
    documents_per_minute: int = 300

    def speech_ms(self, text: str) -> int:
        """How long it takes to say that."""
        return len(text) * self.speech_ms_per_character


HUMAN = Pace()


@dataclass(slots=True)
class Network:
    """Telephones come to be when they are first named."""

    outbox: Outbox
    clock: Clock
    numbers: Numbers
    pace: Pace = HUMAN
    default_manner: Manner = AT_ONCE
    new_sid: NewSid = random_sid
    calls: OrderedDict[str, Call] = field(default_factory=OrderedDict)
    handsets: OrderedDict[str, Handset] = field(default_factory=OrderedDict)
    conferences: dict[str, "Conference"] = field(default_factory=dict)

    def handset(self, address: str) -> Handset:
        """The telephone with that number. Raises NetworkFull."""
        found = self.handsets.get(address)
        if found is None:
            self._make_room_for_handset()
            found = self.handsets[address] = Handset(address, self.default_manner, self.clock.wall_ms)
        return found

    def open_call(self, from_: str, to: str, direction: Direction, listener: Listener, *, parent_sid: str = "") -> Call:
        """A new call in the books, queued. Raises NetworkFull."""
        self._make_room_for_call()
        now_ms = self.clock.wall_ms()
        call = Call(self.new_sid(CALL), from_, to, direction, Status.QUEUED, now_ms, now_ms, parent_sid, listener)
        self.calls[call.sid] = call
        return call

    def _make_room_for_handset(self) -> None:
        if len(self.handsets) >= HANDSETS_MAX:
            unused = next((address for address, handset in self.handsets.items() if handset.is_free), None)
            if unused is None:
                raise NetworkFull
            del self.handsets[unused]

    def _make_room_for_call(self) -> None:
        if len(self.calls) >= CALLS_KEPT:
            ended = next((sid for sid, call in self.calls.items() if not call.is_live), None)
            if ended is None:
                raise NetworkFull
            del self.calls[ended]
