"""The waiting room: what callers are told of their contact, their position and their expected wait.

A fold over router.log, so that a restart brings it back, and nothing is said that the log does not say: position and
wait are the router's own, as of when it queued the contact or had its customer told.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from services.ingest.router_log.facts import (
    ConsultationOpened,
    ContactAccepted,
    ContactDiverted,
    ContactEnded,
    ContactHandedOver,
    ContactOffered,
    ContactOutcome,
    ContactQueued,
    ContactReturned,
    ContactTransferred,
    CustomerTold,
    Fact,
    Happened,
    OfferAccepted,
    OfferReturned,
    WrapUpStarted,
)
from services.plan.compiled import Channel, Diversion

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
class Diverted:
    """Where a contact was sent that no agent of ours takes: `address` is a number or address, or a message's text.

    `language`: of the text; empty where the plan does not say it.
    """

    to: Diversion
    address: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A colleague who has accepted a consultation: its contact, and the accepted offer."""

    consultation_id: str
    offer_id: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the log says of a contact; `offer_id` is the accepted offer's. One that was diverted is OVER.

    So is one whose customer chose to be called back instead (`called_back`).
    `asked`: the colleague whom its agent asks, once they have accepted.
    `handed_over`: who has it was asked by who accepted it, and has taken it over.
    """

    stage: Stage
    offer_id: str = ""
    diverted: Diverted | None = None
    called_back: bool = False
    asked: Asked | None = None
    handed_over: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the router last said of a wait: the position, from 1, and the expected wait; 0 where it can't tell.

    `number` counts what it has said of the contact, so that nobody is told the same twice.
    `callback_offered`: the caller may choose to be called back instead.
    """

    position: int = 0
    wait_ms: int = 0
    number: int = 0
    callback_offered: bool = False


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
    since_ms: int
    stage: Stage = Stage.IN_MENU
    offer_id: str = ""
    outlook: Outlook = Outlook()
    diverted: Diverted | None = None
    asked: Asked | None = None
    handed_over: bool = False


class WaitingRoom:
    """All open contacts, and the calls that are over of late (at most `ended_max`, the newest).

    `on_change` is told the tenant and id of each call that somebody accepted, gave away, asked about or ended.
    """

    def __init__(self, ended_max: int = ENDED_MAX) -> None:
        self._tenants: dict[str, dict[str, _Contact]] = {}
        # By tenant and consultation: the call that it is about.
        self._about: dict[tuple[str, str], str] = {}
        self._over: OrderedDict[tuple[str, str], Standing] = OrderedDict()
        self._ended_max = ended_max
        self.on_change: Callable[[str, str], None] = lambda _tenant, _contact: None

    def standing(self, tenant: str, contact_id: str) -> Standing | None:
        """What the log says of a contact; None when it has not spoken of it, or long ago."""
        contact = self._of(tenant).get(contact_id)
        if contact is not None:
            return Standing(contact.stage, contact.offer_id, asked=contact.asked, handed_over=contact.handed_over)
        return self._over.get((tenant, contact_id))

    def is_open(self, tenant: str, contact_id: str) -> bool:
        """Whether the log says of a contact of any channel that it is open; one in wrap-up is."""
        return contact_id in self._of(tenant)

    def outlook(self, tenant: str, contact_id: str) -> Outlook | None:
        """What the router last said of the wait, or None for whoever does not wait."""
        contact = self._of(tenant).get(contact_id)
        if contact is None or contact.stage not in (Stage.WAITING, Stage.OFFERED):
            return None
        return contact.outlook

    def open_calls(self) -> list[OpenCall]:
        """The calls of customers that are not over; call-backs are none before they are made."""
        return [
            OpenCall(tenant, contact.company, contact_id, contact.since_ms)
            for tenant, here in self._tenants.items()
            for contact_id, contact in here.items()
            if contact.channel is Channel.VOICE and contact.stage is not Stage.OVER
        ]

    def learn(self, happened: Happened) -> None:
        """Take a fact of router.log into account."""
        tenant, at_ms = happened.tenant, happened.place[0]
        about = self._about.get((tenant, getattr(happened.fact, "contact_id", "")), "")
        if about or isinstance(happened.fact, ConsultationOpened):
            self._consult(tenant, happened.fact, about)
        elif isinstance(happened.fact, ContactAccepted):
            accepted = happened.fact
            self._of(tenant)[accepted.contact_id] = _Contact(accepted.channel, accepted.company, at_ms)
        elif isinstance(happened.fact, ContactEnded):
            self._end(tenant, happened.fact)
        else:
            self._move(tenant, happened.fact, at_ms)

    def _of(self, tenant: str) -> dict[str, _Contact]:
        return self._tenants.setdefault(tenant, {})

    def _consult(self, tenant: str, fact: Fact, about: str) -> None:
        """A consultation goes on: whoever has accepted it is asked about the call until it ends."""
        match fact:
            case ConsultationOpened(consultation_id, about):
                contact = self._of(tenant).get(about)
                if contact is not None and contact.channel in TELEPHONED:
                    self._about[tenant, consultation_id] = about
            case OfferAccepted(consultation_id, _, offer_id):
                self._ask(tenant, about, Asked(consultation_id, offer_id))
            case ContactEnded(consultation_id):
                del self._about[tenant, consultation_id]
                self._ask(tenant, about, None)
            case _:
                return

    def _ask(self, tenant: str, about: str, asked: Asked | None) -> None:
        before = self._of(tenant).get(about)
        if before is not None and before.asked != asked:
            self._of(tenant)[about] = after = replace(before, asked=asked)
            self._tell(tenant, about, before, after)

    def _move(self, tenant: str, fact: Fact, at_ms: int) -> None:
        here = self._of(tenant)
        contact_id = getattr(fact, "contact_id", "")
        before = here.get(contact_id)
        if before is None:
            return
        after = replace(_moved(before, fact), since_ms=at_ms)
        here[contact_id] = after
        self._tell(tenant, contact_id, before, after)

    def _end(self, tenant: str, ended: ContactEnded) -> None:
        contact_id = ended.contact_id
        before = self._of(tenant).pop(contact_id, None)
        if before is None:
            return
        if before.channel in TELEPHONED:
            called_back = ended.outcome is ContactOutcome.CALLBACK
            standing = Standing(Stage.OVER, diverted=before.diverted, called_back=called_back)
            self._remember_over(tenant, contact_id, standing)
        self._tell(tenant, contact_id, before, replace(before, stage=Stage.OVER))

    def _remember_over(self, tenant: str, contact_id: str, standing: Standing) -> None:
        self._over[tenant, contact_id] = standing
        while len(self._over) > self._ended_max:
            self._over.popitem(last=False)

    def _tell(self, tenant: str, contact_id: str, before: _Contact, after: _Contact) -> None:
        if after.channel in TELEPHONED and _put_through(before) != _put_through(after):
            self.on_change(tenant, contact_id)


def _put_through(contact: _Contact) -> tuple[Stage, str, Asked | None]:
    """What says with whom the customer is to be connected."""
    return contact.stage, contact.offer_id, contact.asked


def _moved(contact: _Contact, fact: Fact) -> _Contact:
    match fact:
        case ContactQueued():
            return replace(_told(contact, fact), stage=Stage.WAITING)
        case CustomerTold():
            return _told(contact, fact)
        case ContactDiverted(to=to, address=address, language=language):
            return replace(contact, diverted=Diverted(to, address, language))
        case OfferAccepted(offer_id=offer_id) | ContactHandedOver(offer_id=offer_id):
            handed_over = isinstance(fact, ContactHandedOver)
            accepted = offer_id or contact.offer_id
            return replace(contact, stage=Stage.ACCEPTED, offer_id=accepted, handed_over=handed_over)
        case ContactTransferred() | ContactReturned():
            # Handed on, it goes another way, and nothing was offered on that yet.
            offered = contact.outlook.callback_offered and isinstance(fact, ContactReturned)
            outlook = replace(contact.outlook, callback_offered=offered)
            return replace(contact, stage=Stage.WAITING, offer_id="", outlook=outlook)
        case _:
            return replace(contact, stage=STAGES.get(type(fact), contact.stage))


STAGES: dict[type[Fact], Stage] = {
    ContactOffered: Stage.OFFERED,
    OfferReturned: Stage.WAITING,
    WrapUpStarted: Stage.OVER,
}


def _told(contact: _Contact, fact: ContactQueued | CustomerTold) -> _Contact:
    """A queueing that says nothing is nothing that anybody is told."""
    if not fact.position:
        return contact
    offered = contact.outlook.callback_offered or _offers_call_back(contact, fact)
    number = contact.outlook.number + 1
    return replace(contact, outlook=Outlook(fact.position, fact.expected_wait_ms, number, offered))


def _offers_call_back(contact: _Contact, fact: ContactQueued | CustomerTold) -> bool:
    """Who was called back already holds the line for an agent, and is offered nothing."""
    return contact.channel is Channel.VOICE and isinstance(fact, CustomerTold) and fact.callback_offered
