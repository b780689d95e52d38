"""The compiled plan: what the router goes by, as plain frozen values.

Field for field the message of the same name in protos/switchroom/v1/plan.proto, where each field is described. Times
are in ms since 1970 UTC, durations in ms.
"""

from dataclasses import dataclass
from enum import StrEnum

# Points of priority that a contact has at most, by its route and its steps together.
PRIORITY_MAX = 100
# Of so many that wait in a queue each counts for the urgency of all of them.
DEPTH_MAX = 1000


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
    VOICEMAIL = "voicemail"


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
    LEAST_RESPONSE_TIME = "least_response_time"
    FEWEST_ANSWERED = "fewest_answered"
    WEIGHTED = "weighted"


class Criterion(StrEnum):
    """What a weighted policy can go by; each is a number of the agent, as of their last change of state."""

    # Levels in the skills that the contact asks for, added up; in all skills where it asks for none.
    PROFICIENCY = "proficiency"
    # Seconds without a new contact.
    IDLE_S = "idle_s"
    # Contacts accepted today.
    ANSWERED = "answered"
    # Seconds from an offer to its accept, a moving mean.
    RESPONSE_S = "response_s"
    # Per cent of today's time on duty with something on the desk.
    OCCUPANCY = "occupancy"
    # Units taken.
    LOAD = "load"
    # As the plan says.
    TIER = "tier"
    COST = "cost"


class SpreadBy(StrEnum):
    """How an entry point spreads contacts over queues before they wait."""

    SHARE = "share"
    EXPECTED_WAIT = "expected_wait"


class Diversion(StrEnum):
    """Where a contact goes that no agent of ours takes."""

    VOICEMAIL = "voicemail"
    THIRD_PARTY = "third_party"
    MESSAGE = "message"


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
    """What a contact of the channel costs an agent, and how long offers and wrap-up last.

    An interruptible one that is in work makes room for one that stands alone, and comes back after it.
    """

    channel: Channel
    units: int
    alone: bool
    offer_ms: int
    wrap_up_ms: int
    interruptible: bool = False


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
class Weight:
    """What one of a criterion adds to an agent's score; the highest score is chosen."""

    criterion: Criterion
    weight: int


@dataclass(frozen=True, slots=True)
class Site:
    """A centre with agents of its own. Without hours it is always open."""

    id: str
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Urgency:
    """The order among all that waits, in ms of waiting: who comes first is who has waited longest by this count.

    A point of priority counts for `priority_ms`, a point of customer value for `value_ms`, each that waits in the queue
    for `depth_ms`, and the queue's expected wait for so many thousandths of itself. By deadline: time counts from the
    service-level target and not from the arrival.
    """

    priority_ms: int = 600_000
    value_ms: int = 60_000
    by_deadline: bool = False
    depth_ms: int = 0
    expected_wait_permille: int = 0


@dataclass(frozen=True, slots=True)
class CallerValue:
    """The value of a class of callers; a caller of several has the highest."""

    caller_class: str
    value: int


@dataclass(frozen=True, slots=True)
class Queue:
    """Where contacts of one company wait, and who serves them.

    No groups: all who serve the company. With a site: only agents of that site. Whom a customer spoke with last has
    `sticky_ms` to take them before anybody else may. Weights: of the weighted policy. Callers who wait are told their
    place anew `announce_every_ms` after they were told last; 0 for never.
    """

    id: str
    company: str
    name: str
    policy: Policy
    groups: tuple[str, ...] = ()
    service_level_percent: int = 80
    service_level_ms: int = 20_000
    hours: str = ""
    weights: tuple[Weight, ...] = ()
    sticky_ms: int = 0
    site: str = ""
    escalates_to: str = ""
    announce_every_ms: int = 0


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
class Step:
    """What is tried when a contact has waited. All conditions must hold; 0, empty and False ask for nothing.

    Conditions are looked at when `after_ms` has passed since the contact was routed, and from then on whenever anything
    happens in its queue. A step is taken once; one that tells is repeated every `every_ms`.
    """

    after_ms: int = 0
    depth_over: int = 0
    expected_wait_over_ms: int = 0
    service_level_under: int = 0
    nobody_on_duty: bool = False

    # New least levels of skills that the contact asks for, and those it asks for no more.
    skills: tuple[SkillLevel, ...] = ()
    drop_skills: tuple[str, ...] = ()
    add_groups: tuple[str, ...] = ()
    raise_priority: int = 0
    tell: bool = False
    every_ms: int = 0
    offer_callback: bool = False
    queue: str = ""
    divert: Diversion | None = None
    # Of a third party: number or address. Of a message: its text, in the first of its languages.
    divert_to: str = ""
    # Of a message that says its languages: one for each. The first is for all others.
    messages: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """A queue of a spread, and how many parts of all contacts it gets."""

    queue: str
    share: int = 1


@dataclass(frozen=True, slots=True)
class Route:
    """Where a contact goes and whom it needs there. Skills are sorted by name.

    With a spread the queue is chosen among several: those of closed sites, and those that nobody on duty serves, are
    left out while there are others; if there are none, it is `queue`. A named agent has `patience_ms` to take it.
    """

    queue: str
    skills: tuple[SkillLevel, ...] = ()
    priority: int = 0
    steps: tuple[Step, ...] = ()
    spread: tuple[Share, ...] = ()
    # None: by share.
    spread_by: SpreadBy | None = None
    agent: str = ""
    patience_ms: int = 0


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
    site: str = ""
    tier: int = 1
    cost: int = 0


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
    # None, in plans of before there was one: the usual.
    urgency: Urgency | None = None
    caller_values: tuple[CallerValue, ...] = ()
    sites: tuple[Site, ...] = ()
    # When each day begins in the plan's time zone; what agents did "today" is counted from there.
    days_ms: tuple[int, ...] = ()
