"""What the router is asked: frozen, in the imperative.

Who asks was checked before; what they may ask of is part of the command (`companies`). Every command is decided at an
`at_ms` that the shell gives beside it.
"""

from enum import StrEnum

from services.plan.compiled import Attribute, Channel, Direction, Plan, SkillLevel
from services.router.core.events import Presence
from services.router.core.record import record


@record
class Arrive:
    """A customer made contact. Not ready: wait for more before queueing it (`queue_anyway_at_ms`; 0: for ever).

    `keeps_place_of`: the waiting contact whose place in the queue it takes over, which ends that one.
    """

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
    ready: bool
    queue_anyway_at_ms: int = 0
    keeps_place_of: str = ""


@record
class Refine:
    """More is known of a contact. Ready: route it now, or let it join the open contact that it continues."""

    contact_id: str
    ivr_path: tuple[str, ...]
    language: str
    attributes: tuple[Attribute, ...]
    continues_contact_id: str
    ready: bool


@record
class CustomerWrites:
    """A message in a conversation; if that has ended, `successor` is the contact that it becomes."""

    contact_id: str
    successor: str


@record
class CustomerLeaves:
    """The customer is gone."""

    contact_id: str


@record
class SettleReply:
    """What became of an agent's message."""

    contact_id: str
    outbound_id: str
    delivered: bool


@record
class ConnectCall:
    """The telephone of the agent who accepted that offer was answered: customer and agent are speaking."""

    contact_id: str
    offer_id: str


@record
class ReturnCall:
    """The telephone of the agent who accepted that offer was not answered: the call is for somebody else."""

    contact_id: str
    offer_id: str


@record
class Cancel:
    """Withdraw a contact that no agent has. `companies`: whose contacts the caller may touch; empty for all."""

    contact_id: str
    companies: tuple[str, ...] = ()


@record
class AttachAgent:
    """The agent's program is listening."""

    agent: str


@record
class DetachAgent:
    """The agent's program is gone, or its lease has run out."""

    agent: str


@record
class SetPresence:
    """OFFLINE, AVAILABLE or AWAY; NOT_RESPONDING is refused."""

    agent: str
    presence: Presence
    reason: str = ""


@record
class AcceptOffer:
    agent: str
    contact_id: str
    offer_id: str


@record
class DeclineOffer:
    agent: str
    contact_id: str
    offer_id: str


@record
class FinishConversation:
    """The agent ends the conversation; wrap-up begins."""

    agent: str
    contact_id: str


@record
class CompleteContact:
    """The agent ends the contact, from the conversation or from wrap-up, with one of its company's dispositions."""

    agent: str
    contact_id: str
    disposition: str


@record
class TransferContact:
    """The agent hands it on: to a queue of the same company (empty: its own), to a named agent first, for a skill."""

    agent: str
    contact_id: str
    queue: str
    to_agent: str = ""
    skills: tuple[SkillLevel, ...] = ()


@record
class Consult:
    """The agent asks a colleague about it and keeps it meanwhile; whom is said as in a transfer."""

    agent: str
    contact_id: str
    queue: str
    to_agent: str = ""
    skills: tuple[SkillLevel, ...] = ()


@record
class HandOver:
    """The agent gives it to the colleague who has accepted the consultation about it."""

    agent: str
    contact_id: str


@record
class EndConsultation:
    """The agent needs nobody's advice about it any more, and goes on alone."""

    agent: str
    contact_id: str


@record
class ActivatePlan:
    """Put a compiled plan in force; the core gives it its version."""

    plan: Plan


@record
class TimePassed:
    """Fire what is due. Match all: look at all that waits, after a decision that was left unfinished."""

    match_all: bool = False


@record
class ChangeOwner:
    """This router has taken the partition over."""


Command = (
    Arrive
    | Refine
    | CustomerWrites
    | CustomerLeaves
    | SettleReply
    | ConnectCall
    | ReturnCall
    | Cancel
    | AttachAgent
    | DetachAgent
    | SetPresence
    | AcceptOffer
    | DeclineOffer
    | FinishConversation
    | CompleteContact
    | TransferContact
    | Consult
    | HandOver
    | EndConsultation
    | ActivatePlan
    | TimePassed
    | ChangeOwner
)


class Refusal(StrEnum):
    """Why a command was refused."""

    NOT_FOUND = "not_found"
    NOT_NOW = "not_now"
    INVALID = "invalid"
    TOO_MANY = "too_many"
    REJECTED = "rejected"


@record
class Outcome:
    """The answer to a command: done (`refusal` is None), or refused with what, why and what to do. No private data."""

    refusal: Refusal | None = None
    detail: str = ""
    what_to_do: str = ""


DONE = Outcome()
