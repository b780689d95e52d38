"""Call-backs put together, for ingest's app.py."""

from dataclasses import dataclass, field

from services.ingest.addresses import Addresses
from services.ingest.callback.dialing import CALLS_TO_MAKE, CallMaker, Dialing
from services.ingest.callback.front_desk import FrontDesk
from services.ingest.callback.number_limits import NumberLimits
from services.ingest.callback.numbers import Numbers
from services.ingest.callback.offices import Offices
from services.ingest.callback.receipts import Receipts
from services.ingest.callback.requests import Requests
from services.ingest.channels.callback import CallBack
from services.ingest.channels.voice import Voice
from services.ingest.front_door import FrontDoor
from services.ingest.rate_limit import RateLimit
from services.ingest.send_loop import SendLoop
from services.ingest.sends import Sends
from services.shared.clock import Clock
from services.shared.document_store import DocumentStore
from services.shared.serve import Part, background

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
# As many numbers are remembered: the longer the time, the more of them come by in it.
NUMBERS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class CallBackSettings:
    """How often each number may be asked for, and where: no `countries` are those of the company's own numbers."""

    countries: frozenset[str]
    per_hour: int
    per_day: int
    ids_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallBackFolds:
    """What router.log says of call-backs."""

    offices: Offices = field(default_factory=Offices)
    requests: Requests = field(default_factory=Requests)


@dataclass(frozen=True, slots=True)
class CallBackParts:
    """The channel, what takes requests, and all parts in the order in which they start."""

    channel: CallBack
    front_desk: FrontDesk
    parts: list[Part]


def make_numbers(settings: CallBackSettings, addresses: Addresses, folds: CallBackFolds, clock: Clock) -> Numbers:
    """Which numbers are called back: asked by those who take requests, and by voice, which offers it."""
    limits = NumberLimits(
        RateLimit(clock, settings.per_hour, NUMBERS_MAX, window_ms=HOUR_MS),
        RateLimit(clock, settings.per_day, NUMBERS_MAX, window_ms=DAY_MS),
    )
    return Numbers(addresses, folds.offices, limits, settings.countries)


def make_callback(  # noqa: PLR0913, PLR0917  # what call-backs have to do with
    settings: CallBackSettings,
    door: FrontDoor,
    carrier: CallMaker,
    voice: Voice,
    documents: DocumentStore,
    numbers: Numbers,
    folds: CallBackFolds,
    clock: Clock,
) -> CallBackParts:
    """All of call-backs; the customers' calls are calls of `voice`."""
    dialing = Dialing(carrier, voice, Sends(documents, clock, CALLS_TO_MAKE), folds.requests, settings.ids_key)
    sending = SendLoop(dialing.sends, dialing.attempt, dialing.persistence, "callback")
    channel = CallBack(door, Receipts(settings.ids_key), voice.around.room, clock, dialing, sending)
    front_desk = FrontDesk(channel, numbers, clock)
    return CallBackParts(channel, front_desk, [channel, background(sending.run, "callback-calls")])
