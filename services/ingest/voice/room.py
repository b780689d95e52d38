"""The waiting room: what callers are told of their contact, their position and their expected wait.

A fold over router.log, so that a restart brings it back, and nothing is said that the log does not say.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from services.ingest.router_log.facts import (
    ContactAccepted,
    ContactEnded,
    ContactOffered,
    ContactQueued,
    ContactReturned,
    ContactTransferred,
    Fact,
    Happened,
    OfferAccepted,
    OfferReturned,
    WrapUpStarted,
)
from services.ingest.voice.handling_times import HandlingTimes
from services.ingest.voice.staff import Staff
from services.ingest.voice.waiting_line import Place, WaitingLine
from services.plan.compiled import Channel

ENDED_MAX = 50_000
TELEPHONED = (Channel.VOICE, Channel.CALLBACK)


class Stage(StrEnum):
    """Where a contact is. OVER: its conversation has ended, whoever still writes it up."""

    IN_MENU = "in_menu"
    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the log says of a contact; `offer_id` is the accepted offer's."""

    stage: Stage
    offer_id: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a caller who waits is told: the position, from 1, and the expected wait, None while nobody is on duty."""

    position: int
    wait_ms: int | None


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that the log has not spoken of since then, log time."""

    tenant: str
    company: str
    contact_id: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class _Contact:
    channel: Channel
    company: str
    arrived_at_ms: int
    order: int
    since_ms: int
    stage: Stage = Stage.IN_MENU
    queue: str = ""
    priority: int = 0
    offer_id: str = ""
    accepted_at_ms: int = 0

    @property
    def place(self) -> Place:
        return -self.priority, self.arrived_at_ms, self.order


@dataclass(slots=True)
class _Tenant:
    staff: Staff = field(default_factory=Staff)
    contacts: dict[str, _Contact] = field(default_factory=dict)
    lines: dict[str, WaitingLine] = field(default_factory=dict)
    handling: dict[str, HandlingTimes] = field(default_factory=dict)
    accepted: int = 0

    def line(self, queue: str) -> WaitingLine:
        return self.lines.setdefault(queue, WaitingLine())


class WaitingRoom:
    """All open contacts, and the calls that are over of late (at most `ended_max`, the newest).

    `on_change` is told the tenant and id of each call that somebody accepted, gave away or ended.
    """

    def __init__(self, ended_max: int = ENDED_MAX) -> None:
        self._tenants: dict[str, _Tenant] = {}
        self._over: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._ended_max = ended_max
        self.on_change: Callable[[str, str], None] = lambda _tenant, _contact: None

    def standing(self, tenant: str, contact_id: str) -> Standing | None:
        """What the log says of a contact; None when it has not spoken of it, or long ago."""
        contact = self._of(tenant).contacts.get(contact_id)
        if contact is not None:
            return Standing(contact.stage, contact.offer_id)
        return Standing(Stage.OVER) if (tenant, contact_id) in self._over else None

    def outlook(self, tenant: str, contact_id: str) -> Outlook | None:
        """Position and expected wait, or None for whoever does not wait.

        Expected wait = position * mean handling time of the queue / agents on duty for it (docs/channels.md).
        """
        here = self._of(tenant)
        contact = here.contacts.get(contact_id)
        if contact is None or contact.stage not in (Stage.WAITING, Stage.OFFERED):
            return None
        position = here.line(contact.queue).position(contact.place)
        agents_on = here.staff.agents_on(contact.queue)
        mean_ms = here.handling.setdefault(contact.queue, HandlingTimes()).mean_ms
        return Outlook(position, position * mean_ms // agents_on if agents_on else None)

    def open_calls(self) -> list[OpenCall]:
        """The calls of customers that are not over; call-backs are none before they are made."""
        return [
            OpenCall(tenant, contact.company, contact_id, contact.since_ms)
            for tenant, here in self._tenants.items()
            for contact_id, contact in here.contacts.items()
            if contact.channel is Channel.VOICE and contact.stage is not Stage.OVER
        ]

    def learn(self, happened: Happened) -> None:
        """Take a fact of router.log into account."""
        tenant, at_ms = happened.tenant, happened.place[0]
        here = self._of(tenant)
        if isinstance(happened.fact, ContactAccepted):
            accepted = happened.fact
            here.contacts[accepted.contact_id] = _Contact(
                accepted.channel, accepted.company, accepted.arrived_at_ms, here.accepted, at_ms
            )
            here.accepted += 1
        elif isinstance(happened.fact, ContactEnded):
            self._end(tenant, happened.fact.contact_id, at_ms)
        else:
            self._move(tenant, happened.fact, at_ms)

    def _of(self, tenant: str) -> _Tenant:
        return self._tenants.setdefault(tenant, _Tenant())

    def _move(self, tenant: str, fact: Fact, at_ms: int) -> None:
        here = self._of(tenant)
        contact_id = getattr(fact, "contact_id", "")
        before = here.contacts.get(contact_id)
        if before is None:
            here.staff.learn(fact)
            return
        after = replace(_moved(before, fact, at_ms), since_ms=at_ms)
        _note_line(here, before, after)
        _note_segment(here, before, after, at_ms)
        here.contacts[contact_id] = after
        self._tell(tenant, contact_id, before, after)

    def _end(self, tenant: str, contact_id: str, at_ms: int) -> None:
        here = self._of(tenant)
        before = here.contacts.pop(contact_id, None)
        if before is None:
            return
        after = replace(before, stage=Stage.OVER)
        _note_line(here, before, after)
        if before.accepted_at_ms:
            here.handling.setdefault(before.queue, HandlingTimes()).add(at_ms - before.accepted_at_ms)
        if before.channel in TELEPHONED:
            self._remember_over(tenant, contact_id)
        self._tell(tenant, contact_id, before, after)

    def _remember_over(self, tenant: str, contact_id: str) -> None:
        self._over[tenant, contact_id] = None
        while len(self._over) > self._ended_max:
            self._over.popitem(last=False)

    def _tell(self, tenant: str, contact_id: str, before: _Contact, after: _Contact) -> None:
        if after.channel in TELEPHONED and (before.stage, before.offer_id) != (after.stage, after.offer_id):
            self.on_change(tenant, contact_id)


def _moved(contact: _Contact, fact: Fact, at_ms: int) -> _Contact:
    after = contact
    match fact:
        case ContactQueued(_, queue, priority):
            after = replace(contact, stage=Stage.WAITING, queue=queue, priority=priority)
        case ContactOffered():
            after = replace(contact, stage=Stage.OFFERED)
        case OfferReturned():
            after = replace(contact, stage=Stage.WAITING)
        case OfferAccepted(_, _, offer_id):
            after = replace(contact, stage=Stage.ACCEPTED, offer_id=offer_id, accepted_at_ms=at_ms)
        case ContactTransferred(_, queue):
            after = replace(contact, stage=Stage.WAITING, queue=queue, offer_id="", accepted_at_ms=0)
        case ContactReturned():
            after = replace(contact, stage=Stage.WAITING, offer_id="", accepted_at_ms=0)
        case WrapUpStarted():
            after = replace(contact, stage=Stage.OVER)
    return after


def _note_line(here: _Tenant, before: _Contact, after: _Contact) -> None:
    if before.stage is Stage.WAITING:
        here.line(before.queue).leave(before.place)
    if after.stage is Stage.WAITING:
        here.line(after.queue).join(after.place)


def _note_segment(here: _Tenant, before: _Contact, after: _Contact, at_ms: int) -> None:
    """Agents had it in hand from the accept until it was given away."""
    if before.accepted_at_ms and not after.accepted_at_ms:
        here.handling.setdefault(before.queue, HandlingTimes()).add(at_ms - before.accepted_at_ms)
