"""What the hooks of a call work with: one of each, made in app.py."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from services.ingest.addresses import Addresses, Place
from services.ingest.admission import Admission
from services.ingest.carriers.webhook import NotTaken, Urls, Webhook
from services.ingest.front_door import Unavailable
from services.ingest.plans import Plans
from services.ingest.voice.calls import Call, Calls
from services.ingest.voice.connects import Connects
from services.ingest.voice.legs import Legs
from services.ingest.voice.line import Line, call_id_of, line_of
from services.ingest.voice.reports import Reports
from services.ingest.voice.room import WaitingRoom
from services.plan.compiled import Channel
from services.shared.clock import Clock
from services.shared.document_store import StoreUnavailable

WAIT = "/voice/wait"
MENU = "/voice/menu"
DIALED = "/voice/dialed"
AGENT = "/voice/agent"
STATUS = "/voice/status"
DIVERTED = "/voice/diverted"
RECORDED = "/voice/recorded"
CALLBACK = "/voice/callback"
LEG = "/voice/leg"
LEG_STATUS = "/voice/leg/status"


class HoldOn(Unavailable):
    """What is to be done with a call can't be worked out yet: let whoever is on the line hold it."""


class CallBackNumbers(Protocol):
    """Which callers may be called back on the number that they call from."""

    def may_be_called(self, place: Place, number: str) -> bool:
        """Whether the number may be called from that place of ours."""
        ...

    def count(self, place: Place, number: str) -> bool:
        """Count a request for it; False where there were too many of late."""
        ...

    def give_back(self, place: Place, number: str) -> None:
        """The request that was counted came to nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Manners:
    """How often callers who wait are asked for and are told their place, and how long agents' telephones ring (s)."""

    ask_s: int = 3
    say_s: int = 10
    ring_s: int = 20


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`not_ready_because`: why router.log can't be gone by yet. `admission`: who may call now.

    Without `numbers` nobody is offered a call-back.
    """

    addresses: Addresses
    plans: Plans
    room: WaitingRoom
    calls: Calls
    connects: Connects
    legs: Legs
    reports: Reports
    urls: Urls
    clock: Clock
    manners: Manners = Manners()
    not_ready_because: Callable[[], str | None] = lambda: None
    admission: Admission = field(default_factory=Admission)
    numbers: CallBackNumbers | None = None

    async def line(self, webhook: Webhook, call_id_field: str = "CallSid") -> Line:
        """The line that a URL names, if the call that the carrier speaks of is on it. Raises NotTaken, HoldOn."""
        line, call_id = line_of(webhook), call_id_of(webhook, call_id_field)
        if self.reports.ids.contact(line.tenant, call_id) != line.contact_id:
            await self._must_be_call_back(line, call_id)
        return line

    async def _must_be_call_back(self, line: Line, call_id: str) -> None:
        """A call-back is a contact before it is a call: only its document knows which one."""
        try:
            call = await self.calls.get(line.contact_id)
        except StoreUnavailable:
            raise HoldOn("it can't be looked up at the moment which call this is") from None
        if call is None or call.tenant != line.tenant or call.call_id not in ("", call_id):
            raise NotTaken(403, "The request was not taken: its URL is that of another call.")
        if not call.call_id:
            await self.calls.named(line.contact_id, call_id)


def call_on(line: Line, webhook: Webhook) -> Call:
    """The incoming call that the carrier speaks of."""
    call_id, dialed = webhook.field("CallSid"), webhook.field("To")[:64]
    return Call(line.contact_id, line.tenant, line.company, Channel.VOICE, call_id, dialed, line.language)
