"""What concerns the whole tenant: a new plan, a new owner, the passing of time."""

from dataclasses import replace
from typing import Any

import pytest

from services.plan.compiled import Channel, Plan, Route
from services.router.core.commands import (
    DONE,
    ActivatePlan,
    AttachAgent,
    ChangeOwner,
    CompleteContact,
    CustomerLeaves,
    CustomerWrites,
    DeclineOffer,
    DetachAgent,
    FinishConversation,
    Refusal,
    SetPresence,
    TimePassed,
)
from services.router.core.events import (
    ContactForgotten,
    ContactOffered,
    ContactQueued,
    DeclineLapsed,
    OfferCarried,
    OfferEnd,
    OfferReturned,
    OwnerChanged,
    PlanActivated,
    Presence,
    PresenceChanged,
)
from services.router.core.invariants import check
from services.router.core.records import ContactStatus
from services.router.core.timers import next_timer_ms
from tests.unit.router.core.builders import (
    HOUR,
    MINUTE,
    OFFER_MS,
    RULES,
    SECOND,
    Core,
    agent,
    arrive,
    entry_point,
    kinds,
    plan,
    queue,
)

GRACE_MS = 10 * SECOND


def test_the_core_gives_a_plan_its_version() -> None:
    core = Core()
    assert core.do(ActivatePlan(plan(version=7))) == (PlanActivated(plan(version=1)),)
    assert core.do(ActivatePlan(plan())) == (PlanActivated(plan(version=2)),)
    assert core.state.plan == plan(version=2)


@pytest.mark.parametrize(
    "broken",
    [
        plan(tenant="another"),
        plan(default_route=Route("nowhere")),
        plan(entry_points=(entry_point("e", Route("nowhere")),)),
    ],
)
def test_a_plan_that_cannot_work_is_refused(broken: Plan) -> None:
    core = Core(plan())
    assert core.refuse(ActivatePlan(broken)).refusal is Refusal.INVALID
    assert core.state.plan == plan(version=1)


def test_a_new_plan_matches_all_that_waits_anew() -> None:
    core = Core(plan(agent("ann", companies=("globex",)))).on_duty("ann")
    core.do(arrive("c1"))
    core.do(arrive("c2"))
    events = core.do(ActivatePlan(plan(agent("ann", companies=("acme",)))))
    assert [event.contact_id for event in events if isinstance(event, ContactOffered)] == ["c1", "c2"]


def test_an_agent_who_left_the_roster_finishes_what_they_have_and_gets_nothing_new() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("c1"))
    core.accept("c1")
    core.do(arrive("c2"))
    returned, activated = core.do(ActivatePlan(plan(agent("bob"))))
    assert returned == OfferReturned("c2", "ann", "c2.1", OfferEnd.WITHDRAWN)
    assert isinstance(activated, PlanActivated)
    assert core.do(SetPresence("ann", Presence.AWAY)) == (PresenceChanged("ann", Presence.AWAY, ""),)
    assert kinds(core.do(SetPresence("ann", Presence.AVAILABLE))) == ["PresenceChanged"]
    core.do(CompleteContact("ann", "c1", "solved"))
    assert "ann" not in core.state.agents
    assert core.refuse(AttachAgent("ann")).refusal is Refusal.NOT_FOUND


def test_an_agent_who_left_the_roster_without_work_is_gone_at_once_and_can_return() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.do(ActivatePlan(plan(agent("bob"))))
    assert list(core.state.agents) == ["bob"]
    core.do(ActivatePlan(plan()))
    assert core.agent("ann").presence is Presence.OFFLINE


def test_an_agent_who_returns_to_the_roster_with_work_goes_on_as_before() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.accept()
    core.do(ActivatePlan(plan(agent("bob"))))
    core.do(ActivatePlan(plan()))
    assert kinds(core.do(arrive("c2"))) == ["ContactAccepted", "ContactQueued", "ContactOffered"]


def test_what_waits_in_a_queue_that_is_gone_waits_in_the_default_one_with_its_priority() -> None:
    core = Core(plan(default_route=Route("billing", priority=3)))
    core.do(arrive())
    rest = (queue("sales"), queue("care", company="globex"))
    events = core.do(ActivatePlan(plan(queues=rest)))
    assert events[1:] == (ContactQueued("c1", "sales", (), 3, "default", 2, position=1),)


def test_an_offer_from_a_queue_that_is_gone_returns_and_goes_on_from_the_default_one() -> None:
    core = Core(plan(default_route=Route("billing"))).on_duty("ann")
    core.do(arrive())
    rest = (queue("sales"), queue("care", company="globex"))
    events = core.do(ActivatePlan(plan(queues=rest)))
    assert kinds(events) == ["OfferReturned", "PlanActivated", "ContactQueued", "ContactOffered"]


def test_offers_that_lowered_units_leave_no_room_for_return_the_newest_first() -> None:
    core = Core(plan(agent("ann", units=3))).on_duty("ann")
    for contact_id in ("c1", "c2", "c3"):
        core.do(arrive(contact_id))
    core.accept("c1")
    events = core.do(ActivatePlan(plan(agent("ann", units=2))))
    assert events[0] == OfferReturned("c3", "ann", "c3.1", OfferEnd.WITHDRAWN)
    assert core.desk("ann") == {"c1": ContactStatus.ACTIVE, "c2": ContactStatus.OFFERED}


def test_work_beyond_lowered_units_is_finished_before_anything_new_comes() -> None:
    core = Core(plan(agent("ann", units=2))).on_duty("ann")
    for contact_id in ("c1", "c2", "c3"):
        core.do(arrive(contact_id))
    core.accept("c1")
    core.accept("c2")
    core.do(ActivatePlan(plan(agent("ann", units=1))))
    assert kinds(core.do(CompleteContact("ann", "c1", "solved"))) == ["ContactEnded"]
    assert kinds(core.do(CompleteContact("ann", "c2", "solved"))) == ["ContactEnded", "ContactOffered"]


def test_an_offer_beside_a_channel_that_now_stands_alone_returns() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("c1"))
    core.accept("c1")
    core.do(arrive("c2"))
    alone = tuple(replace(rule, alone=True) if rule.channel is Channel.WEB_CHAT else rule for rule in RULES)
    assert kinds(core.do(ActivatePlan(plan(channels=alone)))) == ["OfferReturned", "PlanActivated"]


def test_an_offer_to_an_agent_who_no_longer_serves_its_company_returns() -> None:
    core = Core(plan(agent("ann"))).on_duty("ann")
    core.do(arrive())
    assert kinds(core.do(ActivatePlan(plan(agent("ann", companies=("globex",)))))) == ["OfferReturned", "PlanActivated"]


def test_a_new_owner_detaches_everybody_and_carries_live_offers() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    deadline_ms = core.contact().deadline_ms
    assert core.do(ChangeOwner()) == (OwnerChanged(core.at_ms + GRACE_MS), OfferCarried("c1", deadline_ms))
    assert not core.agent("ann").attached
    assert core.agent("ann").presence is Presence.AVAILABLE


def test_an_offer_whose_deadline_passed_without_an_owner_lives_through_the_grace() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.pass_ms(10 * MINUTE)
    assert core.do(ChangeOwner())[1:] == (OfferCarried("c1", core.at_ms + GRACE_MS),)
    core.do(AttachAgent("ann"))
    assert kinds(core.accept()) == ["OfferAccepted"]


def test_a_carried_offer_that_lapses_blames_nobody_and_goes_to_another_after_the_grace() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive())
    core.pass_ms(10 * MINUTE)
    core.do(ChangeOwner())
    core.do(AttachAgent("bob"))
    assert core.wait_ms(GRACE_MS - 1) == ()
    lapsed, returned, offer = core.wait_ms(1)
    assert lapsed == DeclineLapsed("c1")
    assert returned == OfferReturned("c1", "ann", "c1.1", OfferEnd.LAPSED)
    assert isinstance(offer, ContactOffered)
    assert offer.agent == "bob"
    assert core.agent("ann").presence is Presence.AVAILABLE


@pytest.mark.parametrize("how", [DeclineOffer("ann", "c1", "c1.1"), SetPresence("ann", Presence.AWAY)])
def test_no_offer_found_live_goes_to_another_agent_before_the_grace_has_passed(how: object) -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive())
    core.do(ChangeOwner())
    core.do(AttachAgent("ann"))
    core.do(AttachAgent("bob"))
    assert "ContactOffered" not in kinds(core.do(how))  # type: ignore[arg-type]
    assert "ContactOffered" not in kinds(core.wait_ms(GRACE_MS - 1))
    assert core.wait_ms(1)[-1].agent == "bob"  # type: ignore[union-attr]


def test_a_decline_that_lapses_within_the_grace_does_not_end_the_grace() -> None:
    core = Core(plan(agent("ann"), agent("bob"), agent("cyd"))).on_duty("ann", "bob")
    core.do(arrive())
    core.do(DeclineOffer("ann", "c1", "c1.1"))
    core.pass_ms(15 * SECOND)
    core.do(SetPresence("bob", Presence.AWAY))
    core.on_duty("cyd")
    core.pass_ms(9 * SECOND)
    core.do(ChangeOwner())
    core.do(AttachAgent("cyd"))
    core.do(AttachAgent("ann"))
    core.do(SetPresence("cyd", Presence.AWAY))
    assert core.wait_ms(9 * SECOND) == (DeclineLapsed("c1"),)
    assert core.wait_ms(SECOND)[-1].agent == "ann"  # type: ignore[union-attr]


def test_what_waited_goes_to_whoever_comes_back_first() -> None:
    core = Core(plan())
    core.do(arrive())
    core.do(SetPresence("bob", Presence.AVAILABLE))
    core.do(ChangeOwner())
    assert kinds(core.do(AttachAgent("bob"))) == ["AgentAttached", "ContactOffered"]


def test_detachment_clocks_start_at_the_change_of_owner() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive())
    core.accept()
    core.do(DetachAgent("ann"))
    core.pass_ms(10 * MINUTE)
    core.do(ChangeOwner())
    assert core.wait_ms(30 * SECOND - 1) == ()
    assert kinds(core.wait_ms(1)) == ["PresenceChanged", "PresenceChanged"]
    assert kinds(core.wait_ms(5 * MINUTE)) == ["ContactReturned"]


def test_a_takeover_leaves_alone_who_was_offline() -> None:
    core = Core(plan())
    core.do(ChangeOwner())
    assert next_timer_ms(core.state) is None


def test_wrap_up_that_ran_out_without_an_owner_ends_at_the_takeover() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.accept()
    core.do(FinishConversation("ann", "c1"))
    core.pass_ms(HOUR)
    assert kinds(core.do(ChangeOwner())) == ["OwnerChanged", "ContactEnded"]


def test_an_offer_made_after_the_takeover_is_an_ordinary_one() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(ChangeOwner())
    core.do(AttachAgent("ann"))
    core.do(arrive())
    assert kinds(core.wait_ms(OFFER_MS)) == ["OfferReturned", "PresenceChanged"]


def test_a_contact_is_forgotten_48_hours_after_its_end() -> None:
    core = Core(plan())
    core.do(arrive())
    core.do(CustomerLeaves("c1"))
    assert core.wait_ms(48 * HOUR - 1) == ()
    assert next_timer_ms(core.state) == core.at_ms + 1
    assert core.wait_ms(1) == (ContactForgotten("c1"),)
    assert core.refuse(CustomerWrites("c1", "s")).refusal is Refusal.NOT_FOUND


def test_a_tombstone_is_forgotten_48_hours_later() -> None:
    core = Core(plan())
    core.do(CustomerLeaves("c1"))
    assert core.wait_ms(48 * HOUR) == (ContactForgotten("c1"),)
    assert next_timer_ms(core.state) is None


def test_a_contact_that_came_after_its_end_is_forgotten_once() -> None:
    core = Core(plan())
    core.do(CustomerLeaves("c1"))
    core.do(CustomerLeaves("c2"))
    core.pass_ms(HOUR)
    core.do(arrive("c1"))
    assert core.wait_ms(47 * HOUR) == (ContactForgotten("c2"),)
    assert core.wait_ms(HOUR) == (ContactForgotten("c1"),)


def test_forgetting_goes_in_portions() -> None:
    core = Core(plan())
    for number in range(150):
        core.do(CustomerLeaves(f"c{number:03}"))
    core.pass_ms(48 * HOUR)
    assert len(core.do(TimePassed())) == 100
    assert len(core.do(TimePassed())) == 50


def test_timers_fire_in_the_order_in_which_they_are_due_before_the_command() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive("c1", channel=Channel.VOICE))
    core.pass_ms(SECOND)
    core.do(arrive("c2", channel=Channel.VOICE))
    core.pass_ms(MINUTE)
    events = core.do(arrive("c3"))
    returned = [event.contact_id for event in events if isinstance(event, OfferReturned)]
    assert returned == ["c1", "c2"]
    assert kinds(events)[-2:] == ["ContactAccepted", "ContactQueued"]


def crowd(waiting: int, *companies: str) -> Core:
    """So many contacts of Acme that wait for its sales, and six agents on duty, each with room for twenty."""
    core = Core(crowd_plan(*companies), checked=False)
    core.on_duty(*core.state.agents)
    for number in range(waiting):
        core.do(arrive(f"c{number:04}", ready=False, queue_anyway_at_ms=core.at_ms + MINUTE))
    return core


def crowd_plan(*companies: str, **changes: Any) -> Plan:
    return plan(*(agent(f"a{number}", units=20, companies=companies) for number in range(6)), **changes)


def without_sales(*companies: str) -> ActivatePlan:
    rest = (queue("billing"), queue("care", company="globex"))
    return ActivatePlan(crowd_plan(*companies, queues=rest, default_route=Route("billing"), entry_points=()))


def test_a_decision_has_at_most_1000_events_and_says_when_it_is_unfinished() -> None:
    core = crowd(950, "globex")
    core.wait_ms(2 * MINUTE)
    decision = core.decide(without_sales("acme"))
    offers = ["ContactOffered"] * 49
    assert kinds(decision.events) == ["PlanActivated"] + ["ContactQueued"] * 950 + offers
    assert (decision.unfinished, decision.outcome) == (True, DONE)
    rest = core.decide(TimePassed(match_all=True))
    assert (len(rest.events), rest.unfinished) == (6 * 20 - 49, False)
    check(core.state)


def test_a_command_that_needs_more_than_1000_events_is_refused() -> None:
    core = crowd(10_000, "globex")
    core.wait_ms(2 * MINUTE)
    assert core.refuse(without_sales("globex")).refusal is Refusal.TOO_MANY


def test_timers_that_are_due_in_a_crowd_leave_room_for_the_command() -> None:
    core = crowd(5000, "globex")
    core.pass_ms(MINUTE)
    decision = core.decide(arrive("late"))
    assert (decision.outcome, len(decision.events)) == (DONE, 502)
    assert core.contact("late").status is ContactStatus.QUEUED
    for _ in range(9):
        assert kinds(core.do(TimePassed())) == ["ContactQueued"] * 500
    assert core.do(TimePassed()) == ()
    check(core.state)


def test_matching_after_timers_leaves_room_for_the_command_and_says_so_even_when_that_is_refused() -> None:
    core = crowd(600, "acme")
    for agent_id in core.state.agents:
        core.state.agents[agent_id] = replace(core.agent(agent_id), profile=agent(agent_id, units=60))
    core.pass_ms(MINUTE)
    decision = core.decide(CustomerWrites("unknown", "s"))
    assert decision.outcome.refusal is Refusal.NOT_FOUND
    assert kinds(decision.events) == ["ContactQueued"] * 500 + ["ContactOffered"] * 250
    assert decision.unfinished
