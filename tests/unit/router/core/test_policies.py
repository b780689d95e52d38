"""The policies that go by what agents did, and by several criteria at once."""

from typing import Any

import pytest

from services.plan.compiled import Criterion, Policy, Route, Weight
from services.router.core.events import ContactOffered, ScoreTerm
from services.router.core.records import Agent
from tests.unit.router.core.builders import HOUR, SECOND, T0, Core, agent, arrive, plan, queue, skills


def core_with(policy: Policy, *agents: Any, **more: Any) -> Core:
    queues = (queue("sales", policy=policy, weights=more.pop("weights", ())),)
    return Core(plan(*agents, queues=queues, entry_points=(), default_route=Route("sales"), **more))


def offered(core: Core, contact_id: str) -> ContactOffered:
    return next(event for event in core.do(arrive(contact_id)) if isinstance(event, ContactOffered))


def serve(core: Core, contact_id: str, *, after_ms: int = 0) -> str:
    """Let a contact come, be accepted and completed; by whom."""
    taker = offered(core, contact_id).agent
    core.pass_ms(after_ms)
    core.accept(contact_id)
    core.do(core.complete(taker, contact_id))
    return taker


def test_fewest_answered_takes_whom_the_day_has_brought_the_fewest() -> None:
    core = core_with(Policy.FEWEST_ANSWERED, agent("ann"), agent("bob")).on_duty("ann", "bob")
    assert [serve(core, f"c{number}") for number in range(4)] == ["ann", "bob", "ann", "bob"]
    assert (core.agent("ann").answered, core.agent("bob").answered) == (2, 2)
    why = offered(core, "c9").why
    assert why.winner[0] == ScoreTerm("answered", 2)


def test_a_new_day_begins_to_count_anew() -> None:
    days = (T0 - HOUR, T0 + HOUR)
    core = core_with(Policy.FEWEST_ANSWERED, agent("ann"), agent("bob"), days_ms=days).on_duty("ann")
    assert [serve(core, f"c{number}") for number in range(3)] == ["ann"] * 3
    core.on_duty("bob")
    core.pass_ms(2 * HOUR)
    assert serve(core, "c4") == "bob"
    assert core.agent("bob").answered == 1
    assert core.agent("bob").day_ms == T0 + HOUR


def test_least_response_time_takes_who_answers_offers_soonest() -> None:
    core = core_with(Policy.LEAST_RESPONSE_TIME, agent("ann"), agent("bob")).on_duty("ann", "bob")
    assert serve(core, "c1", after_ms=8 * SECOND) == "ann"
    assert serve(core, "c2", after_ms=2 * SECOND) == "bob"
    assert [serve(core, f"c{number}", after_ms=3 * SECOND) for number in range(3, 6)] == ["bob"] * 3
    assert core.agent("bob").response_ms < core.agent("ann").response_ms == 8 * SECOND


def weighted(*weights: tuple[Criterion, int]) -> tuple[Weight, ...]:
    return tuple(Weight(criterion, weight) for criterion, weight in weights)


def test_weighted_chooses_the_highest_sum_and_shows_what_it_is_made_of() -> None:
    weights = weighted((Criterion.PROFICIENCY, 2), (Criterion.COST, -1))
    cheap, able = agent("ann", skills=skills(german=4), cost=1), agent("bob", skills=skills(german=8), cost=8)
    queues = (queue("sales", policy=Policy.WEIGHTED, weights=weights),)
    route = Route("sales", skills(german=1))
    core = Core(plan(cheap, able, queues=queues, entry_points=(), default_route=route)).on_duty("ann", "bob")
    offer = offered(core, "c1")
    assert offer.agent == "bob"
    terms = {term.name: term.value for term in offer.why.winner}
    assert terms["score"] == -(2 * 8 - 8) * 1000
    assert (terms["of_score:proficiency"], terms["of_score:cost"]) == (-16_000, 8000)
    assert offer.why.decided_by == "score"


@pytest.mark.parametrize(("idle_weight", "chosen"), [(1, "ann"), (0, "bob")])
def test_weighted_goes_by_idle_time_as_its_weight_says(idle_weight: int, chosen: str) -> None:
    weights = weighted((Criterion.TIER, 5), (Criterion.IDLE_S, idle_weight))
    core = core_with(Policy.WEIGHTED, agent("ann"), agent("bob", tier=2), weights=weights).on_duty("ann")
    core.pass_ms(60 * SECOND)
    core.on_duty("bob")
    assert offered(core, "c1").agent == chosen


def test_weighted_goes_by_the_load_of_the_desk() -> None:
    core = core_with(Policy.WEIGHTED, agent("ann"), agent("bob"), weights=weighted((Criterion.LOAD, -1))).on_duty(
        "ann", "bob"
    )
    assert [offered(core, f"c{number}").agent for number in range(4)] == ["ann", "bob", "ann", "bob"]


def test_occupancy_is_the_part_of_the_time_on_duty_that_is_work() -> None:
    weights = weighted((Criterion.OCCUPANCY, -1))
    core = core_with(Policy.WEIGHTED, agent("ann"), agent("bob"), weights=weights).on_duty("ann", "bob")
    assert serve(core, "c1", after_ms=0) == "ann"
    core.pass_ms(10 * SECOND)
    taker = offered(core, "c2").agent
    core.accept("c2")
    core.pass_ms(10 * SECOND)
    core.do(core.complete(taker, "c2"))
    worked, idle = core.agent(taker), core.agent("ann" if taker == "bob" else "bob")
    assert worked.busy_ms == 10 * SECOND
    assert worked.duty_ms >= worked.busy_ms
    assert offered(core, "c3").agent == idle.id


def test_equal_scores_go_by_who_has_been_idle_for_longer() -> None:
    core = core_with(Policy.WEIGHTED, agent("ann"), agent("bob"), weights=weighted((Criterion.COST, 1)))
    core.on_duty("bob", "ann")
    offer = offered(core, "c1")
    assert (offer.agent, offer.why.runner_up, offer.why.decided_by) == ("bob", "ann", "idle_since_ms")


def figures(each: Agent) -> tuple[int, int]:
    return each.answered, each.response_ms


def test_a_policy_changes_with_the_plan() -> None:
    core = core_with(Policy.LONGEST_IDLE, agent("ann"), agent("bob")).on_duty("ann", "bob")
    serve(core, "c1")
    before = figures(core.agent("ann"))
    queues = (queue("sales", policy=Policy.FEWEST_ANSWERED),)
    core.activate(plan(agent("ann"), agent("bob"), queues=queues, entry_points=(), default_route=Route("sales")))
    assert figures(core.agent("ann")) == before == (1, 1)
    assert offered(core, "c2").agent == "bob"
