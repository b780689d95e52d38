"""The records of the state: a contact, an agent, and what stands in their fields."""

from collections.abc import Mapping
from enum import StrEnum

from services.plan.compiled import AgentProfile, Attribute, Channel, Direction, SkillLevel
from services.router.core.events import ContactOutcome, Presence, Why
from services.router.core.record import record
from services.router.core.record_of_parts import held_as_one, nothing_in, part, record_of_parts, shared_part


class ContactStatus(StrEnum):
    """Where a contact is in its life. Exactly one at a time."""

    ARRIVED = "arrived"
    QUEUED = "queued"
    OFFERED = "offered"
    ACTIVE = "active"
    WRAP_UP = "wrap_up"
    ENDED = "ended"


# By themselves, for whoever asks often: to look one up in its class takes thirty times as long.
ARRIVED, QUEUED, OFFERED, ACTIVE, WRAP_UP, ENDED = ContactStatus
ON_A_DESK = (OFFERED, ACTIVE, WRAP_UP)


class TimerKind(StrEnum):
    """What a timer is for. Those that are due together fire in this order."""

    CONSULTATION = "0_consultation"
    QUEUE_ANYWAY = "1_queue_anyway"
    KEPT_FROM = "2_kept_from"
    OFFER = "3_offer"
    WRAP_UP = "4_wrap_up"
    DETACHED = "5_detached"
    TAKE_BACK = "6_take_back"
    STEP = "7_step"


# All others are contacts'.
AGENT_TIMERS = (TimerKind.DETACHED, TimerKind.TAKE_BACK)
# When each timer of a contact or an agent is due.
Armed = Mapping[TimerKind, int]


@record
class Pass:
    """An agent who passed a contact up or on; not offered it at all until `until_ms`, and as the last one from then on.

    `until_ms` is 0 once that time is over.
    """

    agent: str
    until_ms: int


@shared_part
class Errand:
    """What a contact came for and which way it was sent: much the same for all that call one number and wait."""

    company: str
    channel: Channel
    direction: Direction
    dialed: str
    caller_classes: tuple[str, ...]
    ivr_path: tuple[str, ...]
    language: str
    attributes: tuple[Attribute, ...]
    previous_contact_id: str
    queue: str = ""
    skills: tuple[SkillLevel, ...] = ()
    priority: int = 0
    # Points for the customer's value.
    value: int = 0
    # Groups that may take it beside those of its queue.
    groups: tuple[str, ...] = ()
    entry_point: str = ""
    plan_version: int = 0
    # Steps of its route that were taken, in that order, and those whose time has come but not their other conditions.
    steps_taken: tuple[int, ...] = ()
    steps_open: tuple[int, ...] = ()


@part
class Course:
    """What happened to it beyond waiting its turn, which of most that wait is nothing."""

    # Of its status: when it is queued anyway, when the offer or the wrap-up ends.
    deadline_ms: int = 0
    # Whose place in the queue it took over; then `arrived_at_ms` is that one's.
    keeps_place_of: str = ""
    # Nobody else may be offered it before then.
    preferred: str = ""
    preferred_until_ms: int = 0
    agent: str = ""
    # How often it was offered.
    offers: int = 0
    offer_id: str = ""
    offered_at_ms: int = 0
    # When its agent accepted it.
    accepted_at_ms: int = 0
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
    # Of a consultation: the contact that it is about.
    about: str = ""
    # The open consultation about it.
    consultation: str = ""
    ended_at_ms: int = 0
    # Its number among the ended.
    ended_number: int = 0


@record_of_parts
class Contact(Errand, Course):
    """A contact. Empty strings and zeros mean that there is none.

    What is its own stands here, and what it has in common with others in its parts. Their fields are read as its own;
    `contact.errand.queue` says the same as `contact.queue` and is quicker.
    """

    id: str
    customer: str
    arrived_at_ms: int
    # How many contacts were accepted before it.
    order: int = 0
    status: ContactStatus = ARRIVED
    queued_at_ms: int = 0
    # When its entry point sent it on its way; steps count from here.
    routed_at_ms: int = 0
    told_at_ms: int = 0
    # What its customer could expect when it was queued; 0 where nobody could tell.
    expected_wait_ms: int = 0
    expected_wait_p90_ms: int = 0
    errand: Errand = held_as_one()
    course: Course = held_as_one()


# The course of all contacts that nothing has happened to: one and the same, and so told by `is`.
NOTHING_HAPPENED = nothing_in(Course)


@record
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
    # Accepted on the day that began at `day_ms`, and the moving mean from an offer to its accept.
    answered: int = 0
    response_ms: int = 0
    day_ms: int = 0
    # On that day until `figures_at_ms`: time on duty, and of that the time with something on the desk.
    duty_ms: int = 0
    busy_ms: int = 0
    figures_at_ms: int = 0
    items: tuple[str, ...] = ()
    retired: bool = False


@record
class Remembered:
    """An id, and the time that decides when it is dropped."""

    id: str
    at_ms: int


@record
class QueueFigures:
    """What a queue has been like lately: moving figures, each new contact counts for a part."""

    # From accept to end.
    handling_ms: int = 0
    # Of a million, how many were accepted within the service level.
    on_time_ppm: int = 1_000_000
    # What the formula's estimates are multiplied with, in millionths, so that half and nine tenths wait less.
    median_ppm: int = 1_000_000
    ninetieth_ppm: int = 1_000_000
