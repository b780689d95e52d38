"""The contact table: one row for each contact there ever was, with all that the figures say of it."""

from dataclasses import dataclass, field

from services.reporting.facts import (
    ContactAccepted,
    ContactEnded,
    ContactFact,
    ContactHandedOver,
    ContactQueued,
    ContactReturned,
    ContactTransferred,
    Happened,
    OfferAccepted,
    ReplySettled,
)
from services.reporting.projections.contact_state import WITH_AGENT, ContactState, begin, end_of_wait, move, wait_ms
from services.reporting.projections.measures import ENDS_OF_SEGMENTS, Measure, Terms
from services.reporting.projections.waits import WaitEnd

# Of a contact that is handed round for ever, the first so many are told; the sums count all.
WAITS_MAX = 50
SEGMENTS_MAX = 50
QUEUES_MAX = 100


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait that is over. `within`: answered within the queue's target."""

    queue: str
    from_ms: int
    until_ms: int
    wait_ms: int
    end: WaitEnd
    within: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """A time with one agent that is over; 0 for what did not happen. `end`: ended, transferred or taken_back."""

    agent: str
    queue: str
    accepted_at_ms: int
    connected_at_ms: int
    wrap_up_at_ms: int
    ended_at_ms: int
    end: str


@dataclass(frozen=True, slots=True)
class InQueue:
    """From that place in the log on the contact was in that queue."""

    place: int
    queue: str


@dataclass(slots=True)
class ContactRow:
    """A contact. `place` is that of its first event, `changed_at` that of its newest one; the state says the rest."""

    tenant: str
    place: int
    opened_at_ms: int
    state: ContactState
    customer: str = ""
    changed_at: int = 0
    first_queued_at_ms: int = 0
    accepted_at_ms: int = 0
    answered_at_ms: int = 0
    replied_at_ms: int = 0
    # How long the first wait was, how it ended, and whether that met the service level; None if it says nothing of it.
    wait_ms: int | None = None
    wait_end: WaitEnd | None = None
    within_service_level: bool | None = None
    joined_contact_id: str = ""
    sums: dict[str, int] = field(default_factory=dict)
    agents: list[str] = field(default_factory=list)
    queues: list[InQueue] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)


# What a row's sums are made of: the names of measures that are counted, and those of which the spans are added up.
COUNTED = ("offered", "transferred", "taken_back", "message", "reply_delivered", "reply_failed")
ADDED_UP = ("connecting", "active", "wrap_up")
SEGMENT_ENDS: dict[type, str] = {
    ContactEnded: "ended",
    ContactTransferred: "transferred",
    ContactHandedOver: "transferred",
    ContactReturned: "taken_back",
}


class ContactRows:
    """The rows of the open contacts of one partition, and those that changed and were not taken yet."""

    def __init__(self) -> None:
        self.changed: dict[tuple[str, str], ContactRow] = {}
        self._open: dict[tuple[str, str], ContactRow] = {}

    def apply(
        self, happened: Happened, after: ContactState | None, measures: tuple[Measure, ...], terms: Terms
    ) -> None:
        """Take a fact into account; `after` is its contact as it stands after the fact, None if it is not open."""
        fact = happened.fact
        if not isinstance(fact, ContactFact):
            return
        key = (happened.tenant, fact.contact_id)
        if isinstance(fact, ContactAccepted):
            self._open[key] = ContactRow(happened.tenant, happened.place, happened.at_ms, begin(fact), fact.customer)
        elif key in self._open:
            _move(self._open[key], happened.at_ms, fact, after, terms)
            _note(self._open[key], happened, fact)
            _add_up(self._open[key], measures)
        if key in self._open:
            self._open[key].changed_at = happened.place
            self.changed[key] = self._open[key]
        if isinstance(fact, ContactEnded):
            self._open.pop(key, None)

    def known(self, tenant: str, contact_id: str) -> ContactRow | None:
        """The row, as far as it is here: of an open contact, or of one that was not taken yet."""
        key = (tenant, contact_id)
        return self._open.get(key) or self.changed.get(key)

    def take(self) -> list[ContactRow]:
        """The rows that changed, once."""
        changed, self.changed = self.changed, {}
        return list(changed.values())


def _move(row: ContactRow, at_ms: int, fact: ContactFact, after: ContactState | None, terms: Terms) -> None:
    before = row.state
    row.state = after or move(before, fact, at_ms, terms.hours.open_ms)
    ended = end_of_wait(before, fact)
    if ended is not None:
        _end_wait(row, before, ended, at_ms, terms)
    if before.stage in WITH_AGENT and isinstance(fact, ENDS_OF_SEGMENTS):
        _end_segment(row, before, fact, at_ms)


def _end_wait(row: ContactRow, before: ContactState, ended: WaitEnd, at_ms: int, terms: Terms) -> None:
    span_ms = wait_ms(before, at_ms, terms.hours.open_ms)
    within = ended is WaitEnd.ANSWERED and span_ms <= terms.hours.target_ms(before.queue)
    wait = Wait(before.queue, before.clock_since_ms, at_ms, span_ms, ended, within)
    if len(row.waits) < WAITS_MAX:
        row.waits.append(wait)
    if ended is WaitEnd.ANSWERED:
        row.answered_at_ms = row.answered_at_ms or at_ms
    if row.wait_end is None:
        row.wait_ms, row.wait_end = span_ms, ended
        row.within_service_level = _met(wait, terms)


def _met(wait: Wait, terms: Terms) -> bool | None:
    """Whether the wait met the service level; None for one that does not count."""
    match wait.end:
        case WaitEnd.ANSWERED:
            return wait.within
        case WaitEnd.ABANDONED:
            return False if wait.wait_ms >= terms.short_abandon_ms else None
        case _:
            return None


def _end_segment(row: ContactRow, before: ContactState, fact: ContactFact, at_ms: int) -> None:
    if len(row.segments) < SEGMENTS_MAX:
        end = SEGMENT_ENDS[type(fact)]
        times = (before.segment_since_ms, before.connected_at_ms, before.wrap_up_since_ms, at_ms)
        row.segments.append(Segment(before.agent, before.queue, *times, end))


def _note(row: ContactRow, happened: Happened, fact: ContactFact) -> None:
    at_ms = happened.at_ms
    match fact:
        case ContactQueued():
            row.first_queued_at_ms = row.first_queued_at_ms or at_ms
            _note_queue(row, InQueue(happened.place, fact.queue))
        case OfferAccepted():
            row.accepted_at_ms = row.accepted_at_ms or at_ms
            _note_agent(row, fact.agent)
        case ContactHandedOver():
            _note_agent(row, fact.to_agent)
            _note_queue(row, InQueue(happened.place, fact.queue))
        case ReplySettled(delivered=True):
            row.replied_at_ms = row.replied_at_ms or at_ms
        case ContactEnded():
            row.joined_contact_id = fact.joined_contact_id
        case _:
            pass


def _note_agent(row: ContactRow, agent: str) -> None:
    if agent not in row.agents and len(row.agents) < SEGMENTS_MAX:
        row.agents.append(agent)


def _note_queue(row: ContactRow, entered: InQueue) -> None:
    if len(row.queues) == QUEUES_MAX:
        row.queues.pop()
    if not row.queues or row.queues[-1].queue != entered.queue:
        row.queues.append(entered)


def _add_up(row: ContactRow, measures: tuple[Measure, ...]) -> None:
    for measure in measures:
        if measure.name in COUNTED:
            row.sums[measure.name] = row.sums.get(measure.name, 0) + 1
        elif measure.name in ADDED_UP and measure.span_ms:
            name = f"{measure.name}_ms"
            row.sums[name] = row.sums.get(name, 0) + measure.span_ms
