"""What can be said of a contact: where it stands, who is eligible, why nobody else is, and what would mend that."""

from typing import Any

from services.plan.compiled import Channel, Policy, Route, Step
from services.router.core.apply import apply
from services.router.core.commands import ActivatePlan, AttachAgent, ChangeOwner, DeclineOffer, SetPresence
from services.router.core.events import ContactOffered, Presence
from services.router.core.explain import AgentStanding, Explanation, explained
from services.router.core.mends import Change
from services.router.core.scan import verdict
from services.router.core.state import TenantState
from services.router.core.step_standing import StepStanding, StepState
from tests.unit.router.core.builders import (
    MINUTE,
    SECOND,
    T0,
    TENANT,
    Core,
    agent,
    arrive,
    entry_point,
    plan,
    queue,
    skills,
)

LAW = Route("sales", skills(law=7, tax=2))


def of(core: Core, contact_id: str = "c1") -> Explanation:
    return explained(core.state, core.contact(contact_id), core.at_ms)


def waiting_for(*agents: Any, route: Route = LAW, on_duty: tuple[str, ...] = (), **changes: Any) -> Core:
    """A core in which c1 waits for somebody of that route."""
    fields: dict[str, Any] = {"entry_points": (), "default_route": route} | changes
    core = Core(plan(*agents, **fields)).on_duty(*on_duty)
    core.do(arrive())
    return core


def standing(told: Explanation, name: str) -> AgentStanding:
    return next(each for each in told.agents if each.agent == name)


def mends(told: Explanation) -> list[str]:
    return [each.words for each in told.mends]


def test_a_contact_that_was_with_somebody_when_the_router_changed_hands_says_so_in_what_would_mend_it() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive())
    assert core.contact().agent == "ann"
    core.do(ChangeOwner())
    core.do(AttachAgent("bob"))
    core.wait_ms(5 * SECOND)
    assert "the time of ann, who had it when the router changed hands, were over" in " ".join(mends(of(core)))


def test_a_contact_says_how_it_came_there_and_by_what_it_stands_where_it_stands() -> None:
    core = Core(plan(agent("ann", skills=skills(german=3))))
    core.do(arrive("c0"))
    core.do(arrive("c1", language="de"))
    told = of(core)
    assert (told.entry_point, told.queue, told.skills, told.plan_version) == ("german", "sales", skills(german=5), 1)
    assert (told.place.position, told.place.waiting) == (1, 2)
    assert (told.place.priority, told.place.priority_counts_ms) == (5, 50 * MINUTE)
    assert told.place.counts_from_ms == T0 - 50 * MINUTE
    assert of(core, "c0").place.position == 2


def test_whoever_would_do_if_they_came_on_duty_is_told_of_first() -> None:
    told = of(waiting_for(agent("ann", skills=skills(law=8, tax=2)), agent("bob", skills=skills(law=5, tax=2))))
    assert mends(told) == ["if ann came on duty", "if bob came on duty and it asked for law 5 instead of 7"]
    assert standing(told, "ann").would_need == (Change.DUTY,)
    assert standing(told, "bob").would_need == (Change.DUTY, Change.SKILLS)


def test_a_lower_level_is_said_with_both_levels_and_a_missing_skill_as_none() -> None:
    core = waiting_for(agent("ann", skills=skills(law=5)), agent("bob"), on_duty=("ann",))
    assert mends(of(core))[0] == "if it asked for law 5 instead of 7 and no tax instead of 2, ann could take it"


def test_agents_who_lack_the_same_are_told_of_together() -> None:
    busy = [agent(name, units=1, skills=skills(law=9, tax=9)) for name in ("ann", "bob", "cyd")]
    core = Core(plan(*busy, entry_points=(), default_route=LAW)).on_duty("ann", "bob", "cyd")
    for number in range(4):
        core.do(arrive(f"c{number}"))
    told = of(core, "c3")
    assert mends(told) == ["if one of 3 (ann, bob, cyd) had room again"]
    assert (told.mends[0].agents, told.mends[0].agent_count) == (("ann", "bob", "cyd"), 3)
    assert (told.serving, told.on_duty, told.free, told.eligible) == (3, 3, 0, 0)


def test_an_agent_who_is_too_small_for_the_channel_would_never_do() -> None:
    core = Core(plan(agent("ann", units=1), entry_points=())).on_duty("ann")
    core.do(arrive(channel=Channel.EMAIL))
    told = of(core)
    assert told.mends == ()
    assert standing(told, "ann").would_need == ()
    assert standing(told, "ann").because == "has no room: 0 of 1 units are taken, email takes 2"


def test_whoever_serves_another_queue_would_do_if_their_group_were_added() -> None:
    queues = (queue("sales", groups=("front",)),)
    core = waiting_for(agent("ann", groups=("back",)), on_duty=("ann",), queues=queues, route=Route("sales"))
    told = of(core)
    assert mends(told) == ["if agents of back might take it too, ann could take it"]
    assert (told.serving, standing(told, "ann").serves) == (0, False)


def test_whoever_declined_it_would_do_if_they_had_not() -> None:
    core = waiting_for(agent("ann"), route=Route("sales"), on_duty=("ann",))
    contact = core.contact()
    core.do(DeclineOffer("ann", "c1", contact.offer_id))
    told = of(core)
    assert standing(told, "ann").because == "declined it a moment ago"
    assert mends(told) == ["if ann had not passed it on"]


def test_a_contact_that_is_kept_for_somebody_says_for_whom_and_until_when() -> None:
    kept = entry_point("named", Route("sales", agent="bob", patience_ms=MINUTE), languages=("de",))
    core = Core(plan(agent("ann"), agent("bob", units=1), entry_points=(kept,))).on_duty("bob")
    core.do(arrive("c0"))
    core.on_duty("ann")
    core.do(arrive(language="de"))
    told = of(core)
    assert (told.preferred, told.preferred_until_ms) == ("bob", core.at_ms + MINUTE)
    assert mends(told) == [
        "if the time of bob, who has it for themselves for a while, were over, ann could take it",
        "if bob had room again",
    ]


def test_a_contact_is_kept_for_nobody_who_has_gone_away() -> None:
    kept = entry_point("named", Route("sales", agent="bob", patience_ms=MINUTE), languages=("de",))
    core = Core(plan(agent("ann"), agent("bob", units=1), entry_points=(kept,))).on_duty("bob")
    core.do(arrive("c0"))
    core.do(arrive(language="de"))
    core.do(SetPresence("bob", Presence.AWAY, "lunch"))
    told = of(core)
    assert (told.preferred, told.preferred_until_ms) == ("", 0)
    assert mends(told) == ["if one of 2 (ann, bob) came on duty"]


def test_the_eligible_stand_in_the_order_of_the_policy_and_nothing_has_to_be_mended() -> None:
    queues = (queue("sales", policy=Policy.MOST_PROFICIENT),)
    able = [agent("ann", skills=skills(law=7, tax=2)), agent("bob", skills=skills(law=9, tax=2)), agent("cyd")]
    core = waiting_for(*able, queues=queues, on_duty=("ann", "bob", "cyd"))
    before = TenantState(TENANT)
    for event, at_ms in core.log:
        if isinstance(event, ContactOffered):
            break
        apply(before, event, at_ms)
    told = explained(before, before.contacts["c1"], core.at_ms)
    assert [(each.agent, each.place) for each in told.agents] == [("bob", 1), ("ann", 2), ("cyd", 0)]
    assert (told.agents[0].score[0].name, told.agents[0].score[0].value) == ("proficiency", -11)
    assert told.agents[2].because == "has level 0 of the 7 needed in law"
    assert (told.free, told.eligible, told.mends) == (3, 2, ())


def test_agents_of_other_companies_are_counted_and_not_named() -> None:
    told = of(waiting_for(agent("ann"), agent("zoe", companies=("globex",))))
    assert [each.agent for each in told.agents] == ["ann"]
    assert told.agents_elsewhere == 1


def test_steps_are_taken_open_or_ahead_and_say_what_they_wait_for() -> None:
    steps = (
        Step(after_ms=10 * SECOND, skills=skills(law=3)),
        Step(after_ms=20 * SECOND, depth_over=4, drop_skills=("tax",)),
        Step(after_ms=MINUTE, nobody_on_duty=True, raise_priority=1),
    )
    core = waiting_for(agent("ann", skills=skills(law=9, tax=1)), route=Route("sales", LAW.skills, steps=steps))
    core.wait_ms(30 * SECOND)
    assert of(core).steps == (
        StepStanding(0, StepState.TAKEN, 0, ()),
        StepStanding(1, StepState.OPEN, 0, ("more than 4 waiting (now 1)",)),
        StepStanding(2, StepState.AHEAD, T0 + MINUTE, ()),
    )


def test_what_an_agent_would_need_is_empty_for_those_alone_whom_the_scan_lets_have_it() -> None:
    core = Core(plan(agent("ann"), agent("bob", skills=skills(german=9)), agent("cyd", companies=("globex",))))
    core.on_duty("ann", "bob")
    core.do(arrive("c1", language="de", channel=Channel.VOICE))
    core.do(arrive("c2", language="de"))
    for contact_id in ("c1", "c2"):
        told, contact = of(core, contact_id), core.contact(contact_id)
        for each in told.agents:
            assert each.because == verdict(core.state, core.agent(each.agent), contact)
            assert bool(each.place) == (not each.because)


def test_an_entry_point_that_is_gone_leaves_no_steps() -> None:
    route = Route("sales", skills(law=9), steps=(Step(after_ms=SECOND, raise_priority=1),))
    core = Core(plan(agent("ann"), entry_points=(entry_point("law", route),)))
    core.do(arrive())
    assert len(of(core).steps) == 1
    core.do(ActivatePlan(plan(agent("ann"), entry_points=())))
    assert of(core).steps == ()
