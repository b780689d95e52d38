"""Offers what waits to those who can take it: after each change, all that the change made possible, and no more."""

from services.router.core.desk import is_on_duty, rule_of
from services.router.core.draft import Changes, Draft
from services.router.core.events import ContactOffered
from services.router.core.scan import Choice, best_agent, in_order, verdict, waiting
from services.router.core.state import Agent, Contact, TenantState


def match(draft: Draft, events_max: int) -> None:
    """Offer until nothing fits any more; stop at so many events and mark the draft unfinished."""
    changes = draft.take_changes()
    for contact in in_order(_candidates(draft.state, changes)):
        if len(draft.events) >= events_max:
            draft.unfinished = True
            return
        choice = best_agent(draft.state, contact)
        if choice is not None:
            _offer(draft, contact, choice)


def _candidates(state: TenantState, changes: Changes) -> list[Contact]:
    """The waiting contacts that may be able to go to somebody now who could not take them before."""
    if changes.everything:
        return waiting(state)
    agents = [state.agents[agent_id] for agent_id in changes.agents if agent_id in state.agents]
    on_duty = [agent for agent in agents if is_on_duty(agent)]
    if not on_duty and not changes.somebody_left:
        return [state.contacts[contact_id] for contact_id in changes.contacts if contact_id in state.waiting]
    return [contact for contact in waiting(state) if _may_go(state, contact, changes, on_duty)]


def _may_go(state: TenantState, contact: Contact, changes: Changes, on_duty: list[Agent]) -> bool:
    if contact.id in changes.contacts or (changes.somebody_left and contact.passed_by):
        return True
    return any(not verdict(state, agent, contact) for agent in on_duty)


def _offer(draft: Draft, contact: Contact, choice: Choice) -> None:
    deadline_ms = draft.at_ms + rule_of(draft.state, contact.channel).offer_ms
    offer_id = f"{contact.id}.{contact.offers + 1}"
    draft.add(ContactOffered(contact.id, choice.agent.id, offer_id, deadline_ms, choice.why))
