"""What is on an agent's desk, and what it takes of the agent's capacity."""

from services.plan.compiled import Channel, ChannelRule
from services.router.core import limits
from services.router.core.events import Presence
from services.router.core.state import Agent, Contact, ContactStatus, TenantState


def rule_of(state: TenantState, channel: Channel) -> ChannelRule:
    """The plan's rule for the channel, or a careful one where the plan has none."""
    rule = state.channels.get(channel)
    if rule is not None:
        return rule
    return ChannelRule(channel, units=1, alone=channel in limits.CALLS, offer_ms=20_000, wrap_up_ms=60_000)


def items_of(state: TenantState, agent: Agent) -> tuple[Contact, ...]:
    """The contacts on the agent's desk, in the order in which they were offered."""
    return tuple(state.contacts[contact_id] for contact_id in agent.items)


def offers_to(state: TenantState, agent: Agent) -> tuple[Contact, ...]:
    return tuple(item for item in items_of(state, agent) if item.status is ContactStatus.OFFERED)


def to_take_back(state: TenantState, agent: Agent) -> tuple[Contact, ...]:
    """What returns to its queue when the agent stays away for good: conversations that are no calls."""
    return tuple(
        item
        for item in items_of(state, agent)
        if item.status is ContactStatus.ACTIVE and item.channel not in limits.CALLS
    )


def load(state: TenantState, agent: Agent) -> int:
    """The units that offers, conversations and wrap-up take of the agent."""
    return sum(rule_of(state, item.channel).units for item in items_of(state, agent))


def has_room(state: TenantState, agent: Agent, channel: Channel) -> bool:
    """Whether one more contact of the channel fits on the desk."""
    rule = rule_of(state, channel)
    if agent.items and (rule.alone or _is_taken_alone(state, agent)):
        return False
    return load(state, agent) + rule.units <= agent.profile.units


def is_overfull(state: TenantState, agent: Agent) -> bool:
    """Whether the desk holds more than the rules allow: only a plan that lowered them can bring that about."""
    beside_alone = len(agent.items) > 1 and _is_taken_alone(state, agent)
    return beside_alone or load(state, agent) > agent.profile.units


def idle_since_ms(state: TenantState, agent: Agent) -> int:
    """Since when the agent has had nothing new. An open offer counts as new until it ends without an accept."""
    return max((agent.idle_since_ms, *(offer.offered_at_ms for offer in offers_to(state, agent))))


def is_on_duty(agent: Agent) -> bool:
    """Whether the agent may be offered something at all, if there is room."""
    return agent.attached and agent.presence is Presence.AVAILABLE and not agent.retired


def _is_taken_alone(state: TenantState, agent: Agent) -> bool:
    return any(rule_of(state, item.channel).alone for item in items_of(state, agent))
