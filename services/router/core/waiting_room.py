"""Puts contacts into queues and takes them off desks: what several commands and timers have in common."""

from services.plan.compiled import Plan
from services.router.core.desk import offers_to, rule_of
from services.router.core.draft import Draft
from services.router.core.events import ContactQueued, OfferEnd, OfferReturned, WrapUpStarted
from services.router.core.invariants import InvariantBroken
from services.router.core.route import DEFAULT, find_route
from services.router.core.state import Contact, TenantState


def plan_of(state: TenantState) -> Plan:
    """The plan in force. Raises InvariantBroken where there can be none: nothing is accepted before the first plan."""
    if state.plan is None:
        raise InvariantBroken(f"{state.tenant}: has contacts and no plan")
    return state.plan


def queue_by_route(draft: Draft, contact_id: str) -> None:
    """Find the contact's entry point and let it wait where that says."""
    plan = plan_of(draft.state)
    entry_point, route = find_route(plan, draft.state.contacts[contact_id], draft.at_ms)
    draft.add(ContactQueued(contact_id, route.queue, route.skills, route.priority, entry_point, plan.version))


def queue_by_default_if_gone(draft: Draft, contact_id: str) -> None:
    """Let a waiting contact whose queue is not in the plan any more wait in the default one, with its priority."""
    contact = draft.state.contacts[contact_id]
    if contact.queue in draft.state.queues:
        return
    plan = plan_of(draft.state)
    route = plan.default_route
    draft.add(ContactQueued(contact_id, route.queue, route.skills, contact.priority, DEFAULT, plan.version))


def withdraw_offers(draft: Draft, agent_id: str) -> None:
    """Return all that is offered to the agent."""
    for offer in offers_to(draft.state, draft.state.agents[agent_id]):
        draft.add(OfferReturned(offer.id, agent_id, offer.offer_id, OfferEnd.WITHDRAWN))


def start_wrap_up(draft: Draft, contact: Contact) -> None:
    """The conversation is over; its agent writes it up for as long as the channel's rule gives."""
    deadline_ms = draft.at_ms + rule_of(draft.state, contact.channel).wrap_up_ms
    draft.add(WrapUpStarted(contact.id, contact.agent, deadline_ms))
