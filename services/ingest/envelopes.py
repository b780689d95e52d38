"""What ingest says and hears: the records of contacts.inbound and contacts.outbound, as plain frozen values.

Field for field the messages of protos/switchroom/v1/inbound.proto, where each field is described.
"""

from dataclasses import dataclass
from enum import StrEnum

from services.plan.compiled import Attribute, Channel, Direction


class LeftReason(StrEnum):
    """Why a customer is gone."""

    CUSTOMER = "customer"
    CONNECTION_LOST = "connection_lost"
    EXPIRED = "expired"
    NOT_REACHED = "not_reached"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message, in the blob store."""

    name: str
    media_type: str
    size_bytes: int
    blob: str


@dataclass(frozen=True, slots=True)
class Content:
    """What was said. Private."""

    subject: str = ""
    text: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    raw_blob: str = ""
    mail_message_id: str = ""
    mail_references: tuple[str, ...] = ()
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A customer made contact."""

    channel: Channel
    direction: Direction = Direction.INBOUND
    dialed: str = ""
    caller: str = ""
    ivr_path: tuple[str, ...] = ()
    language: str = ""
    attributes: tuple[Attribute, ...] = ()
    ready: bool = True
    previous_contact_id: str = ""
    message: Content | None = None
    caller_name: str = ""
    queue_at_ms: int = 0
    keeps_place_of: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """More became known of a contact."""

    ivr_path: tuple[str, ...] = ()
    language: str = ""
    attributes: tuple[Attribute, ...] = ()
    ready: bool = False
    continues_contact_id: str = ""
    message: Content | None = None
    unreadable_because: str = ""


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """The customer said more in an open conversation."""

    message: Content
    successor_contact_id: str


@dataclass(frozen=True, slots=True)
class Left:
    """The customer is gone."""

    reason: LeftReason


@dataclass(frozen=True, slots=True)
class Delivered:
    """What an agent sent has reached the customer's end; or what nobody sent, but a route."""

    outbound_id: str
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """What an agent sent will not reach the customer; `why` holds nothing private."""

    outbound_id: str
    why: str
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """Customer and agent are speaking."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class CallUnanswered:
    """The agent's telephone was not answered; `why` holds nothing private."""

    offer_id: str
    why: str


What = Arrived | Changed | MessageAdded | Left | Delivered | Failed | CallAnswered | CallUnanswered


@dataclass(frozen=True, slots=True)
class Envelope:
    """One thing that happened outside; delivered twice, it carries the same event id."""

    event_id: str
    tenant: str
    company: str
    contact_id: str
    seen_at_ms: int
    what: What


@dataclass(frozen=True, slots=True)
class Connect:
    """An agent has accepted a call: put it through. `agent_address` is "" where nobody knows their telephone.

    `about`: it is a consultation about that call, and its agent is to be connected with the one who asks.
    """

    offer_id: str
    agent_address: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What an agent says to a customer, or does (`connect`). `from_` is where the contact was sent to.

    Automatic: nobody wrote it, but a step of the contact's route has the customer told.
    """

    event_id: str
    tenant: str
    company: str
    contact_id: str
    channel: Channel
    agent: str
    to: str
    from_: str
    message: Content
    written_at_ms: int
    connect: Connect | None = None
    automatic: bool = False


def settled(outgoing: Outgoing, *, delivered: bool, why: str = "") -> Delivered | Failed:
    """What became of it, and why if it was not delivered."""
    if delivered:
        return Delivered(outgoing.event_id, outgoing.automatic)
    return Failed(outgoing.event_id, why, outgoing.automatic)
