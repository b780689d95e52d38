"""The index where it does what small contact centres never need, held against the plain scan."""

from random import Random

import pytest

from services.plan.compiled import Plan, Policy, Route
from services.router.core.apply import apply
from services.router.core.commands import AttachAgent, SetPresence
from services.router.core.events import ContactOffered, Presence, Why
from services.router.core.record import changed
from services.router.core.scan import best_agent
from services.router.core.staff import CREWS_LOOKED_AT
from services.router.core.state import TenantState
from tests.unit.router.core.builders import TENANT, Core, agent, arrive, plan, queue, skills

MANY = CREWS_LOOKED_AT + 6
PEOPLE = tuple(f"agent{number:03}" for number in range(MANY))


def many(policy: Policy) -> Plan:
    """More crews than are looked at one by one: everybody is able to do something else."""
    chance = Random(5)
    agents = [
        agent(each, skills=skills(german=chance.randint(3, 10), **{f"s{number}": 1}))
        for number, each in enumerate(PEOPLE)
    ]
    route = Route("sales", skills(german=3))
    return plan(*agents, queues=(queue("sales", policy=policy),), entry_points=(), default_route=route)


@pytest.mark.parametrize("policy", [each for each in Policy if each is not Policy.WEIGHTED])
def test_a_line_that_many_crews_serve_chooses_as_the_scan_does(policy: Policy) -> None:
    core = Core(many(policy), checked=False).on_duty(*PEOPLE)
    for number in range(30):
        contact_id = f"c{number}"
        core.do(arrive(contact_id))
        chosen = next(event for event, _ in reversed(core.log) if isinstance(event, ContactOffered))
        assert before_the_offer(core, contact_id) == (chosen.agent, chosen.why)
        core.accept(contact_id)
        if number % 3:
            core.do(core.complete(chosen.agent, contact_id))


def before_the_offer(core: Core, contact_id: str) -> tuple[str, Why]:
    """Whom the scan picks for the contact when it waits, and why."""
    state = TenantState(TENANT)
    for event, at_ms in core.log:
        if isinstance(event, ContactOffered) and event.contact_id == contact_id:
            break
        apply(state, event, at_ms)
    found = best_agent(state, state.contacts[contact_id])
    assert found is not None
    return found.agent.id, found.why


def test_who_comes_into_the_roster_with_an_ability_that_nobody_had_is_found() -> None:
    core = Core(plan(agent("ann"), entry_points=(), default_route=Route("sales", skills(law=3))))
    core.do(arrive("c1"))
    both = (agent("ann"), agent("bob", skills=skills(law=5)))
    core.activate(plan(*both, entry_points=(), default_route=Route("sales", skills(law=3))))
    core.do(AttachAgent("bob"))
    events = core.do(SetPresence("bob", Presence.AVAILABLE))
    assert [event.agent for event in events if isinstance(event, ContactOffered)] == ["bob"]


def test_equal_numbers_go_by_the_id_across_crews() -> None:
    """Nobody has been offered anything, so that in turn all are equal."""
    agents = tuple(agent(each, skills=skills(**{each: 1})) for each in ("cyd", "ann", "bob"))
    core = Core(plan(*agents, queues=(queue("sales", policy=Policy.ROUND_ROBIN),), entry_points=()))
    core.on_duty("cyd", "bob", "ann")
    first = next(event for event in core.do(arrive("c1")) if isinstance(event, ContactOffered))
    assert (first.agent, first.why.runner_up, first.why.decided_by) == ("ann", "bob", "id")


def test_what_waits_in_a_queue_that_is_in_no_plan_is_for_nobody() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("c1"))
    lost = changed(core.contact("c1"), id="elsewhere", queue="nowhere")
    assert core.state.index.best_agent(lost) is None
    assert best_agent(core.state, lost) is None
