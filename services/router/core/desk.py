"""What is on an agent's desk, and what it takes of the agent's capacity."""

from typing import NamedTuple

from services.plan.compiled import Channel, ChannelRule
from services.router.core import limits
from services.router.core.events import AVAILABLE
from services.router.core.records import ACTIVE, OFFERED, Agent, Contact
from services.router.core.tables import Tables


class _Held(NamedTuple):
    """What takes room on a desk: how many items, of how many units, and whether one of all stands alone."""

    items: int
    units: int
    alone: bool


def rule_of(state: Tables, channel: Channel) -> ChannelRule:
    """The plan's rule for the channel, or a careful one where the plan has none."""
    rule = state.channels.get(channel)
    if rule is not None:
        return rule
    return ChannelRule(channel, units=1, alone=channel in limits.CALLS, offer_ms=20_000, wrap_up_ms=60_000)


def items_of(state: Tables, agent: Agent) -> tuple[Contact, ...]:
    """The contacts on the agent's desk, in the order in which they were offered."""
    contacts = state.contacts
    return tuple([contacts[contact_id] for contact_id in agent.items])


def offers_to(state: Tables, agent: Agent) -> tuple[Contact, ...]:
    return tuple(item for item in items_of(state, agent) if item.status is OFFERED)


def to_take_back(state: Tables, agent: Agent) -> tuple[Contact, ...]:
    """What returns to its queue when the agent stays away for good: conversations that are no calls."""
    return tuple(item for item in items_of(state, agent) if item.status is ACTIVE and item.channel not in limits.CALLS)


def load(state: Tables, agent: Agent) -> int:
    """The units that offers, conversations and wrap-up take of the agent; what is interrupted takes none."""
    return _held(state, agent).units


def is_interruptible(state: Tables, item: Contact) -> bool:
    """Whether the item, in work or wrap-up, makes room for one that stands alone."""
    return item.status is not OFFERED and rule_of(state, item.channel).interruptible


def has_room(state: Tables, agent: Agent, units: int, alone: bool) -> bool:
    """Whether one more contact of so many units fits on the desk."""
    if not agent.items:
        return units <= agent.profile.units
    if alone:
        interrupts = all(is_interruptible(state, item) for item in items_of(state, agent))
        return interrupts and units <= agent.profile.units
    held = _held(state, agent)
    return not held.alone and held.units + units <= agent.profile.units


def is_overfull(state: Tables, agent: Agent) -> bool:
    """Whether the desk holds more than the rules allow: only a plan that lowered them can bring that about."""
    held = _held(state, agent)
    return (held.alone and held.items > 1) or held.units > agent.profile.units


def idle_since_ms(state: Tables, agent: Agent) -> int:
    """Since when the agent has had nothing new. An open offer counts as new until it ends without an accept."""
    since_ms = agent.idle_since_ms
    for contact_id in agent.items:
        item = state.contacts[contact_id]
        if item.status is OFFERED and item.course.offered_at_ms > since_ms:
            since_ms = item.course.offered_at_ms
    return since_ms


def only_for(state: Tables, contact: Contact) -> str:
    """The one agent who may be offered it for now, or "": whoever is preferred only while they are available."""
    course = contact.course
    if course.held_until_ms:
        return course.held_for
    if course.about and course.preferred:
        return course.preferred  # whoever asks a certain colleague asks nobody else
    preferred = state.agents.get(course.preferred) if course.preferred_until_ms else None
    return preferred.id if preferred is not None and preferred.presence is AVAILABLE else ""


def is_on_duty(agent: Agent) -> bool:
    """Whether the agent may be offered something at all, if there is room."""
    return agent.attached and agent.presence is AVAILABLE and not agent.retired


def _held(state: Tables, agent: Agent) -> _Held:
    """What takes room on the desk now: beside what stands alone, what it has interrupted takes none."""
    units = 0
    for item_id in agent.items:
        rule = rule_of(state, state.contacts[item_id].errand.channel)
        if rule.alone:
            return _held_beside_what_stands_alone(state, agent)
        units += rule.units
    return _Held(len(agent.items), units, False)


def _held_beside_what_stands_alone(state: Tables, agent: Agent) -> _Held:
    staying = [item for item in items_of(state, agent) if not is_interruptible(state, item)]
    return _Held(len(staying), sum(rule_of(state, item.channel).units for item in staying), True)
