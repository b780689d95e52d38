"""What the router takes from contacts.inbound: the facts that routing needs, and none of the content."""

from dataclasses import dataclass

from services.plan.compiled import Attribute, Channel, Direction


@dataclass(frozen=True, slots=True)
class Arrived:
    """A customer made contact. `caller` is private: it goes no further than the facts worked out from it."""

    channel: Channel
    direction: Direction
    dialed: str
    caller: str
    ivr_path: tuple[str, ...]
    language: str
    attributes: tuple[Attribute, ...]
    ready: bool
    previous_contact_id: str
    queue_at_ms: int = 0
    keeps_place_of: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """More became known of a contact."""

    ivr_path: tuple[str, ...]
    language: str
    attributes: tuple[Attribute, ...]
    ready: bool
    continues_contact_id: str


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """The customer wrote again."""

    successor_contact_id: str


@dataclass(frozen=True, slots=True)
class Left:
    """The customer is gone."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an agent's message."""

    outbound_id: str
    delivered: bool


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """Customer and agent are speaking."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class CallUnanswered:
    """The agent's telephone was not answered."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class UpgradeFinished:
    """An operator says that every process reads that format by now. Of the whole system, so it has no envelope."""

    format: int


What = Arrived | Changed | MessageAdded | Left | Settled | CallAnswered | CallUnanswered


@dataclass(frozen=True, slots=True)
class Envelope:
    """One thing that happened outside; its `event_id` makes a redelivery recognisable."""

    event_id: str
    tenant: str
    company: str
    contact_id: str
    what: What
