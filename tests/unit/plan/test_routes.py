"""What becomes of steps, spreads, values, sites, weights and urgency."""

import json
from dataclasses import replace

import pytest

from services.plan.caller import CallerFacts, caller_hash
from services.plan.compiled import (
    AgentProfile,
    CallerValue,
    Channel,
    Criterion,
    Diversion,
    Policy,
    Prompt,
    Route,
    Share,
    Site,
    SkillLevel,
    SpreadBy,
    Step,
    Urgency,
    Weight,
)
from tests.unit.plan.example import KEY, changed, load

VIP_ROUTE = "route: {queue: support, skills: {billing: 5}, priority: 9}"
ABOVE = "groups: front\ncaller"
SUPPORT = "- {id: support, company: acme}"
BO = "  - {id: bo, companies: acme, units: 4}"


def route(more: str, *changes: tuple[str, str]) -> Route:
    plan = load(changed((VIP_ROUTE, f"{VIP_ROUTE[:-1]}, {more}}}"), *changes)).plan
    return plan.entry_points[0].route


def step(text: str) -> Step:
    return route(f"steps: [{{{text}}}]").steps[0]


def test_a_step_has_its_conditions() -> None:
    written = "after_s: 90, depth_over: 4, expected_wait_over_s: 120, service_level_under: 80, nobody_on_duty: yes"

    assert step(f"{written}, raise_priority: 5") == Step(
        after_ms=90_000,
        depth_over=4,
        expected_wait_over_ms=120_000,
        service_level_under=80,
        nobody_on_duty=True,
        raise_priority=5,
    )


def test_a_step_has_its_actions() -> None:
    written = "skills: {billing: 2}, add_groups: front, tell: yes, every_s: 60, offer_callback: yes, queue: support"

    assert step(written) == Step(
        skills=(SkillLevel("billing", 2),),
        add_groups=("front",),
        tell=True,
        every_ms=60_000,
        offer_callback=True,
        queue="support",
    )


def test_a_step_drops_skills() -> None:
    assert step("after_s: 9, drop_skills: billing") == Step(after_ms=9000, drop_skills=("billing",))


@pytest.mark.parametrize(
    ("written", "to", "address"),
    [
        ("voicemail: yes", Diversion.VOICEMAIL, ""),
        ("third_party: +49 89 1234567", Diversion.THIRD_PARTY, "+49891234567"),
        ("third_party: Help@Else.example", Diversion.THIRD_PARTY, "help@else.example"),
        ("message: Please write to us.", Diversion.MESSAGE, "Please write to us."),
    ],
)
def test_a_step_ends_the_wait(written: str, to: Diversion, address: str) -> None:
    assert step(written) == Step(divert=to, divert_to=address)


def test_a_message_has_a_text_for_each_language_and_the_first_is_for_all_others() -> None:
    said = step("message: {DE: Wir sind nicht da., en-gb: We are away.}")

    assert said.messages == (Prompt("de", "Wir sind nicht da."), Prompt("en-gb", "We are away."))
    assert said.divert_to == "Wir sind nicht da."


def test_a_message_over_several_lines_is_one_text() -> None:
    folded = f"{VIP_ROUTE[:-1]}, steps: [{{message: We are\n        closed.}}]}}"

    plan = load(changed((VIP_ROUTE, folded))).plan

    assert plan.entry_points[0].route.steps[0].divert_to == "We are closed."


def test_a_spread_has_its_shares() -> None:
    second = (SUPPORT, f"{SUPPORT}\n  - {{id: second, company: acme}}")

    by_share = route("spread: [{queue: support, share: 3}, {queue: second}]", second)
    by_wait = route("spread: [{queue: support}, {queue: second}], spread_by: expected_wait", second)

    assert (by_share.spread, by_share.spread_by) == ((Share("support", 3), Share("second")), None)
    assert by_wait.spread_by is SpreadBy.EXPECTED_WAIT


def test_a_named_agent_has_a_minute_unless_the_plan_says_otherwise() -> None:
    assert (route("agent: ana").agent, route("agent: ana").patience_ms) == ("ana", 60_000)
    assert route("agent: ana, patience_s: 5").patience_ms == 5000


def test_a_queue_has_weights_in_one_order_whatever_that_of_the_file() -> None:
    weighted = "company: acme, policy: weighted, weights: {cost: -3, answered: -30, proficiency: 60, idle_s: 1}}"

    (queue, _) = load(changed((SUPPORT, f"- {{id: support, {weighted}"))).plan.queues

    assert queue.policy is Policy.WEIGHTED
    assert queue.weights == (
        Weight(Criterion.PROFICIENCY, 60),
        Weight(Criterion.IDLE_S, 1),
        Weight(Criterion.ANSWERED, -30),
        Weight(Criterion.COST, -3),
    )


@pytest.mark.parametrize("policy", [each for each in Policy if each is not Policy.WEIGHTED])
def test_a_queue_has_any_policy(policy: Policy) -> None:
    written = f"- {{id: support, company: acme, policy: {policy}}}"

    assert load(changed((SUPPORT, written))).plan.queues[0].policy is policy


def test_a_queue_has_a_site_is_sticky_and_escalates() -> None:
    wanted = "- {id: support, company: acme, site: north, sticky_s: 45, escalates_to: second}"
    text = changed(
        (ABOVE, "groups: front\nsites: [{id: north, hours: office}, {id: south}]\ncaller"),
        (SUPPORT, f"{wanted}\n  - {{id: second, company: acme}}"),
        ("groups: front, skills: {billing: 9}", "groups: front, site: north, skills: {billing: 9}"),
    )

    plan = load(text).plan

    assert plan.sites == (Site("north", "office"), Site("south"))
    queue = plan.queues[0]
    assert (queue.site, queue.sticky_ms, queue.escalates_to) == ("north", 45_000, "second")


def test_an_agent_has_a_site_a_tier_and_a_cost() -> None:
    sites = (ABOVE, "groups: front\nsites: [{id: north}]\ncaller")

    bo = load(changed(sites, (BO, f"{BO[:-1]}, site: north, tier: 2, cost: 35}}"))).plan.agents[1]

    assert bo == replace(AgentProfile("bo", (), 4, (), ("acme",)), site="north", tier=2, cost=35)


def test_the_usual_urgency_is_written_into_the_plan() -> None:
    assert load(changed()).plan.urgency == Urgency()


def test_an_urgency_is_as_the_file_says() -> None:
    said = "urgency: {priority_s: 0, value_s: 30, by_deadline: yes, depth_s: 2, expected_wait_percent: 25}"

    assert load(changed((ABOVE, f"groups: front\n{said}\ncaller"))).plan.urgency == Urgency(
        priority_ms=0, value_ms=30_000, by_deadline=True, depth_ms=2000, expected_wait_permille=250
    )


VALUES = """customer_values:
  - {caller: {list: vip, country: de}, value: 5}
  - {caller: {exact: zoe@else.example, prefix: +4989, list: vip}, value: 8}
  - {caller: {list: vip}, value: 1}
"""


def test_a_class_of_customers_has_the_highest_of_its_values() -> None:
    plan = load(changed((ABOVE, f"groups: front\n{VALUES}caller"))).plan

    assert plan.caller_values == (
        CallerValue("country:DE", 5),
        CallerValue("list:vip", 8),
        CallerValue("prefix:+4989", 8),
        CallerValue("value:1", 8),
    )


def test_callers_with_a_value_stay_private_and_are_known_again() -> None:
    compiled = load(changed((ABOVE, f"groups: front\n{VALUES}caller")))
    facts = CallerFacts(compiled.plan, compiled.private, KEY)

    assert "zoe" not in repr(compiled)
    assert json.loads(compiled.private)["value:1"] == [caller_hash(KEY, "shop", "zoe@else.example")]
    assert facts.classes("zoe@else.example") == ("value:1",)
    assert facts.classes("+49 89 1234567") == ("country:DE", "prefix:+4989")


INTERRUPTIBLE = {Channel.EMAIL, Channel.WEB_FORM, Channel.FAX, Channel.LETTER, Channel.VOICEMAIL}


def interruptible(channels: str) -> set[Channel]:
    text = changed((ABOVE, f"groups: front\nchannels: {channels}\ncaller"))
    return {rule.channel for rule in load(text).plan.channels if rule.interruptible}


def test_what_nobody_waits_at_the_other_end_of_is_interruptible() -> None:
    assert interruptible("{voice: {units: 9}}") == INTERRUPTIBLE


def test_the_file_says_what_is_interruptible_and_what_stands_alone_never_is_by_itself() -> None:
    said = "{email: {interruptible: no}, sms: {interruptible: yes}, fax: {alone: yes}}"

    assert interruptible(said) == {Channel.WEB_FORM, Channel.LETTER, Channel.SMS, Channel.VOICEMAIL}
