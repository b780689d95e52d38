"""Takes the steps of a waiting contact's route: when their time has come, or later when their conditions hold."""

from services.plan.compiled import PRIORITY_MAX, Prompt, Step
from services.plan.languages import prompt_for
from services.router.core import limits
from services.router.core.draft import Draft
from services.router.core.events import (
    ContactDiverted,
    ContactEnded,
    ContactOutcome,
    CustomerTold,
    Presence,
    StepOpened,
    StepTaken,
)
from services.router.core.record import changed
from services.router.core.records import QUEUED, Contact
from services.router.core.steps import announced_at_ms, because, due_at_ms, steps_of
from services.router.core.waiting_room import queued

# What queues do by themselves.
ANNOUNCED = Step(tell=True)


def open_steps(draft: Draft, contact_id: str) -> None:
    """The time of a step has come: take it, or let it stand open until its conditions hold."""
    for number, step in enumerate(steps_of(draft.state, draft.state.contacts[contact_id])):
        contact = draft.state.contacts[contact_id]
        due_ms = due_at_ms(contact, number, step)
        if contact.status is not QUEUED or due_ms is None or due_ms > draft.at_ms:
            continue
        if number in contact.steps_taken:
            _tell(draft, contact, step)
            continue
        reason = _reason(draft, contact, step)
        if reason:
            _take(draft, contact, number, step, reason)
        else:
            draft.add(StepOpened(contact_id, number))
    _announce(draft, draft.state.contacts[contact_id])


def _announce(draft: Draft, contact: Contact) -> None:
    due_ms = announced_at_ms(draft.state, contact) if contact.status is QUEUED else None
    if due_ms is not None and due_ms <= draft.at_ms:
        _tell(draft, contact, ANNOUNCED)


def take_open_steps(draft: Draft, events_max: int) -> None:
    """Take the steps that stand open and whose conditions hold now; stop at so many events.

    What is queued elsewhere by a step is looked at there the next time.
    """
    anybody_left, draft.anybody_left = draft.anybody_left, False
    opened = sorted(key for key in draft.state.opened)
    for queue, entry_point, number in opened:
        for contact_id in _standing_open(draft, (queue, entry_point, number), anybody_left=anybody_left):
            if len(draft.events) + limits.STEP_EVENTS > events_max:
                draft.unfinished = True
                return
            contact = draft.state.contacts[contact_id]
            step = steps_of(draft.state, contact)[number]
            reason = _reason(draft, contact, step)
            if reason:
                _take(draft, contact, number, step, reason)


def _standing_open(draft: Draft, opened: tuple[str, str, int], *, anybody_left: bool) -> list[str]:
    """Who waits with that step open, if its conditions may hold: what the queue is like is the same for all of them."""
    queue, entry_point, number = opened
    step = draft.state.routes[entry_point].steps[number]  # a plan without it would have closed it
    other_conditions = step.depth_over or step.expected_wait_over_ms or step.service_level_under
    if step.nobody_on_duty and not other_conditions and not anybody_left:
        return []
    if not step.expected_wait_over_ms and not because(draft.state, queue, step, anybody=False, servers=0):
        return []
    waiting = (draft.state.contacts[contact_id] for contact_id in draft.state.at_open_steps)
    standing = [
        (each.order, each.id)
        for each in waiting
        if number in each.steps_open and each.queue == queue and each.entry_point == entry_point
    ]
    return [contact_id for _, contact_id in sorted(standing)]


def _reason(draft: Draft, contact: Contact, step: Step) -> str:
    """Why it is taken; empty if it is not."""
    servers = draft.state.index.servers(contact) if step.expected_wait_over_ms else 0
    asks = step.nobody_on_duty or (step.expected_wait_over_ms and not servers)
    anybody = bool(asks) and _is_anybody_there(draft, contact)
    return because(draft.state, contact.queue, step, anybody=anybody, servers=servers)


def _is_anybody_there(draft: Draft, contact: Contact) -> bool:
    """Whether somebody is available who could take it. A connection that is lost, or a new owner, ends no duty."""
    agents = draft.state.agents.values()
    is_able = draft.state.index.is_able
    there = (agent for agent in agents if agent.presence is Presence.AVAILABLE and not agent.retired)
    return any(is_able(agent, contact) for agent in there)


def _take(draft: Draft, contact: Contact, number: int, step: Step, reason: str) -> None:
    levels = {needed.skill: needed for needed in contact.skills if needed.skill not in step.drop_skills}
    levels |= {needed.skill: needed for needed in step.skills if needed.skill in levels}
    groups = (*contact.groups, *(group for group in step.add_groups if group not in contact.groups))
    skills = tuple(levels[skill] for skill in sorted(levels))
    priority = min(contact.priority + step.raise_priority, PRIORITY_MAX)
    draft.add(StepTaken(contact.id, number, skills, groups, priority, reason))
    if step.tell or step.offer_callback:
        _tell(draft, draft.state.contacts[contact.id], step)
    if step.queue and step.queue in draft.state.queues:
        draft.add(queued(draft, changed(draft.state.contacts[contact.id], queue=step.queue)))
    if step.divert is not None:
        said = prompt_for(step.messages, contact.language) or Prompt("", step.divert_to)
        draft.add(ContactDiverted(contact.id, "", step.divert, said.text, said.language))
        draft.add(ContactEnded(contact.id, ContactOutcome.DIVERTED, "", "", ""))


def _tell(draft: Draft, contact: Contact, step: Step) -> None:
    place = draft.state.index.standing_in_queue(contact)
    wait = draft.state.index.expected_wait(contact, place)
    draft.add(CustomerTold(contact.id, place, wait.median_ms, wait.ninetieth_ms, step.offer_callback))
