"""What ingest takes from router.log: who can be reached where, and what became of contacts.

Each dataclass is named as its event and holds the fields that ingest uses.
"""

from dataclasses import dataclass
from enum import StrEnum

from services.plan.compiled import AgentProfile, Channel, Company, Diversion, EntryPoint, Hours, Menu, Queue


class Presence(StrEnum):
    """What an agent says of themselves, or what is said for them."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    AWAY = "away"
    NOT_RESPONDING = "not_responding"


class ContactOutcome(StrEnum):
    """What became of a contact."""

    COMPLETED = "completed"
    ABANDONED = "abandoned"
    LEFT_IN_IVR = "left_in_ivr"
    JOINED = "joined"
    CANCELLED = "cancelled"
    DIVERTED = "diverted"
    CALLBACK = "callback"
    CONSULTED = "consulted"


@dataclass(frozen=True, slots=True)
class Plan:
    """The part of a plan that customers meet: where they reach whom, what they are offered, and who serves them."""

    tenant: str
    version: int
    companies: tuple[Company, ...]
    entry_points: tuple[EntryPoint, ...]
    hours: tuple[Hours, ...] = ()
    menus: tuple[Menu, ...] = ()
    queues: tuple[Queue, ...] = ()
    agents: tuple[AgentProfile, ...] = ()
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class PlanActivated:
    plan: Plan


@dataclass(frozen=True, slots=True)
class ContactAccepted:
    contact_id: str
    channel: Channel
    arrived_at_ms: int = 0
    language: str = ""
    company: str = ""
    previous_contact_id: str = ""


@dataclass(frozen=True, slots=True)
class ContactQueued:
    contact_id: str
    queue: str
    priority: int
    position: int = 0
    expected_wait_ms: int = 0


@dataclass(frozen=True, slots=True)
class CustomerTold:
    contact_id: str
    position: int
    expected_wait_ms: int
    callback_offered: bool = False


@dataclass(frozen=True, slots=True)
class ContactDiverted:
    contact_id: str
    to: Diversion
    address: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class ContactOffered:
    contact_id: str


@dataclass(frozen=True, slots=True)
class OfferReturned:
    contact_id: str


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    contact_id: str
    agent: str
    offer_id: str = ""


@dataclass(frozen=True, slots=True)
class ContactTransferred:
    contact_id: str
    queue: str = ""


@dataclass(frozen=True, slots=True)
class ConsultationOpened:
    contact_id: str
    about: str


@dataclass(frozen=True, slots=True)
class ContactHandedOver:
    contact_id: str
    to_agent: str
    offer_id: str = ""


@dataclass(frozen=True, slots=True)
class ContactReturned:
    contact_id: str


@dataclass(frozen=True, slots=True)
class WrapUpStarted:
    contact_id: str


@dataclass(frozen=True, slots=True)
class ContactEnded:
    contact_id: str
    outcome: ContactOutcome | None = None


@dataclass(frozen=True, slots=True)
class AgentAttached:
    agent: str


@dataclass(frozen=True, slots=True)
class AgentDetached:
    agent: str


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    agent: str
    presence: Presence


@dataclass(frozen=True, slots=True)
class OwnerChanged:
    """Everybody is detached, and has to attach anew."""


Fact = (
    PlanActivated
    | ContactAccepted
    | ContactQueued
    | CustomerTold
    | ContactDiverted
    | ContactOffered
    | OfferReturned
    | OfferAccepted
    | ContactTransferred
    | ConsultationOpened
    | ContactHandedOver
    | ContactReturned
    | WrapUpStarted
    | ContactEnded
    | AgentAttached
    | AgentDetached
    | PresenceChanged
    | OwnerChanged
)


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact with its tenant and its place among all facts: append time, then partition, then offset."""

    tenant: str
    place: tuple[int, int, int]
    fact: Fact
