"""Offers what waits to those who can take it: after each change, all that the change made possible, and no more.

Whoever comes first of all who can go to somebody goes first. Between two changes nobody waits whom somebody free could
take, so only contacts that changed, and the first contact of each agent who changed, have to be looked at.
"""

from heapq import heapify, heappop, heappush

from services.router.core.choice import choice
from services.router.core.desk import is_on_duty, rule_of
from services.router.core.draft import Changes, Draft
from services.router.core.events import ContactOffered
from services.router.core.records import QUEUED, Contact

# Where a contact stands, its id, and the agent whose first it is: empty for a contact that changed itself.
_Candidate = tuple[int, str, str]


def match(draft: Draft, events_max: int) -> None:
    """Offer until nothing fits any more; stop at so many events and mark the draft unfinished."""
    if not draft.changes.is_any:
        return
    changes = draft.take_changes()
    if changes.is_one and len(draft.events) < events_max:
        for contact_id in changes.contacts:
            _offer_if_waiting(draft, contact_id)
        for agent_id in changes.agents:
            _offer_to(draft, agent_id, events_max)
    else:
        _offer_in_order(draft, _candidates(draft, changes), events_max)


def _offer_to(draft: Draft, agent_id: str, events_max: int) -> None:
    """Nobody else has changed: whatever comes first for the agent, as long as there is room."""
    contact = _best_for(draft, agent_id)
    while contact is not None and len(draft.events) < events_max:
        contact = _best_for(draft, agent_id) if _offer(draft, contact) else None
    draft.unfinished = draft.unfinished or contact is not None


def _offer_in_order(draft: Draft, candidates: list[_Candidate], events_max: int) -> None:
    looked_at = dict.fromkeys((agent_id for _, _, agent_id in candidates), len(draft.events))
    while candidates:
        if len(draft.events) >= events_max:
            draft.unfinished = True
            return
        candidate = heappop(candidates)
        _, contact_id, agent_id = candidate
        if agent_id:
            first = candidate if looked_at[agent_id] == len(draft.events) else _first_for(draft, agent_id)
            if first == candidate:
                is_offered = _offer(draft, draft.state.contacts[contact_id])
                first = _first_for(draft, agent_id) if is_offered else None
            if first is not None:
                looked_at[agent_id] = len(draft.events)
                heappush(candidates, first)
        else:
            _offer_if_waiting(draft, contact_id)


def _candidates(draft: Draft, changes: Changes) -> list[_Candidate]:
    """The contacts that may be able to go to somebody now who could not take them before."""
    state = draft.state
    contacts = [state.contacts[contact_id] for contact_id in changes.contacts if contact_id in state.waiting]
    if changes.somebody_left:
        contacts += state.index.apart()
    agents = state.agents if changes.everything else changes.agents
    firsts = [_first_for(draft, agent_id) for agent_id in agents]
    candidates: list[_Candidate] = [(state.index.standing(each), each.id, "") for each in contacts]
    candidates += [first for first in firsts if first is not None]
    heapify(candidates)
    return candidates


def _first_for(draft: Draft, agent_id: str) -> _Candidate | None:
    contact = _best_for(draft, agent_id)
    return (draft.state.index.standing(contact), contact.id, agent_id) if contact else None


def _best_for(draft: Draft, agent_id: str) -> Contact | None:
    """What comes first of what the agent may be offered now."""
    agent = draft.state.agents.get(agent_id)
    if agent is None or not is_on_duty(agent):
        return None
    return draft.state.index.best_contact(agent)


def _offer_if_waiting(draft: Draft, contact_id: str) -> None:
    contact = draft.state.contacts.get(contact_id)
    if contact is not None and contact.status is QUEUED:
        _offer(draft, contact)


def _offer(draft: Draft, contact: Contact) -> bool:
    """Offer it to whom the policy picks; False if nobody may have it now."""
    state = draft.state
    picked = state.index.best_agent(contact)
    if picked is None:
        return False
    chosen = choice(state, contact, picked)
    deadline_ms = draft.at_ms + rule_of(state, contact.errand.channel).offer_ms
    offer_id = f"{contact.id}.{contact.course.offers + 1}"
    draft.add(ContactOffered(contact.id, picked.agent, offer_id, deadline_ms, chosen.why))
    return True
