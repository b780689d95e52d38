"""The plan file as people write it: its parts, their names and their limits. docs/plan.md describes it.

The text below a key describes it to editors (plan.schema.json).
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from services.plan.address_model import AddressPart, fits_its_channel
from services.plan.caller_model import CustomerValuePart
from services.plan.compiled import Channel, Criterion, Policy
from services.plan.defects import Path
from services.plan.fields import (
    Caller,
    Day,
    Id,
    Names,
    OneOrMany,
    OpenSpan,
    OrOne,
    Part,
    Skills,
    Text,
    YesNo,
    one_or_many,
    refuse,
)
from services.plan.match_model import MatchPart, state_of_hours
from services.plan.menu_model import MenuPart, hours_with_closed
from services.plan.route_model import Route

WEIGHT_MAX = 100_000
ANNOUNCE_S_MIN = 10


class DispositionPart(Part):
    """What an agent can say became of a contact."""

    id: Id
    """Stands in figures."""
    name: Text
    """What agents read."""


class CompanyPart(Part):
    """One of the companies that the contact centre answers for."""

    id: Id
    """Stands in entry points, queues and agents."""
    name: Text
    """What people read."""
    addresses: tuple[Annotated[AddressPart, AfterValidator(fits_its_channel)], ...] = Field(default=(), max_length=1000)
    """Where customers reach it."""
    dispositions: tuple[DispositionPart, ...] = Field(
        default=(DispositionPart(id="done", name="Done"),), min_length=1, max_length=200
    )
    """What agents can say became of a contact; they can only end one with a disposition."""


class ChannelPart(Part):
    """What differs from the channel's defaults."""

    units: int | None = Field(default=None, ge=1, le=1000)
    """What a contact takes of its agent's units, from the offer until the end of wrap-up."""
    alone: YesNo | None = None
    """Nothing else beside it."""
    offer_s: int | None = Field(default=None, ge=5, le=3600)
    """How long an offer waits for an answer."""
    wrap_up_s: int | None = Field(default=None, ge=0, le=3600)
    """How long an agent may take afterwards."""
    interruptible: YesNo | None = None
    """In work it makes room for one that stands alone, and comes back after it."""


def _can_wait(part: ChannelPart) -> ChannelPart:
    if part.alone and part.interruptible:
        refuse("is alone and interruptible", "what makes room for a call can't stand alone: keep one of the two")
    return part


def _nobody_on_the_line(channels: dict[Channel, ChannelPart]) -> dict[Channel, ChannelPart]:
    for channel in (Channel.VOICE, Channel.CALLBACK):
        if channel in channels and channels[channel].interruptible:
            refuse(f"lets {channel} be interrupted", "somebody is on the line: take interruptible out")
    return channels


class DaysPart(Part):
    """Days with up to 4 spans each; a day that is left out is closed."""

    mon: OneOrMany[OpenSpan] = Field(default=(), max_length=4)
    """Monday."""
    tue: OneOrMany[OpenSpan] = Field(default=(), max_length=4)
    """Tuesday."""
    wed: OneOrMany[OpenSpan] = Field(default=(), max_length=4)
    """Wednesday."""
    thu: OneOrMany[OpenSpan] = Field(default=(), max_length=4)
    """Thursday."""
    fri: OneOrMany[OpenSpan] = Field(default=(), max_length=4)
    """Friday."""
    sat: OneOrMany[OpenSpan] = Field(default=(), max_length=4)
    """Saturday."""
    sun: OneOrMany[OpenSpan] = Field(default=(), max_length=4)
    """Sunday."""


def _open_some_time(days: DaysPart) -> DaysPart:
    if not days.model_fields_set:
        refuse("has no day", 'name the days on which it is open: mon: "09:00-17:00"')
    return days


class HoursPart(Part):
    """Opening hours, in the plan's time zone."""

    id: Id
    """Stands where hours are asked for."""
    days: Annotated[DaysPart, AfterValidator(_open_some_time)]
    """When it is open: "09:00-17:00"; past midnight "20:00-02:00"; to its end "09:00-24:00"."""
    holidays: Annotated[tuple[Day, ...], BeforeValidator(one_or_many), OrOne()] = Field(default=(), max_length=400)
    """Days on which it does not open: 2026-12-25."""


class SitePart(Part):
    """A centre with agents of its own."""

    id: Id
    """Stands in queues and agents."""
    hours: Id = ""
    """When it is open; left out: always."""


class UrgencyPart(Part):
    """The order among all that waits: who comes first is who has waited longest, with these added to the wait."""

    priority_s: int = Field(default=600, ge=0, le=86_400)
    """For each point of the route's priority."""
    value_s: int = Field(default=60, ge=0, le=86_400)
    """For each point of the customer's value."""
    by_deadline: YesNo = False
    """Count from the service-level target and not from the arrival."""
    depth_s: int = Field(default=0, ge=0, le=3600)
    """For each contact that waits in the same queue."""
    expected_wait_percent: int = Field(default=0, ge=0, le=1000)
    """So many per cent of the queue's expected wait."""


class ServiceLevelPart(Part):
    """So many per cent are answered within so many seconds."""

    percent: int = Field(default=80, ge=1, le=100)
    """Of the contacts."""
    within_s: Annotated[int, Field(ge=1, le=30 * 24 * 3600)] = 20
    """From their arrival in the queue."""


def _counts(weight: int) -> int:
    if weight == 0:
        refuse("counts for nothing", "take it out")
    return weight


Weight = Annotated[int, Field(ge=-WEIGHT_MAX, le=WEIGHT_MAX), AfterValidator(_counts)]


def _pause(seconds: int) -> int:
    if 0 < seconds < ANNOUNCE_S_MIN:
        refuse(f"is {seconds}", f"write {ANNOUNCE_S_MIN} or more: it takes some seconds to say; or 0 for never")
    return seconds


class QueuePart(Part):
    """Where contacts of one company wait."""

    id: Id
    """Stands in routes and figures."""
    company: Id
    """Whose contacts wait here."""
    name: Text = ""
    """What people read; left out: the id."""
    policy: Policy = Policy.LONGEST_IDLE
    """Who of those able gets a contact."""
    weights: dict[Criterion, Weight] = Field(default={}, min_length=1)
    """Of the policy weighted: what one of each criterion adds to an agent's score; the highest score is chosen."""
    groups: Names = Field(default=(), max_length=50)
    """Agents of any of these serve it; left out: all who serve the company."""
    site: Id = ""
    """Only agents of this site serve it; left out: of all."""
    sticky_s: int = Field(default=0, ge=0, le=24 * 3600)
    """How long whom a customer spoke with last has to take them before anybody else may; left out: not at all."""
    escalates_to: Id = ""
    """The queue that agents escalate to."""
    announce_every_s: Annotated[int, AfterValidator(_pause)] = Field(default=60, ge=0, le=3600)
    """How often callers who wait are told their place and the expected wait anew: 10 to 3600; 0: never."""
    service_level: ServiceLevelPart = ServiceLevelPart()
    """How many are answered how soon: 80 per cent in 20 seconds if left out."""
    hours: Id = ""
    """While these are closed, the clock of its mail, fax, letters and forms stands still."""


def _weights_of_policy(queue: QueuePart) -> QueuePart:
    if queue.weights and queue.policy is not Policy.WEIGHTED:
        refuse(f"has weights, but its policy is {queue.policy}", "write policy: weighted, or take weights out")
    if queue.policy is Policy.WEIGHTED and not queue.weights:
        refuse("is weighted without weights", "add weights: {proficiency: 60, idle_s: 1}, or choose another policy")
    return queue


class EntryPointPart(Part):
    """A rule: contacts that match go by the route. The first that matches decides."""

    id: Id
    """Stands in figures and reasons."""
    match: Annotated[MatchPart, AfterValidator(state_of_hours)]
    """What a contact must be; {} asks for nothing."""
    route: Route
    """Where it goes."""


class AgentPart(Part):
    """An agent: an id, never a name or an address."""

    id: Id
    """What the agent logs in with."""
    companies: OneOrMany[Id]
    """Whose contacts they take, and see."""
    skills: Skills = Field(default={})
    """Skill: level, 1 to 10."""
    groups: Names = Field(default=(), max_length=50)
    """Groups they are in."""
    units: int = Field(default=10, ge=1, le=1000)
    """How much they can have at once."""
    site: Id = ""
    """Where they work; left out: at no site."""
    tier: int = Field(default=1, ge=1, le=10)
    """1 is the first that customers come to; a weighted queue can go by it."""
    cost: int = Field(default=0, ge=0, le=1_000_000)
    """What an hour of theirs costs, in whatever you count in; a weighted queue can go by it."""


class PlanModel(Part):
    """A plan of Switchroom: who answers for what. docs/plan.md describes it."""

    format: Annotated[Literal["1"], WithJsonSchema({"enum": [1, "1"]})]
    """1."""
    tenant: Id
    """The id of the contact centre; that of your token."""
    time_zone: Text
    """Of opening hours and of the day that agents' figures are counted from: a name of the IANA list."""
    companies: tuple[CompanyPart, ...] = Field(min_length=1, max_length=100)
    """The companies that the contact centre answers for."""
    channels: Annotated[
        dict[Channel, Annotated[ChannelPart, AfterValidator(_can_wait)]], AfterValidator(_nobody_on_the_line)
    ] = Field(default={})
    """What differs from the channels' defaults."""
    hours: tuple[HoursPart, ...] = Field(default=(), max_length=20)
    """Opening hours."""
    sites: tuple[SitePart, ...] = Field(default=(), max_length=100)
    """Centres with agents of their own."""
    skills: Names = Field(default=(), max_length=500)
    """Every skill that the file uses."""
    groups: Names = Field(default=(), max_length=200)
    """Every group that the file uses."""
    menus: tuple[Annotated[MenuPart, AfterValidator(hours_with_closed)], ...] = Field(default=(), max_length=200)
    """What callers hear, and the keys they may press."""
    caller_lists: Annotated[
        dict[Id, Annotated[tuple[Caller, ...], BeforeValidator(one_or_many), Field(max_length=50_000), OrOne()]],
        Field(max_length=100),
    ] = Field(default={})
    """Name: numbers and mail addresses. Private: only keyed hashes of them leave the file."""
    customer_values: tuple[CustomerValuePart, ...] = Field(default=(), max_length=200)
    """What customers are worth; a caller of several classes has the highest value."""
    urgency: UrgencyPart = UrgencyPart()
    """The order among all that waits."""
    queues: tuple[Annotated[QueuePart, AfterValidator(_weights_of_policy)], ...] = Field(min_length=1, max_length=500)
    """Where contacts wait."""
    entry_points: tuple[EntryPointPart, ...] = Field(default=(), max_length=500)
    """The rules, in order."""
    default: Route
    """The route of what matches no entry point."""
    agents: tuple[AgentPart, ...] = Field(min_length=1, max_length=5000)
    """The roster."""
    away_reasons: Names = Field(default=(), max_length=50)
    """Ids that an agent going away can choose from."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan file that was read: its content, and the line of each value by its path."""

    content: PlanModel
    lines: dict[Path, int]
