"""What reporting reads of the router's decisions: frozen facts, in the past tense.

Field for field the message of the same name in protos/switchroom/v1/events.proto, less the fields that nobody here
uses. Kinds that are not here are passed over.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from services.plan.compiled import Attribute, Channel, Direction, Diversion, Hours, SkillLevel


class Presence(StrEnum):
    """What an agent says of themselves; NOT_RESPONDING is said for them."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    AWAY = "away"
    NOT_RESPONDING = "not_responding"


class OfferEnd(StrEnum):
    """Why an offer ended without an accept."""

    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class ContactOutcome(StrEnum):
    """What became of a contact; CONSULTED is of consultations."""

    COMPLETED = "completed"
    ABANDONED = "abandoned"
    LEFT_IN_IVR = "left_in_ivr"
    JOINED = "joined"
    CANCELLED = "cancelled"
    DIVERTED = "diverted"
    CONSULTED = "consulted"
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True)
class ScoreTerm:
    """One term of a policy's order: of two agents the lower value comes first."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Why:
    """What the engine went by when it chose an agent."""

    plan_version: int
    entry_point: str
    queue: str
    policy: str
    skills: tuple[SkillLevel, ...]
    free: int
    eligible: int
    winner: tuple[ScoreTerm, ...]
    runner_up: str
    runner_up_score: tuple[ScoreTerm, ...]
    decided_by: str
    steps: tuple[int, ...] = ()
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class ContactAccepted:
    contact_id: str
    company: str
    channel: Channel
    direction: Direction
    dialed: str
    ivr_path: tuple[str, ...]
    language: str
    arrived_at_ms: int
    previous_contact_id: str
    caller_classes: tuple[str, ...] = ()
    customer: str = ""
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactRefined:
    contact_id: str
    ivr_path: tuple[str, ...]
    language: str
    previous_contact_id: str
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactQueued:
    contact_id: str
    queue: str
    skills: tuple[SkillLevel, ...]
    priority: int
    entry_point: str
    plan_version: int
    value: int = 0
    preferred: str = ""
    preferred_until_ms: int = 0
    position: int = 0
    expected_wait_ms: int = 0
    expected_wait_p90_ms: int = 0


@dataclass(frozen=True, slots=True)
class StepTaken:
    contact_id: str
    step: int
    skills: tuple[SkillLevel, ...]
    groups: tuple[str, ...]
    priority: int
    because: str


@dataclass(frozen=True, slots=True)
class StepOpened:
    contact_id: str
    step: int


@dataclass(frozen=True, slots=True)
class CustomerTold:
    contact_id: str
    position: int
    expected_wait_ms: int
    expected_wait_p90_ms: int
    callback_offered: bool


@dataclass(frozen=True, slots=True)
class PlaceKept:
    contact_id: str
    place_of: str
    arrived_at_ms: int
    routed_at_ms: int


@dataclass(frozen=True, slots=True)
class ContactDiverted:
    contact_id: str
    agent: str
    to: Diversion
    address: str


@dataclass(frozen=True, slots=True)
class ContactOffered:
    contact_id: str
    agent: str
    deadline_ms: int
    why: Why


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    contact_id: str
    agent: str


@dataclass(frozen=True, slots=True)
class OfferReturned:
    contact_id: str
    agent: str
    because: OfferEnd


@dataclass(frozen=True, slots=True)
class OfferCarried:
    contact_id: str
    deadline_ms: int


@dataclass(frozen=True, slots=True)
class CustomerWrote:
    contact_id: str
    joined_contact_id: str


@dataclass(frozen=True, slots=True)
class CustomerLeft:
    contact_id: str


@dataclass(frozen=True, slots=True)
class ReplySettled:
    contact_id: str
    outbound_id: str
    delivered: bool


@dataclass(frozen=True, slots=True)
class WrapUpStarted:
    contact_id: str
    agent: str
    deadline_ms: int


@dataclass(frozen=True, slots=True)
class ContactTransferred:
    contact_id: str
    agent: str
    queue: str
    to_agent: str = ""


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
    consultation: str


@dataclass(frozen=True, slots=True)
class ContactReturned:
    contact_id: str
    agent: str


@dataclass(frozen=True, slots=True)
class CallConnected:
    contact_id: str
    agent: str


@dataclass(frozen=True, slots=True)
class ContactEnded:
    contact_id: str
    outcome: ContactOutcome
    agent: str
    disposition: str
    joined_contact_id: str


@dataclass(frozen=True, slots=True)
class LeftBeforeArrival:
    contact_id: str


@dataclass(frozen=True, slots=True)
class DeclineLapsed:
    contact_id: str


@dataclass(frozen=True, slots=True)
class ContactForgotten:
    contact_id: str


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
    reason: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Where contacts wait. Within `service_level_ms` they are to be answered; `hours` is "" for always open."""

    id: str
    company: str
    name: str
    service_level_ms: int = 20_000
    hours: str = ""


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """Whom an agent serves, and how many units of work they can have; an agent without companies serves none."""

    id: str
    companies: tuple[str, ...]
    units: int = 0


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """What a contact of a channel costs of an agent's units."""

    channel: Channel
    units: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What figures are grouped by."""

    tenant: str
    version: int
    queues: tuple[Queue, ...]
    agents: tuple[AgentProfile, ...]
    channels: tuple[ChannelRule, ...] = ()
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanActivated:
    plan: Plan


@dataclass(frozen=True, slots=True)
class OwnerChanged:
    grace_until_ms: int


ContactFact = (
    ContactAccepted
    | ContactRefined
    | ContactQueued
    | StepTaken
    | StepOpened
    | CustomerTold
    | ContactDiverted
    | PlaceKept
    | ContactOffered
    | OfferAccepted
    | OfferReturned
    | OfferCarried
    | CustomerWrote
    | CustomerLeft
    | ReplySettled
    | WrapUpStarted
    | ContactTransferred
    | ContactReturned
    | ConsultationOpened
    | ContactHandedOver
    | CallConnected
    | ContactEnded
)
AgentFact = AgentAttached | AgentDetached | PresenceChanged | PlanActivated | OwnerChanged
# Of these no contact moves; they are events for whoever reads the log.
LogFact = LeftBeforeArrival | DeclineLapsed | ContactForgotten
Fact = ContactFact | AgentFact | LogFact

# A commit has fewer events than this: a record of the log has at most a few MiB.
EVENTS_OF_A_COMMIT_MAX = 1 << 20


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact with whose it is and when it was decided (log time, ms since 1970 UTC).

    `place` is where it stands in its partition: the commit's offset times EVENTS_OF_A_COMMIT_MAX, plus its number in
    the commit.
    """

    tenant: str
    at_ms: int
    fact: Fact
    place: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Commit:
    """What one commit decided, and when."""

    at_ms: int
    happened: tuple[Happened, ...]


def place_of(offset: int, number: int = 0) -> int:
    """The place of an event in the log."""
    return offset * EVENTS_OF_A_COMMIT_MAX + number


def offset_of(place: int) -> int:
    """The offset of the commit in which an event stands."""
    return place // EVENTS_OF_A_COMMIT_MAX
