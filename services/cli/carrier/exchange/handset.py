"""A telephone: what its owner sees and hears, and what the owner does with it."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum

from services.cli.carrier.exchange.changes import Changes
from services.cli.carrier.exchange.manner import Habit, Manner
from services.cli.carrier.exchange.waiting import first_of

LINES_KEPT = 200
TEXTS_KEPT = 100
KEYS_WAITING_MAX = 64


class State(StrEnum):
    """What the screen shows."""

    IDLE = "idle"
    DIALING = "dialing"
    RINGING = "ringing"
    IN_CALL = "in-call"
    ENDED = "ended"


class By(StrEnum):
    """Whose a line is: the carrier's machine, the other person's, one's own; or a note of the phone itself."""

    CARRIER = "carrier"
    OTHER = "other"
    ME = "me"
    NOTE = "note"


class Kind(StrEnum):
    """What a line is."""

    SPEECH = "speech"
    AUDIO = "audio"
    KEYS = "keys"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was heard, said, pressed or noted; numbers count up and never begin anew."""

    number: int
    at_ms: int
    by: By
    kind: Kind
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A short message on the screen; `mine`: written here."""

    sid: str
    at_ms: int
    mine: bool
    with_: str
    body: str


@dataclass(slots=True)
class Connection:
    """One call as this telephone has it. `gone`: its owner has hung up, rejected it, or it was taken from them."""

    sid: str
    with_: str
    incoming: bool
    began_ms: int
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    keys: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(KEYS_WAITING_MAX))
    # The telephones at the other end, once people speak: in a conference there may be several.
    partners: "tuple[Handset, ...]" = ()

    async def reacted(self) -> None:
        """Wait until it is answered, or gone."""
        if not self.answered.is_set() and not self.gone.is_set():
            await first_of(self.answered.wait(), self.gone.wait())

    def forget_keys(self) -> None:
        """Drop what was pressed while nobody listened for keys."""
        while not self.keys.empty():
            self.keys.get_nowait()


class Handset:
    """A telephone number or SIP address, and the one who holds it."""

    def __init__(self, address: str, manner: Manner, wall_ms: Callable[[], int]) -> None:
        self.address = address
        self.state = State.IDLE
        self.ended_because = ""
        self.connection: Connection | None = None
        self.lines: deque[Line] = deque(maxlen=LINES_KEPT)
        self.texts: deque[Text] = deque(maxlen=TEXTS_KEPT)
        self.changes = Changes()
        self._manner = manner
        self._holders = 0
        self._wall_ms = wall_ms
        self._numbered = 0

    @property
    def manner(self) -> Manner:
        """What it does by itself: nothing while somebody holds it."""
        if self._holders and self._manner.habit is not Habit.UNKNOWN:
            return replace(self._manner, habit=Habit.MANUAL)
        return self._manner

    @manner.setter
    def manner(self, manner: Manner) -> None:
        self._manner = manner
        self.changes.ring()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Somebody has it in their hands meanwhile."""
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1

    @property
    def is_free(self) -> bool:
        """Whether it can begin or take a call."""
        return self.connection is None

    def begin(self, sid: str, with_: str, *, incoming: bool) -> Connection:
        """It dials, or begins to ring."""
        self.connection = Connection(sid, with_, incoming, self._wall_ms())
        self.ended_because = ""
        self._become(State.RINGING if incoming else State.DIALING)
        self.note(f"{with_} is calling" if incoming else f"Calling {with_}")
        return self.connection

    def connected(self) -> None:
        """The call is answered, whoever answered it."""
        if self.state is not State.IN_CALL:
            self._become(State.IN_CALL)
            self.note("Connected")

    def disconnected(self, connection: Connection, because: str) -> None:
        """The call is over; nothing happens when it was over before."""
        connection.gone.set()
        if self.connection is connection:
            self.connection = None
            self.ended_because = because
            self._become(State.ENDED)
            self.note(f"Ended: {because}")

    def hear(self, by: By, kind: Kind, text: str, language: str = "") -> None:
        """A line more in the transcript."""
        self._numbered += 1
        self.lines.append(Line(self._numbered, self._wall_ms(), by, kind, text, language))
        self.changes.ring()

    def note(self, text: str) -> None:
        """What the phone itself shows."""
        self.hear(By.NOTE, Kind.NOTE, text)

    def show_text(self, sid: str, with_: str, body: str, *, mine: bool) -> None:
        """A short message more on the screen."""
        self.texts.append(Text(sid, self._wall_ms(), mine, with_, body))
        self.changes.ring()

    def _become(self, state: State) -> None:
        self.state = state
        self.changes.ring()
