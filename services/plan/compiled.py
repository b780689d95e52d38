"""The compiled plan: what the router goes by, as plain frozen values.

Field for field the message of the same name in protos/switchroom/v1/plan.proto, where each field is described. Times
are in ms since 1970 UTC, durations in ms.
"""

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """The medium a contact came by."""

    VOICE = "voice"
    EMAIL = "email"
    SMS = "sms"
    FAX = "fax"
    LETTER = "letter"
    WEB_CHAT = "web_chat"
    WEB_FORM = "web_form"
    CALLBACK = "callback"


class Direction(StrEnum):
    """Who began a contact."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Policy(StrEnum):
    """How a queue picks among the agents who are able to take a contact."""

    SKILL_BASED = "skill_based"
    MOST_PROFICIENT = "most_proficient"
    LONGEST_IDLE = "longest_idle"
    ROUND_ROBIN = "round_robin"


@dataclass(frozen=True, slots=True)
class SkillLevel:
    """A skill with a level of 1 to 10: the least that will do, or what an agent has."""

    skill: str
    level: int


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name with a value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where customers reach a company: a dialed number, a mailbox, a page."""

    channel: Channel
    address: str
    language: str = ""
    menu: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Disposition:
    """What an agent can say became of a contact."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Company:
    """One of the companies that the tenant answers for."""

    id: str
    name: str
    addresses: tuple[Address, ...] = ()
    dispositions: tuple[Disposition, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """What a contact of the channel costs an agent, and how long offers and wrap-up last."""

    channel: Channel
    units: int
    alone: bool
    offer_ms: int
    wrap_up_ms: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """Text to be spoken in a language, or a recording to be played."""

    language: str
    text: str = ""
    audio_url: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a key stands for: a step of the IVR path, and the menu that follows ("": the caller is queued)."""

    key: str
    id: str
    menu: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """What callers hear and may press. While its hours are closed they hear `closed_prompts`, and the call ends."""

    id: str
    company: str
    prompts: tuple[Prompt, ...]
    choices: tuple[Choice, ...]
    hours: str = ""
    closed_prompts: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """From (included) until (excluded)."""

    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours as sorted intervals that do not touch; nothing is known from known_until_ms on."""

    id: str
    open: tuple[Interval, ...]
    known_until_ms: int


@dataclass(frozen=True, slots=True)
class Queue:
    """Where contacts of one company wait, and who serves them (no groups: all who serve the company)."""

    id: str
    company: str
    name: str
    policy: Policy
    groups: tuple[str, ...] = ()
    service_level_percent: int = 80
    service_level_ms: int = 20_000
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """What a contact must be. An empty field asks for nothing."""

    directions: tuple[Direction, ...] = ()
    channels: tuple[Channel, ...] = ()
    companies: tuple[str, ...] = ()
    dialed: tuple[str, ...] = ()
    caller_classes: tuple[str, ...] = ()
    ivr_path: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    hours: str = ""
    while_open: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """Where a contact goes and whom it needs there. Skills are sorted by name."""

    queue: str
    skills: tuple[SkillLevel, ...] = ()
    priority: int = 0


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A rule: a contact that matches takes the route."""

    id: str
    match: Match
    route: Route


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """An agent to the router: an id, never a name or an address. Skills are sorted by name."""

    id: str
    skills: tuple[SkillLevel, ...]
    units: int
    groups: tuple[str, ...]
    companies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallerPrefix:
    """A class of callers by how their number begins, or by the domain of their address ("@example.com")."""

    caller_class: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A tenant's routing configuration, checked and compiled. Version 0 is a plan that was never activated."""

    tenant: str
    version: int
    time_zone: str
    companies: tuple[Company, ...]
    channels: tuple[ChannelRule, ...]
    hours: tuple[Hours, ...]
    queues: tuple[Queue, ...]
    entry_points: tuple[EntryPoint, ...]
    default_route: Route
    agents: tuple[AgentProfile, ...]
    caller_prefixes: tuple[CallerPrefix, ...] = ()
    private_blob: str = ""
    away_reasons: tuple[str, ...] = ()
    menus: tuple[Menu, ...] = ()
