"""What is on an agent's desk, and what an agent can ask of it: field for field the messages of work.proto."""

from dataclasses import dataclass
from enum import StrEnum

from services.plan.compiled import Attribute, Channel, Direction, SkillLevel


class Presence(StrEnum):
    """What an agent says of themselves; NOT_RESPONDING is said for them when an offer times out."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    AWAY = "away"
    NOT_RESPONDING = "not_responding"


class WorkState(StrEnum):
    """How far a contact on a desk has come."""

    OFFERED = "offered"
    ACTIVE = "active"
    WRAP_UP = "wrap_up"


class Refusal(StrEnum):
    """Why the router refused a command."""

    NOT_FOUND = "not_found"
    NOT_NOW = "not_now"
    INVALID = "invalid"
    TOO_MANY = "too_many"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Consultation:
    """What the agent asks a colleague. `state` is None while it waits, `agent` who has accepted it, or ""."""

    contact_id: str
    queue: str
    to_agent: str
    state: WorkState | None
    agent: str


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A contact on an agent's desk. Times are log time, ms since 1970 UTC; 0 for none."""

    contact_id: str
    state: WorkState
    channel: Channel
    direction: Direction | None
    company: str
    queue: str
    dialed: str
    ivr_path: tuple[str, ...]
    language: str
    attributes: tuple[Attribute, ...]
    offer_id: str
    deadline_ms: int
    arrived_at_ms: int
    queued_at_ms: int
    offered_at_ms: int
    reason: str
    previous_contact_id: str
    messages: int
    customer_left: bool
    customer: str
    # Of a consultation: the contact that it is about, and who has that and asks.
    about: str = ""
    asked_by: str = ""
    # The open one about it.
    consultation: Consultation | None = None


@dataclass(frozen=True, slots=True)
class AgentDesk:
    """All that is on one agent's desk."""

    agent: str
    tenant: str
    presence: Presence | None
    presence_reason: str
    attached: bool
    units: int
    load: int
    items: tuple[WorkItem, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The router's answer to a command: done when there is no refusal."""

    refusal: Refusal | None = None
    detail: str = ""
    what_to_do: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome, and whose command it answers."""

    command_id: str
    tenant: str
    agent: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class DeskUpdate:
    """What one commit brought. `at_ms` is log time."""

    partition: int
    epoch: int
    at_ms: int
    offset: int
    answers: tuple[Answer, ...]
    desks: tuple[AgentDesk, ...]
    beat: bool


@dataclass(frozen=True, slots=True)
class Attach:
    token: str


@dataclass(frozen=True, slots=True)
class Detach:
    pass


@dataclass(frozen=True, slots=True)
class SetPresence:
    presence: Presence
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Accept:
    contact_id: str
    offer_id: str


@dataclass(frozen=True, slots=True)
class Decline:
    contact_id: str
    offer_id: str


@dataclass(frozen=True, slots=True)
class Finish:
    contact_id: str


@dataclass(frozen=True, slots=True)
class Complete:
    contact_id: str
    disposition: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """To a queue ("": its own), to an agent before others, to whoever has the skills."""

    contact_id: str
    queue: str
    to_agent: str = ""
    skills: tuple[SkillLevel, ...] = ()


@dataclass(frozen=True, slots=True)
class Consult:
    """Ask a colleague about it and keep it meanwhile; whom is said as in a transfer."""

    contact_id: str
    queue: str
    to_agent: str = ""
    skills: tuple[SkillLevel, ...] = ()


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give it to the colleague who has accepted the consultation."""

    contact_id: str


@dataclass(frozen=True, slots=True)
class EndConsultation:
    contact_id: str


Act = SetPresence | Accept | Decline | Finish | Complete | Transfer | Consult | HandOver | EndConsultation
DeskCommand = Attach | Detach | Act


@dataclass(frozen=True, slots=True)
class DeskRequest:
    """A command on its way to the router."""

    command_id: str
    agent: str
    command: DeskCommand
