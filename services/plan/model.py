"""The plan file as people write it: its parts, their names and their limits. docs/plan.md describes it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from services.plan.compiled import Channel, Direction, Policy
from services.plan.defects import Path
from services.plan.fields import (
    Caller,
    Country,
    Day,
    Domain,
    Id,
    Language,
    Level,
    OneOrMany,
    OpenSpan,
    Part,
    Prefix,
    Text,
    one_or_many,
    refuse,
)
from services.plan.menu_model import MenuPart, hours_with_closed

Skills = Annotated[dict[Id, Level], Field(max_length=50)]
Seconds = Annotated[int, Field(ge=1, le=3600)]
Names = Annotated[tuple[Id, ...], BeforeValidator(one_or_many)]


class AddressPart(Part):
    channel: Channel
    address: Caller
    language: Language = ""
    # What callers hear first.
    menu: Id = ""
    # When customers can be called back.
    hours: Id = ""


NUMBER = re.compile(r"\+?[0-9]{3,15}")
PAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
MAILBOX = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}")
NUMBERED = (Channel.VOICE, Channel.SMS, Channel.FAX, Channel.CALLBACK)
PAGES = (Channel.WEB_CHAT, Channel.WEB_FORM)


def _fits_its_channel(part: AddressPart) -> AddressPart:
    if part.channel in NUMBERED and NUMBER.fullmatch(part.address) is None:
        refuse("is not a number", "write it as it is dialled from abroad: +49 89 …")
    if part.channel is Channel.CALLBACK and not part.address.startswith("+"):
        refuse("is not a number that customers can be called from", "write it as it is dialled from abroad: +49 89 …")
    if part.channel in PAGES and PAGE.fullmatch(part.address) is None:
        refuse("is not the id of a page", "use up to 64 letters, digits, - and _: it becomes part of a web address")
    if part.channel is Channel.EMAIL and MAILBOX.fullmatch(part.address) is None:
        refuse("is not a mail address", "write somebody@example.com")
    if part.menu and part.channel is not Channel.VOICE:
        refuse("has a menu, but no callers to hear it", "only addresses of voice have a menu: take it out")
    if part.hours and part.channel is not Channel.CALLBACK:
        refuse("has hours, but nobody is called back from it", "only addresses of callback have hours: take them out")
    return part


class DispositionPart(Part):
    id: Id
    name: Text


class CompanyPart(Part):
    id: Id
    name: Text
    addresses: tuple[Annotated[AddressPart, AfterValidator(_fits_its_channel)], ...] = Field(
        default=(), max_length=1000
    )
    # An agent can only end a contact with a disposition.
    dispositions: tuple[DispositionPart, ...] = Field(
        default=(DispositionPart(id="done", name="Done"),), min_length=1, max_length=200
    )


class ChannelPart(Part):
    """What differs from the channel's defaults."""

    units: int | None = Field(default=None, ge=1, le=1000)
    alone: bool | None = None
    offer_s: int | None = Field(default=None, ge=5, le=3600)
    wrap_up_s: int | None = Field(default=None, ge=0, le=3600)


class DaysPart(Part):
    mon: OneOrMany[OpenSpan] = Field(default=(), max_length=4)
    tue: OneOrMany[OpenSpan] = Field(default=(), max_length=4)
    wed: OneOrMany[OpenSpan] = Field(default=(), max_length=4)
    thu: OneOrMany[OpenSpan] = Field(default=(), max_length=4)
    fri: OneOrMany[OpenSpan] = Field(default=(), max_length=4)
    sat: OneOrMany[OpenSpan] = Field(default=(), max_length=4)
    sun: OneOrMany[OpenSpan] = Field(default=(), max_length=4)


def _open_some_time(days: DaysPart) -> DaysPart:
    if not days.model_fields_set:
        refuse("has no day", 'name the days on which it is open: mon: "09:00-17:00"')
    return days


class HoursPart(Part):
    id: Id
    days: Annotated[DaysPart, AfterValidator(_open_some_time)]
    holidays: Annotated[tuple[Day, ...], BeforeValidator(one_or_many)] = Field(default=(), max_length=400)


class ServiceLevelPart(Part):
    """So many per cent are answered within so many seconds."""

    percent: int = Field(default=80, ge=1, le=100)
    within_s: Annotated[int, Field(ge=1, le=30 * 24 * 3600)] = 20


class QueuePart(Part):
    id: Id
    company: Id
    name: Text = ""
    policy: Policy = Policy.LONGEST_IDLE
    groups: Names = Field(default=(), max_length=50)
    service_level: ServiceLevelPart = ServiceLevelPart()
    hours: Id = ""


class CallerPart(Part):
    """A caller of any of these."""

    exact: OneOrMany[Caller] = ()
    prefix: OneOrMany[Prefix] = ()
    country: OneOrMany[Country] = ()
    domain: OneOrMany[Domain] = ()
    list: OneOrMany[Id] = ()


def _asks_something(caller: CallerPart) -> CallerPart:
    if not caller.model_fields_set:
        refuse("asks for nobody", "name exact, prefix, country, domain or list, or take caller out")
    return caller


class State(StrEnum):
    """Whether hours are open or closed."""

    OPEN = "open"
    CLOSED = "closed"


class MatchPart(Part):
    """What a contact must be; what is left out asks for nothing."""

    direction: OneOrMany[Direction] = ()
    channel: OneOrMany[Channel] = ()
    company: OneOrMany[Id] = ()
    dialed: OneOrMany[Caller] = ()
    caller: Annotated[CallerPart, AfterValidator(_asks_something)] | None = None
    ivr_path: OneOrMany[Id] = Field(default=(), max_length=8)
    language: OneOrMany[Language] = ()
    attributes: Annotated[dict[Id, OneOrMany[Text]], Field(min_length=1, max_length=20)] = Field(default={})
    hours: Id = ""
    state: State | None = None


def _state_of_hours(match: MatchPart) -> MatchPart:
    if match.state is not None and not match.hours:
        refuse("has a state without hours", "say which hours are meant, or take state out")
    return match


class RoutePart(Part):
    queue: Id
    skills: Skills = Field(default={})
    priority: int = Field(default=0, ge=-100, le=100)


class EntryPointPart(Part):
    id: Id
    match: Annotated[MatchPart, AfterValidator(_state_of_hours)]
    route: RoutePart


class AgentPart(Part):
    id: Id
    companies: OneOrMany[Id]
    skills: Skills = Field(default={})
    groups: Names = Field(default=(), max_length=50)
    units: int = Field(default=10, ge=1, le=1000)


class PlanModel(Part):
    """The whole file."""

    format: Literal["1"]
    tenant: Id
    time_zone: Text
    companies: tuple[CompanyPart, ...] = Field(min_length=1, max_length=100)
    channels: dict[Channel, ChannelPart] = Field(default={})
    hours: tuple[HoursPart, ...] = Field(default=(), max_length=20)
    skills: Names = Field(default=(), max_length=500)
    groups: Names = Field(default=(), max_length=200)
    menus: tuple[Annotated[MenuPart, AfterValidator(hours_with_closed)], ...] = Field(default=(), max_length=200)
    caller_lists: Annotated[
        dict[Id, Annotated[tuple[Caller, ...], BeforeValidator(one_or_many), Field(max_length=50_000)]],
        Field(max_length=100),
    ] = Field(default={})
    queues: tuple[QueuePart, ...] = Field(min_length=1, max_length=500)
    entry_points: tuple[EntryPointPart, ...] = Field(default=(), max_length=500)
    default: RoutePart
    agents: tuple[AgentPart, ...] = Field(min_length=1, max_length=5000)
    away_reasons: Names = Field(default=(), max_length=50)


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan file that was read: its content, and the line of each value by its path."""

    content: PlanModel
    lines: dict[Path, int]
