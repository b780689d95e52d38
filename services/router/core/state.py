"""What the router knows of one tenant: contacts, agents, the plan in force, and what it remembers.

Records are frozen; a change is a new record put in its table, by `apply` alone. `waiting`, `conversations`, `timers`
and the plan's tables are derived from the rest (`keep.py`) and are not in a snapshot.
"""

from dataclasses import dataclass
from enum import StrEnum

from services.plan.compiled import (
    AgentProfile,
    Attribute,
    Channel,
    ChannelRule,
    Company,
    Direction,
    Plan,
    Queue,
    SkillLevel,
)
from services.router.core.commands import Outcome
from services.router.core.events import ContactOutcome, Presence, Why
from services.router.core.table import Journal, Line, Table


class ContactStatus(StrEnum):
    """Where a contact is in its life. Exactly one at a time."""

    ARRIVED = "arrived"
    QUEUED = "queued"
    OFFERED = "offered"
    ACTIVE = "active"
    WRAP_UP = "wrap_up"
    ENDED = "ended"


ON_A_DESK = (ContactStatus.OFFERED, ContactStatus.ACTIVE, ContactStatus.WRAP_UP)


class TimerKind(StrEnum):
    """What a timer is for. Those that are due together fire in this order."""

    QUEUE_ANYWAY = "1_queue_anyway"
    KEPT_FROM = "2_kept_from"
    OFFER = "3_offer"
    WRAP_UP = "4_wrap_up"
    DETACHED = "5_detached"
    TAKE_BACK = "6_take_back"


@dataclass(frozen=True, slots=True)
class Pass:
    """An agent who passed a contact up or on; not offered it at all until `until_ms`, and as the last one from then on.

    `until_ms` is 0 once that time is over.
    """

    agent: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact. Empty strings and zeros mean that there is none."""

    id: str
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
    # How many contacts were accepted before it.
    order: int = 0
    status: ContactStatus = ContactStatus.ARRIVED
    queue: str = ""
    skills: tuple[SkillLevel, ...] = ()
    priority: int = 0
    entry_point: str = ""
    plan_version: int = 0
    queued_at_ms: int = 0
    agent: str = ""
    # How often it was offered.
    offers: int = 0
    offer_id: str = ""
    offered_at_ms: int = 0
    # Of its status: when it is queued anyway, when the offer or the wrap-up ends.
    deadline_ms: int = 0
    why: Why | None = None
    # A new owner found the offer live: when it lapses, nobody is to blame.
    carried: bool = False
    passed_by: tuple[Pass, ...] = ()
    # After a takeover: nobody else may be offered it before then.
    held_for: str = ""
    held_until_ms: int = 0
    messages: int = 0
    customer_left: bool = False
    outcome: ContactOutcome | None = None
    disposition: str = ""
    joined_contact_id: str = ""
    ended_at_ms: int = 0
    # Its number among the ended.
    ended_number: int = 0


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent of the roster, or one who left it (`retired`) and still has work to finish."""

    id: str
    profile: AgentProfile
    presence: Presence = Presence.OFFLINE
    reason: str = ""
    attached: bool = False
    # When the detachment began that still counts; 0 while attached.
    detached_at_ms: int = 0
    # The newest of: coming on duty, taking a contact, the last item leaving the desk.
    idle_since_ms: int = 0
    # The number of the newest offer to them, counted over the tenant.
    last_offer: int = 0
    items: tuple[str, ...] = ()
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Remembered:
    """An id, and the time that decides when it is dropped."""

    id: str
    at_ms: int


class TenantState:
    """All that the router knows of one tenant."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self._journal = journal = Journal()
        self.contacts: Table[str, Contact] = Table(journal)
        self.agents: Table[str, Agent] = Table(journal)
        # Contacts whose end was heard of before their arrival, with their number in `ended`.
        self.tombstones: Table[str, int] = Table(journal)
        # Ended contacts and tombstones with the time of the end, oldest first.
        self.ended: Line[Remembered] = Line(journal)
        self.answers: Table[str, Outcome] = Table(journal)
        # Command ids with the time until which their answer is kept.
        self.answered: Line[Remembered] = Line(journal)
        # Inbound event ids with their contact, and the way back.
        self.seen: Table[str, str] = Table(journal)
        self.seen_of: Table[str, tuple[str, ...]] = Table(journal)
        # Seen ids of contacts that were unknown then, with the time until which they are kept.
        self.strays: Line[Remembered] = Line(journal)
        # "accepted" and "offers": how many there have been.
        self.counts: Table[str, int] = Table(journal)
        self._plans: Table[str, Plan] = Table(journal)

        self.waiting: Table[str, str] = Table(journal)
        # The newest contact of each conversation that a customer has one of at a time.
        self.conversations: Table[tuple[Channel, str, str, str], str] = Table(journal)
        self.timers: Table[tuple[TimerKind, str], int] = Table(journal)
        self.companies: Table[str, Company] = Table(journal)
        self.queues: Table[str, Queue] = Table(journal)
        self.channels: Table[Channel, ChannelRule] = Table(journal)

    @property
    def plan(self) -> Plan | None:
        """The plan in force."""
        return self._plans.get("plan")

    def put_plan(self, plan: Plan) -> None:
        self._plans["plan"] = plan
        self.companies.replace_all({company.id: company for company in plan.companies})
        self.queues.replace_all({queue.id: queue for queue in plan.queues})
        self.channels.replace_all({rule.channel: rule for rule in plan.channels})

    def count(self, what: str) -> int:
        """Count one more; how many there were before."""
        before = self.counts.get(what) or 0
        self.counts[what] = before + 1
        return before

    def savepoint(self) -> int:
        """A mark to come back to. Savepoints nest."""
        return self._journal.savepoint()

    def rollback(self, mark: int) -> None:
        """Undo all changes since the mark, exactly; the mark and later ones are closed."""
        self._journal.rollback(mark)

    def forget(self, mark: int) -> None:
        """Close the mark and keep the changes."""
        self._journal.forget(mark)
