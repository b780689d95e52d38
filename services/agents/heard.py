"""What this service takes from the two topics: the parts of each record that it files."""

from dataclasses import dataclass
from enum import StrEnum

from services.plan.compiled import AgentProfile, Attribute, Channel, Company, Diversion, Queue


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    size_bytes: int
    blob: str


@dataclass(frozen=True, slots=True)
class Message:
    """Content, as in inbound.proto. Private."""

    subject: str = ""
    text: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    raw_blob: str = ""
    mail_message_id: str = ""
    mail_references: tuple[str, ...] = ()
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class ContactArrived:
    channel: Channel
    dialed: str
    caller: str
    caller_name: str
    previous_contact_id: str
    message: Message | None


@dataclass(frozen=True, slots=True)
class ContactChanged:
    continues_contact_id: str
    message: Message | None
    unreadable_because: str
    language: str = ""
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageAdded:
    message: Message | None
    successor_contact_id: str


@dataclass(frozen=True, slots=True)
class MessageDelivered:
    outbound_id: str


@dataclass(frozen=True, slots=True)
class MessageFailed:
    outbound_id: str
    why: str


class LeftReason(StrEnum):
    """Why a customer is gone."""

    CUSTOMER = "customer"
    CONNECTION_LOST = "connection_lost"
    EXPIRED = "expired"
    NOT_REACHED = "not_reached"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class ContactLeft:
    reason: LeftReason | None


@dataclass(frozen=True, slots=True)
class CallUnanswered:
    offer_id: str
    why: str


Said = ContactArrived | ContactChanged | MessageAdded | MessageDelivered | MessageFailed | ContactLeft | CallUnanswered


@dataclass(frozen=True, slots=True)
class Inbound:
    """One record of contacts.inbound; `said` is None when it brings nothing to file."""

    event_id: str
    tenant: str
    company: str
    contact_id: str
    said: Said | None


@dataclass(frozen=True, slots=True)
class Connect:
    """An agent has accepted a call: where their telephone is, "" when nobody knows. Private.

    `about`: of a consultation, the call that it is about.
    """

    offer_id: str
    agent_address: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Outbound:
    """One record of contacts.outbound: a message, or that a call is to be put through."""

    event_id: str
    tenant: str
    company: str
    contact_id: str
    channel: Channel
    agent: str
    to: str
    from_: str
    message: Message
    written_at_ms: int
    connect: Connect | None = None
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class PlanHeard:
    """What pages call things by."""

    version: int
    companies: tuple[Company, ...]
    queues: tuple[Queue, ...]
    away_reasons: tuple[str, ...]
    agents: tuple[AgentProfile, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanActivated:
    plan: PlanHeard


@dataclass(frozen=True, slots=True)
class ContactAccepted:
    contact_id: str
    company: str
    channel: Channel
    dialed: str
    customer: str
    language: str
    arrived_at_ms: int
    previous_contact_id: str


@dataclass(frozen=True, slots=True)
class ContactQueued:
    contact_id: str
    queue: str


@dataclass(frozen=True, slots=True)
class CustomerTold:
    contact_id: str
    position: int
    expected_wait_ms: int
    callback_offered: bool


@dataclass(frozen=True, slots=True)
class ContactDiverted:
    contact_id: str
    agent: str
    to: Diversion
    address: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class PlaceKept:
    contact_id: str
    place_of: str


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    contact_id: str
    agent: str
    offer_id: str = ""


@dataclass(frozen=True, slots=True)
class StepTaken:
    contact_id: str
    step: int
    because: str


@dataclass(frozen=True, slots=True)
class ContactTransferred:
    contact_id: str
    agent: str
    queue: str
    to_agent: str = ""


@dataclass(frozen=True, slots=True)
class ContactReturned:
    contact_id: str
    agent: str


@dataclass(frozen=True, slots=True)
class ConsultationOpened:
    contact_id: str
    about: str
    agent: str
    company: str
    channel: Channel
    to_agent: str = ""


@dataclass(frozen=True, slots=True)
class ContactHandedOver:
    contact_id: str
    agent: str
    to_agent: str
    queue: str
    consultation: str = ""


@dataclass(frozen=True, slots=True)
class CallConnected:
    contact_id: str
    agent: str


@dataclass(frozen=True, slots=True)
class ContactEnded:
    contact_id: str
    outcome: str
    agent: str
    disposition: str
    joined_contact_id: str


Decision = (
    PlanActivated
    | ContactAccepted
    | ContactQueued
    | CustomerTold
    | ContactDiverted
    | PlaceKept
    | OfferAccepted
    | StepTaken
    | ContactTransferred
    | ContactReturned
    | ConsultationOpened
    | ContactHandedOver
    | CallConnected
    | ContactEnded
)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision of the router, whose it is and when (log time)."""

    tenant: str
    at_ms: int
    decision: Decision
