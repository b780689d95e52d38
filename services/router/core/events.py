"""What the router decided: frozen facts, in the past tense.

Field for field the message of the same name in protos/switchroom/v1/events.proto, where each field is described. The
meaning of a published event never changes. No event carries its own time: `apply` is given the command's `at_ms`.
"""

from enum import StrEnum

from services.plan.compiled import Attribute, Channel, Direction, Diversion, Plan, SkillLevel
from services.router.core.record import record


class Presence(StrEnum):
    """What an agent says of themselves; NOT_RESPONDING is said for them when an offer times out."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    AWAY = "away"
    NOT_RESPONDING = "not_responding"


# By itself, for whoever asks often: to look it up in its class takes thirty times as long.
AVAILABLE = Presence.AVAILABLE


class OfferEnd(StrEnum):
    """Why an offer ended without an accept."""

    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


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


@record
class ScoreTerm:
    """One term of a policy's order: of two agents the lower value comes first."""

    name: str
    value: int


@record
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


@record
class ContactAccepted:
    contact_id: str
    company: str
    channel: Channel
    direction: Direction
    dialed: str
    caller_classes: tuple[str, ...]
    customer: str
    ivr_path: tuple[str, ...]
    language: str
    attributes: tuple[Attribute, ...]
    arrived_at_ms: int
    previous_contact_id: str
    queue_anyway_at_ms: int


@record
class ContactRefined:
    contact_id: str
    ivr_path: tuple[str, ...]
    language: str
    attributes: tuple[Attribute, ...]
    previous_contact_id: str


@record
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


@record
class StepTaken:
    contact_id: str
    step: int
    skills: tuple[SkillLevel, ...]
    groups: tuple[str, ...]
    priority: int
    because: str


@record
class StepOpened:
    contact_id: str
    step: int


@record
class CustomerTold:
    contact_id: str
    position: int
    expected_wait_ms: int
    expected_wait_p90_ms: int
    callback_offered: bool


@record
class PlaceKept:
    contact_id: str
    place_of: str
    arrived_at_ms: int
    entry_point: str
    routed_at_ms: int
    groups: tuple[str, ...]
    steps_taken: tuple[int, ...]
    steps_open: tuple[int, ...]
    told_at_ms: int


@record
class ContactDiverted:
    contact_id: str
    agent: str
    to: Diversion
    address: str
    language: str = ""


@record
class ContactOffered:
    contact_id: str
    agent: str
    offer_id: str
    deadline_ms: int
    why: Why


@record
class OfferAccepted:
    contact_id: str
    agent: str
    offer_id: str


@record
class OfferReturned:
    contact_id: str
    agent: str
    offer_id: str
    because: OfferEnd


@record
class OfferCarried:
    contact_id: str
    deadline_ms: int


@record
class CustomerWrote:
    contact_id: str
    joined_contact_id: str


@record
class CustomerLeft:
    contact_id: str


@record
class ReplySettled:
    contact_id: str
    outbound_id: str
    delivered: bool


@record
class WrapUpStarted:
    contact_id: str
    agent: str
    deadline_ms: int


@record
class ContactTransferred:
    contact_id: str
    agent: str
    queue: str
    to_agent: str = ""


@record
class ConsultationOpened:
    contact_id: str
    about: str
    agent: str
    company: str
    channel: Channel
    to_agent: str = ""


@record
class ContactHandedOver:
    contact_id: str
    agent: str
    to_agent: str
    queue: str
    skills: tuple[SkillLevel, ...]
    consultation: str
    offer_id: str = ""


@record
class ContactReturned:
    contact_id: str
    agent: str


@record
class CallConnected:
    contact_id: str
    agent: str


@record
class ContactEnded:
    contact_id: str
    outcome: ContactOutcome
    agent: str
    disposition: str
    joined_contact_id: str


@record
class LeftBeforeArrival:
    contact_id: str


@record
class AgentAttached:
    agent: str


@record
class AgentDetached:
    agent: str


@record
class PresenceChanged:
    agent: str
    presence: Presence
    reason: str


@record
class PlanActivated:
    plan: Plan


@record
class OwnerChanged:
    grace_until_ms: int


@record
class DeclineLapsed:
    contact_id: str


@record
class ContactForgotten:
    contact_id: str


Event = (
    ContactAccepted
    | ContactRefined
    | ContactQueued
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
    | ContactEnded
    | LeftBeforeArrival
    | AgentAttached
    | AgentDetached
    | PresenceChanged
    | PlanActivated
    | OwnerChanged
    | DeclineLapsed
    | ContactForgotten
    | CallConnected
    | StepTaken
    | StepOpened
    | CustomerTold
    | ContactDiverted
    | PlaceKept
    | ConsultationOpened
    | ContactHandedOver
)
