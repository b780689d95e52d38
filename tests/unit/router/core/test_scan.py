"""The plain scan: who may take a contact, whom the policy picks, and why."""

from dataclasses import replace
from typing import Any

import pytest

from services.plan.compiled import Channel, Plan, Policy, Route
from services.router.core.commands import (
    AttachAgent,
    ChangeOwner,
    CompleteContact,
    DeclineOffer,
    SetPresence,
    TransferContact,
)
from services.router.core.desk import items_of, load
from services.router.core.events import ContactOffered, Presence, ScoreTerm, Why
from services.router.core.route import Facts
from services.router.core.scan import AgentVerdict, best_agent, explain, position, verdict, waiting_for
from tests.unit.router.core.builders import SECOND, T0, Core, agent, arrive, entry_point, plan, queue, skills

GERMAN = Route("sales", skills(german=5))


def policy_plan(policy: Policy, *agents: Any, route: Route = GERMAN) -> Plan:
    return plan(*agents, queues=(queue("sales", policy=policy),), entry_points=(), default_route=route)


def chosen(core: Core, contact_id: str = "c1", **facts: Any) -> ContactOffered:
    offers = [event for event in core.do(arrive(contact_id, **facts)) if isinstance(event, ContactOffered)]
    assert len(offers) == 1
    return offers[0]


def test_skill_based_takes_the_one_with_the_fewest_other_skills() -> None:
    versatile = agent("ann", skills=skills(german=9, law=3, tax=2))
    core = Core(policy_plan(Policy.SKILL_BASED, versatile, agent("bob", skills=skills(german=5, tax=1))))
    core.on_duty("ann", "bob")
    offer = chosen(core)
    assert offer.agent == "bob"
    assert offer.why == Why(
        plan_version=1,
        entry_point="default",
        queue="sales",
        policy="skill_based",
        skills=skills(german=5),
        free=2,
        eligible=2,
        winner=(ScoreTerm("other_skills", 1), ScoreTerm("idle_since_ms", T0 + SECOND)),
        runner_up="ann",
        runner_up_score=(ScoreTerm("other_skills", 2), ScoreTerm("idle_since_ms", T0)),
        decided_by="other_skills",
    )


def test_most_proficient_takes_the_highest_sum_of_the_levels_asked_for() -> None:
    fluent = agent("ann", skills=skills(german=6, law=10))
    native = agent("bob", skills=skills(german=9))
    core = Core(policy_plan(Policy.MOST_PROFICIENT, fluent, native)).on_duty("ann", "bob")
    offer = chosen(core)
    assert (offer.agent, offer.why.winner[0]) == ("bob", ScoreTerm("proficiency", -9))
    assert (offer.why.runner_up, offer.why.runner_up_score[0]) == ("ann", ScoreTerm("proficiency", -6))


def test_most_proficient_goes_by_all_skills_where_none_is_asked_for() -> None:
    able = agent("ann", skills=skills(german=6, law=10))
    core = Core(policy_plan(Policy.MOST_PROFICIENT, able, agent("bob"), route=Route("sales"))).on_duty("bob", "ann")
    assert chosen(core).why.winner[0] == ScoreTerm("proficiency", -16)


def test_equals_go_by_who_has_been_idle_for_longer() -> None:
    core = Core(policy_plan(Policy.SKILL_BASED, agent("ann"), agent("bob"), route=Route("sales")))
    core.on_duty("bob", "ann")
    offer = chosen(core)
    assert (offer.agent, offer.why.decided_by) == ("bob", "idle_since_ms")


def test_longest_idle_counts_an_open_offer_as_something_new() -> None:
    core = Core(policy_plan(Policy.LONGEST_IDLE, agent("ann"), agent("bob"), route=Route("sales")))
    core.on_duty("ann", "bob")
    assert [chosen(core, f"c{number}").agent for number in (1, 2)] == ["ann", "bob"]


def test_longest_idle_starts_anew_when_the_last_item_leaves_the_desk() -> None:
    core = Core(policy_plan(Policy.LONGEST_IDLE, agent("ann"), agent("bob"), route=Route("sales")))
    core.on_duty("ann", "bob")
    for contact_id in ("c1", "c2"):
        chosen(core, contact_id)
        core.accept(contact_id)
    core.pass_ms(SECOND)
    core.do(CompleteContact("bob", "c2", "solved"))
    core.pass_ms(SECOND)
    core.do(CompleteContact("ann", "c1", "solved"))
    assert chosen(core, "c3").agent == "bob"


def test_round_robin_takes_them_in_turn() -> None:
    core = Core(policy_plan(Policy.ROUND_ROBIN, agent("cyd"), agent("ann"), agent("bob"), route=Route("sales")))
    core.on_duty("ann", "bob", "cyd")
    turns = [chosen(core, f"c{number}").agent for number in range(5)]
    assert turns == ["ann", "bob", "cyd", "ann", "bob"]


def test_the_last_tie_goes_by_id() -> None:
    core = Core(policy_plan(Policy.ROUND_ROBIN, agent("bob"), agent("ann"), route=Route("sales")))
    core.on_duty("bob", "ann")
    assert (chosen(core).agent, core.contact().why.decided_by) == ("ann", "id")  # type: ignore[union-attr]


def test_who_is_alone_is_said_to_be() -> None:
    core = Core(policy_plan(Policy.SKILL_BASED, agent("ann"), agent("bob", skills=skills(german=5))))
    core.on_duty("ann", "bob")
    why = chosen(core).why
    assert (why.free, why.eligible, why.decided_by, why.runner_up) == (2, 1, "only", "")


def test_voice_stands_alone() -> None:
    core = Core(plan(agent("ann", units=9))).on_duty("ann")
    core.do(arrive("chat"))
    core.do(arrive("call", channel=Channel.VOICE))
    assert "stands alone" in verdict(core.state, core.agent("ann"), core.contact("call"))
    core.accept("chat")
    core.do(CompleteContact("ann", "chat", "solved"))
    core.accept("call")
    core.do(arrive("mail", channel=Channel.EMAIL))
    assert core.agent("ann").items == ("call",)


def test_load_counts_offers_work_and_wrap_up_in_units() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("chat"))
    core.do(arrive("mail", channel=Channel.EMAIL))
    assert load(core.state, core.agent("ann")) == 3
    assert [item.id for item in items_of(core.state, core.agent("ann"))] == ["chat", "mail"]
    core.do(arrive("form", channel=Channel.WEB_FORM))
    assert verdict(core.state, core.agent("ann"), core.contact("form")) == (
        "has no room: 3 of 3 units are taken, web_form takes 1"
    )


def test_a_contact_that_costs_more_than_an_agent_has_is_not_theirs() -> None:
    core = Core(plan(agent("ann", units=1))).on_duty("ann")
    core.do(arrive(channel=Channel.EMAIL))
    assert core.agent("ann").items == ()


def test_a_channel_without_a_rule_costs_one_and_a_call_stands_alone() -> None:
    core = Core(plan(channels=())).on_duty("ann")
    core.do(arrive("sms", channel=Channel.SMS))
    core.do(arrive("call", channel=Channel.VOICE))
    assert core.agent("ann").items == ("sms",)


def test_agents_of_the_queues_groups_serve_it_and_no_others() -> None:
    grouped = queue("sales", groups=("tier2", "tier3"))
    agents = (agent("ann", groups=("tier1",)), agent("bob", groups=("tier1", "tier2")))
    core = Core(plan(*agents, queues=(grouped,), entry_points=())).on_duty("ann", "bob")
    assert chosen(core).agent == "bob"
    assert verdict(core.state, core.agent("ann"), core.contact()) == "does not serve the queue"


def test_a_contact_in_another_companys_queue_stays_with_agents_of_its_own_company() -> None:
    both = agent("bob", companies=("acme", "globex"))
    core = Core(plan(agent("ann"), both, entry_points=())).on_duty("ann", "bob")
    offer = chosen(core, company="globex")
    assert (offer.agent, offer.why.free, offer.why.eligible) == ("bob", 2, 1)
    assert verdict(core.state, core.agent("ann"), core.contact()) == "does not serve the company"


def test_skills_are_asked_for_at_their_level() -> None:
    core = Core(policy_plan(Policy.SKILL_BASED, agent("ann", skills=skills(german=4)), agent("bob")))
    core.on_duty("ann", "bob")
    core.do(arrive())
    assert verdict(core.state, core.agent("ann"), core.contact()) == "has level 4 of the 5 needed in german"
    assert verdict(core.state, core.agent("bob"), core.contact()) == "has level 0 of the 5 needed in german"
    assert best_agent(core.state, core.contact()) is None


@pytest.mark.parametrize(
    ("presence", "because"),
    [(Presence.AWAY, "is away"), (Presence.OFFLINE, "is offline")],
)
def test_absence_has_its_words(presence: Presence, because: str) -> None:
    core = Core(plan()).on_duty("ann")
    core.do(SetPresence("ann", presence))
    core.do(arrive())
    assert verdict(core.state, core.agent("ann"), core.contact()) == because
    assert verdict(core.state, core.agent("bob"), core.contact()) == "has no program attached"


def test_passing_on_has_its_words() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive("c1", channel=Channel.VOICE))
    core.do(arrive("c2", channel=Channel.VOICE))
    core.accept("c2")
    core.do(DeclineOffer("ann", "c1", "c1.1"))
    assert verdict(core.state, core.agent("ann"), core.contact("c1")) == "declined it a moment ago"
    core.do(CompleteContact("bob", "c2", "solved"))
    core.accept("c1")
    core.do(arrive("c3", channel=Channel.VOICE))
    core.accept("c3")
    core.do(TransferContact("ann", "c3", "billing"))
    assert "others are on duty" in verdict(core.state, core.agent("ann"), core.contact("c3"))


def test_a_contact_held_over_a_takeover_has_its_words() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive())
    core.do(ChangeOwner())
    core.do(AttachAgent("ann"))
    core.do(AttachAgent("bob"))
    core.do(SetPresence("ann", Presence.AWAY))
    assert "changed hands" in verdict(core.state, core.agent("bob"), core.contact())


def test_what_waits_for_an_agent_is_in_order_and_what_they_can_take() -> None:
    urgent = entry_point("urgent", Route("sales", priority=9), dialed=("urgent",))
    core = Core(plan(agent("ann", units=1), entry_points=(urgent,)))
    core.do(arrive("c1"))
    core.do(arrive("c2", dialed="urgent"))
    core.do(arrive("c3", company="globex"))
    on_duty = replace(core.agent("ann"), presence=Presence.AVAILABLE, attached=True)
    assert [contact.id for contact in waiting_for(core.state, on_duty)] == ["c2", "c1"]


def test_a_place_in_the_queue_counts_those_before_it_in_the_same_queue() -> None:
    core = Core(plan())
    core.do(arrive("c1", arrived_at_ms=T0 + 2))
    core.do(arrive("c2", arrived_at_ms=T0 + 1))
    core.do(arrive("c3", company="globex"))
    places = [position(core.state, contact_id) for contact_id in ("c1", "c2", "c3", "unknown")]
    assert places == [2, 1, 1, 0]


def test_explaining_says_where_a_contact_would_go_and_who_could_take_it() -> None:
    core = Core(plan(agent("bob", skills=skills(german=5)), agent("ann"))).on_duty("ann", "bob")
    explained = explain(core.state, Facts("acme", Channel.WEB_CHAT, language="de"), T0)
    assert explained is not None
    assert (explained.entry_point, explained.plan_version) == ("german", 1)
    assert explained.route == Route("sales", skills(german=5), priority=5)
    lacks = AgentVerdict("ann", "has level 0 of the 5 needed in german")
    assert explained.verdicts == (lacks, AgentVerdict("bob", ""))


def test_without_a_plan_there_is_nothing_to_explain() -> None:
    assert explain(Core().state, Facts("acme", Channel.WEB_CHAT), T0) is None
