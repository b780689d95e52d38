"""Routing tests as people write them, in YAML beside the plan. docs/plan.md describes them.

The text below a key describes it to editors (services/plan/tests.schema.json), as it does in the plan's own model.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from services.plan.compiled import Channel, Direction, Diversion
from services.plan.fields import Caller, Id, Language, Names, OrOne, OrWord, Part, Skills, Text, one_or_many, refuse
from services.plan.schema import schema_of

WEEK_S = 7 * 24 * 3600
ACTS = (
    "arrives",
    "passes_s",
    "free",
    "comes",
    "goes",
    "accepts",
    "declines",
    "transfers",
    "asks",
    "hands_over",
    "takes_back",
    "leaves",
    "chooses_call_back",
)


def _moment(text: Any) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007  # the plan's own time zone is put to it
    except (TypeError, ValueError):
        refuse("is not a time", "write a day and a time in the plan's time zone: 2026-11-23 10:00")


Moment = Annotated[
    datetime,
    PlainValidator(_moment),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2} [0-9]{1,2}:[0-9]{1,2}$"}),
]


class Given(StrEnum):
    """What an agent of a test does at its beginning."""

    AVAILABLE = "available"
    AWAY = "away"


class HeldPart(Part):
    """A contact that an agent has."""

    channel: Channel
    """The medium."""
    contact: Id = ""
    """To speak of it."""
    company: Id = ""
    """Left out: the first that the agent serves."""


def _held(value: Any) -> Any:
    return [{"channel": each} if isinstance(each, str) else each for each in one_or_many(value)]


class OnDutyPart(Part):
    """An agent at the beginning of a test. Agents who are not named are not on duty."""

    presence: Given = Given.AVAILABLE
    """available or away."""
    idle_s: int = Field(default=60, ge=0, le=WEEK_S)
    """How long they have been so, without a new contact."""
    holds: Annotated[
        tuple[Annotated[HeldPart, OrWord(Channel)], ...], BeforeValidator(_held), Field(max_length=100), OrOne()
    ] = ()
    """What they have: channels, or contacts."""


def _on_duty(value: Any) -> Any:
    return {"presence": value} if isinstance(value, str) else value


class ContactPart(Part):
    """A contact."""

    contact: Id
    """To speak of it."""
    channel: Channel
    """The medium."""
    dialed: Caller = ""
    """Left out: the company's first address of the channel."""
    company: Id = ""
    """Left out: whose address was dialed."""
    direction: Direction = Direction.INBOUND
    """Who began it."""
    caller: Caller = ""
    """Number or mail address of the customer."""
    language: Language = ""
    """Left out: that of the address."""
    ivr_path: Names = ()
    """The way taken through a menu."""
    attributes: dict[Id, Text] = Field(default={}, max_length=20)
    """Name: value."""
    spoke_with: Id = ""
    """The agent whom the customer spoke with last, an hour before."""


class WaitingPart(ContactPart):
    """A contact that waits at the beginning of a test."""

    waited_s: int = Field(default=60, ge=0, le=WEEK_S)
    """How long."""


class OnwardPart(Part):
    """A contact that is handed on, or asked about, and to whom."""

    contact: Id
    """Which."""
    agent: Id = ""
    """Who does it; left out: who has the contact."""
    queue: Id = ""
    """To whoever serves this queue; left out: the contact's own."""
    to_agent: Id = ""
    """To this colleague."""
    skills: Skills = Field(default={})
    """To whoever has these skills."""


def _to_somebody(part: OnwardPart) -> OnwardPart:
    if not (part.queue or part.to_agent or part.skills):
        refuse("does not say to whom", "say queue, to_agent or skills")
    return part


Onward = Annotated[OnwardPart, AfterValidator(_to_somebody)]


class ActPart(Part):
    """One thing that happens."""

    arrives: ContactPart | None = None
    """A contact."""
    passes_s: int = Field(default=0, ge=1, le=WEEK_S)
    """Seconds."""
    free: Id = ""
    """This agent ends all that they have."""
    comes: Id = ""
    """This agent comes on duty."""
    goes: Id = ""
    """This agent goes away."""
    accepts: Id = ""
    """This contact's offer is accepted."""
    declines: Id = ""
    """This contact's offer is declined."""
    transfers: Onward | None = None
    """An agent hands a contact on, and it waits again."""
    asks: Onward | None = None
    """An agent asks a colleague about a contact and keeps it meanwhile: what is asked is CONTACT-consultation."""
    hands_over: Id = ""
    """Whoever has this contact gives it to the colleague who has accepted the consultation about it."""
    takes_back: Id = ""
    """Whoever has this contact ends the consultation about it and goes on alone."""
    leaves: Id = ""
    """This contact's customer is gone."""
    chooses_call_back: Id = ""
    """The caller of this contact takes the call-back that was offered: it is CONTACT-call-back, at the same place."""


def _one_act(act: ActPart) -> ActPart:
    if len(act.model_fields_set) != 1:
        refuse(f"says {len(act.model_fields_set)} things", f"write one of {', '.join(ACTS)} in each entry")
    return act


class ExpectedPart(Part):
    """What must have become of a contact; what is left out may be anything."""

    agent: Id = ""
    """Who has it, or is offered it."""
    waits_in: Id = ""
    """The queue that it waits in."""
    ended: Text = ""
    """What became of it: completed, abandoned, diverted …."""
    diverted: Diversion | None = None
    """Where it was sent: voicemail, third_party or message."""
    said: Text = ""
    """A part of the message that ended it, in its words."""
    entry_point: Id = ""
    """The one that it came by, or default."""
    queue: Id = ""
    """Its queue, whether it waits or not."""
    priority: int | None = Field(default=None, ge=-100, le=100)
    """Its priority."""
    skills: Skills | None = None
    """The skills that it asks for."""
    steps: Annotated[tuple[int, ...], BeforeValidator(one_or_many), OrOne()] | None = None
    """The steps of its route that were taken, counted from 1, in that order."""
    asked: Annotated[Names, Field(max_length=100)] | None = None
    """The colleagues who were asked about it, in that order; each for whom a consultation about it rang."""
    told: int | None = Field(default=None, ge=0)
    """How often the customer was told position and wait."""
    why: Text = ""
    """A part of the reason, in its words."""


def _something(expected: ExpectedPart) -> ExpectedPart:
    if not expected.model_fields_set:
        refuse("expects nothing", "say agent, waits_in or ended")
    if len([name for name in ("agent", "waits_in", "ended") if getattr(expected, name)]) > 1:
        refuse("expects two things at once", "keep one of agent, waits_in and ended")
    if expected.why and not expected.agent:
        refuse("asks why of nobody", "say which agent, too")
    return expected


class CasePart(Part):
    """A test: what is given, what happens, and what must have become of it."""

    name: Text
    """A sentence."""
    at: Moment | None = None
    """When it begins, if not when the others do."""
    agents: dict[Id, Annotated[OnDutyPart, BeforeValidator(_on_duty), OrWord(Given)]] = Field(
        default={}, max_length=1000
    )
    """Who is on duty."""
    waiting: tuple[WaitingPart, ...] = Field(default=(), max_length=1000)
    """What waits, in any order."""
    when: tuple[Annotated[ActPart, AfterValidator(_one_act)], ...] = Field(min_length=1, max_length=1000)
    """What happens, in this order."""
    then: dict[Id, Annotated[ExpectedPart, AfterValidator(_something)]] = Field(min_length=1)
    """Contact: what must have become of it."""


class CasesModel(Part):
    """The whole file."""

    at: Moment
    """When the tests begin, in the plan's time zone."""
    tests: Annotated[tuple[CasePart, ...], BeforeValidator(one_or_many), Field(min_length=1, max_length=1000)]
    """The tests; each stands for itself."""


def schema() -> dict[str, Any]:
    """The JSON schema of such files, for editors."""
    return schema_of(CasesModel, "Routing tests of a plan of Switchroom")
