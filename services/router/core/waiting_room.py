"""Puts contacts into queues and takes them off desks: what several commands and timers have in common."""

from itertools import accumulate
from math import gcd

from services.plan.compiled import Plan, Route, Share, SkillLevel, SpreadBy
from services.router.core.consultations import end, end_about, end_if_nobody_else_is_asked
from services.router.core.desk import is_on_duty, offers_to, rule_of
from services.router.core.draft import Draft
from services.router.core.events import ContactQueued, OfferEnd, OfferReturned, WrapUpStarted
from services.router.core.expected_wait import NOBODY_KNOWS, expected_wait, place_in_queue
from services.router.core.invariants import InvariantBroken
from services.router.core.record import changed
from services.router.core.records import Contact
from services.router.core.route import DEFAULT, is_open
from services.router.core.served import last_agent
from services.router.core.state import TenantState
from services.router.core.tables import routed

HANDLING_UNKNOWN_MS = 60_000


def plan_of(state: TenantState) -> Plan:
    """The plan in force. Raises InvariantBroken where there can be none: nothing is accepted before the first plan."""
    plan = state.plan
    if plan is None:
        raise InvariantBroken(f"{state.tenant}: has contacts and no plan")
    return plan


def queue_by_route(draft: Draft, contact_id: str) -> None:
    """Find the contact's entry point and let it wait where that says."""
    plan = plan_of(draft.state)
    contact = draft.state.contacts[contact_id]
    entry_point, route = draft.state.entry_points.find_route(plan, contact.errand, draft.at_ms)
    wanted = changed(
        contact,
        queue=_spread(draft, contact, entry_point, route),
        skills=route.skills,
        priority=route.priority,
        value=_value(plan, contact),
        entry_point=entry_point,
    )
    preferred, until_ms = _preferred(draft, wanted, route)
    draft.add(queued(draft, wanted, preferred, until_ms))


def queue_by_default_if_gone(draft: Draft, contact_id: str) -> None:
    """Let a waiting contact whose queue is not in the plan any more wait in the default one, with its priority."""
    contact = draft.state.contacts[contact_id]
    if contact.queue in draft.state.queues:
        return
    if contact.about:
        end(draft, contact)
        return
    route = plan_of(draft.state).default_route
    draft.add(queued(draft, changed(contact, queue=route.queue, skills=route.skills, groups=(), entry_point=DEFAULT)))


def queued(draft: Draft, wanted: Contact, preferred: str = "", preferred_until_ms: int = 0) -> ContactQueued:
    """That the contact waits as it is wanted to, with what its customer can expect."""
    errand, place, wait = wanted.errand, 0, NOBODY_KNOWS
    # Who passed it on may be free, and is not who takes it.
    if wanted.course.passed_by or not draft.state.index.is_anybody_free(wanted):
        place = place_in_queue(draft.state, wanted)
        wait = draft.state.index.expected_wait(wanted, place)
    return ContactQueued(
        wanted.id,
        errand.queue,
        errand.skills,
        errand.priority,
        errand.entry_point,
        plan_of(draft.state).version,
        errand.value,
        preferred,
        preferred_until_ms,
        place,
        wait.median_ms,
        wait.ninetieth_ms,
    )


def withdraw_offers(draft: Draft, agent_id: str) -> None:
    """Return all that is offered to the agent."""
    for offer in offers_to(draft.state, draft.state.agents[agent_id]):
        draft.add(OfferReturned(offer.id, agent_id, offer.offer_id, OfferEnd.WITHDRAWN))
        end_if_nobody_else_is_asked(draft, offer)


def start_wrap_up(draft: Draft, contact: Contact) -> None:
    """The conversation is over; its agent writes it up for as long as the channel's rule gives."""
    end_about(draft, contact)
    deadline_ms = draft.at_ms + rule_of(draft.state, contact.channel).wrap_up_ms
    draft.add(WrapUpStarted(contact.id, contact.agent, deadline_ms))


def _value(plan: Plan, contact: Contact) -> int:
    """The customer's value: the highest of the classes of callers that they are of."""
    classes = contact.errand.caller_classes
    if not classes:
        return 0
    return max((each.value for each in plan.caller_values if each.caller_class in classes), default=0)


def _preferred(draft: Draft, wanted: Contact, route: Route) -> tuple[str, int]:
    """Who has a time of their own to take it, and until when: if they are on duty and able."""
    sticky_ms = draft.state.queues[wanted.errand.queue].sticky_ms
    if route.patience_ms and _may_have(draft, route.agent, wanted):
        return route.agent, draft.at_ms + route.patience_ms
    if sticky_ms and _may_have(draft, known := last_agent(draft.state, wanted), wanted):
        return known, draft.at_ms + sticky_ms
    return "", 0


def _may_have(draft: Draft, agent_id: str, wanted: Contact) -> bool:
    """Whether there is such an agent, who is on duty and able to take it."""
    agent = draft.state.agents.get(agent_id)
    return agent is not None and is_on_duty(agent) and draft.state.index.is_able(agent, wanted)


def _spread(draft: Draft, contact: Contact, entry_point: str, route: Route) -> str:
    """The queue for it: the route's, or one of its spread that is open and served."""
    if not route.spread:
        return route.queue
    wanted = {share.queue: changed(contact, queue=share.queue, skills=route.skills) for share in route.spread}
    served = [
        share
        for share in route.spread
        if _is_open(draft, share.queue) and draft.state.index.able_on_duty(wanted[share.queue])
    ]
    if not served:
        return route.queue
    if route.spread_by is SpreadBy.EXPECTED_WAIT:
        usual_ms = _usual_handling_ms(draft.state, served)
        return min(
            served, key=lambda share: (_wait_ms(draft, wanted[share.queue], usual_ms), served.index(share))
        ).queue
    return _by_share(draft.state.counts.get(routed(entry_point)) or 0, served)


def _is_open(draft: Draft, queue_id: str) -> bool:
    """Whether the queue's site is open, or it has none, or that has no hours."""
    queue = draft.state.queues.get(queue_id)
    if queue is None:
        return False
    plan = plan_of(draft.state)
    hours_of = {site.id: site.hours for site in plan.sites}
    hours = hours_of.get(queue.site, "")
    return not hours or any(each.id == hours and is_open(each, draft.at_ms) for each in plan.hours)


def _usual_handling_ms(state: TenantState, served: list[Share]) -> int:
    """The mean handling time of those queues that know theirs; where none does, all that counts is that it is one."""
    figures = (state.figures.get(share.queue) for share in served)
    known_ms = [each.handling_ms for each in figures if each is not None and each.handling_ms]
    return sum(known_ms) // len(known_ms) if known_ms else HANDLING_UNKNOWN_MS


def _wait_ms(draft: Draft, wanted: Contact, usual_ms: int) -> int:
    """What it could expect there; a queue that has completed nothing yet counts as if it were like the others."""
    if draft.state.index.is_anybody_free(wanted):
        return 0
    place, servers = place_in_queue(draft.state, wanted), draft.state.index.servers(wanted)
    return expected_wait(draft.state, wanted.queue, place, servers, usual_ms).median_ms


def _by_share(number: int, served: list[Share]) -> str:
    """The queue of that contact of the entry point: shares are kept exactly, and each queue's come evenly spread.

    Numbers go round all parts in strides of about 0.618 of them, the golden section, which meets each part once.
    """
    parts = sum(share.share for share in served)
    stride = max(1, parts * 618 // 1000)
    while gcd(stride, parts) != 1:
        stride += 1
    part = number * stride % parts
    ends = accumulate(share.share for share in served)
    return next(share.queue for share, end in zip(served, ends, strict=True) if part < end)


def needed(skills: tuple[SkillLevel, ...]) -> tuple[SkillLevel, ...]:
    """Skills as a contact asks for them: each once, sorted by name."""
    return tuple(sorted({each.skill: each for each in skills}.values(), key=lambda each: each.skill))
