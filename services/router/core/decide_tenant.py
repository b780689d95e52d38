"""Decides what concerns the whole tenant: a new plan, a new owner, the passing of time."""

from dataclasses import replace
from typing import assert_never

from services.plan.compiled import Plan
from services.router.core import limits
from services.router.core.apply import apply
from services.router.core.commands import ActivatePlan, ChangeOwner, Refusal, TimePassed
from services.router.core.consultations import end_if_nobody_else_is_asked
from services.router.core.desk import is_overfull, offers_to
from services.router.core.draft import Draft, Refused
from services.router.core.events import OfferCarried, OfferEnd, OfferReturned, OwnerChanged, PlanActivated
from services.router.core.fire import fire_due, forget_old
from services.router.core.records import Agent, Contact
from services.router.core.scan import in_order, unfit, waiting
from services.router.core.state import TenantState
from services.router.core.waiting_room import queue_by_default_if_gone

TenantCommand = ActivatePlan | TimePassed | ChangeOwner


def decide_tenant(draft: Draft, command: TenantCommand) -> None:
    match command:
        case ActivatePlan():
            _activate(draft, command.plan)
        case TimePassed():
            draft.changes.everything = draft.changes.everything or command.match_all
            draft.anybody_left = draft.anybody_left or command.match_all
        case ChangeOwner():
            _change_owner(draft)
        case _:
            assert_never(command)


def _activate(draft: Draft, plan: Plan) -> None:
    """Offers that the new plan does not allow end before it, so that nothing is ever offered against a plan."""
    _refuse_broken(draft.state, plan)
    before = draft.state.plan
    activated = PlanActivated(replace(plan, version=before.version + 1 if before else 1))
    for returned in _offers_ended_by(draft, activated):
        offer = draft.state.contacts[returned.contact_id]
        draft.add(returned)
        end_if_nobody_else_is_asked(draft, offer)
    draft.add(activated)
    for contact in in_order(draft.state, waiting(draft.state)):
        queue_by_default_if_gone(draft, contact.id)


def _refuse_broken(state: TenantState, plan: Plan) -> None:
    if plan.tenant != state.tenant:
        raise Refused(Refusal.INVALID, "The plan is another tenant's.", "Activate it with that tenant's token.")
    queues = [queue.id for queue in plan.queues]
    for route in (plan.default_route, *(entry_point.route for entry_point in plan.entry_points)):
        if route.queue not in queues:
            raise Refused(
                Refusal.INVALID, f"A route leads to {route.queue}, which is no queue of the plan.", "Mend the plan."
            )


def _offers_ended_by(draft: Draft, activated: PlanActivated) -> list[OfferReturned]:
    """Try the plan and see whose offers don't fit any more, the newest first where there are too many."""
    state = draft.state
    ended: list[OfferReturned] = []
    mark = state.savepoint()
    apply(state, activated, draft.at_ms)
    for agent in sorted(state.agents.values(), key=_by_id):
        for offer in reversed(offers_to(state, agent)):
            if unfit(state, state.agents[agent.id], offer) or is_overfull(state, state.agents[agent.id]):
                ended.append(OfferReturned(offer.id, agent.id, offer.offer_id, OfferEnd.WITHDRAWN))
                apply(state, ended[-1], draft.at_ms)
    state.rollback(mark)
    return ended


def _change_owner(draft: Draft) -> None:
    """Everybody is detached and has a grace to come back; offers found live hold at least that long."""
    grace_until_ms = draft.at_ms + limits.TAKEOVER_GRACE_MS
    draft.add(OwnerChanged(grace_until_ms))
    for offer in _live_offers(draft.state)[: limits.TIMER_EVENTS_MAX]:
        draft.add(OfferCarried(offer.id, max(offer.deadline_ms, grace_until_ms)))
    fire_due(draft)
    forget_old(draft)


def _live_offers(state: TenantState) -> list[Contact]:
    offers = [offer for agent in state.agents.values() for offer in offers_to(state, agent)]
    return sorted(offers, key=lambda offer: (offer.deadline_ms, offer.id))


def _by_id(agent: Agent) -> str:
    return agent.id
